//! Entries become rows of a chain: each hash covers the entry and the hash before it.

use super::{Entry, Outcome, SERVICE_SCOPE};
use crate::{Ctx, Error};
use domain::access::Role;
use domain::clock::japan_date;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::audit::AuditEntry;

/// Chains and writes the entries on the tray.
pub(crate) fn write(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    let mut by_scope: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in std::mem::take(&mut ctx.entries) {
        let scope = entry.consortium_id.clone().unwrap_or_else(|| SERVICE_SCOPE.to_owned());
        by_scope.entry(scope).or_default().push(entry);
    }
    for (scope, mut entries) in by_scope {
        for entry in &mut entries {
            name_role(ctx, entry)?;
        }
        let mut chain = store::audit::lock_chain(ctx.db, &scope)?;
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let origin = entry.origin.as_ref().unwrap_or(ctx.meta);
            let mut row = AuditEntry {
                id: entry.id.unwrap_or_else(|| ctx.id()),
                scope: scope.clone(),
                sequence: chain.entries.saturating_add(1),
                consortium_id: entry.consortium_id,
                member_id: entry.member_id,
                actor_id: entry.actor_id,
                actor_role: entry.actor_role.to_owned(),
                action: entry.action.to_owned(),
                subject_kind: entry.subject_kind.to_owned(),
                subject_id: entry.subject_id,
                outcome: entry.outcome.as_str().to_owned(),
                details: entry.details.to_string(),
                request_id: origin.request_id.clone(),
                ip: origin.ip.clone(),
                at: ctx.stamp(),
                previous_hash: chain.head.clone(),
                hash: String::new(),
            };
            row.hash = hash(&row);
            chain.entries = row.sequence;
            chain.head.clone_from(&row.hash);
            rows.push(row);
        }
        store::audit::append(ctx.db, &rows, &chain)?;
    }
    Ok(())
}

/// Somebody who came without a session acted in the strongest role of the account. Not looked up for what failed: an
/// address without an account must not be answered sooner (S04).
fn name_role(ctx: &mut Ctx<'_>, entry: &mut Entry) -> Result<(), Error> {
    if let (Some(user_id), "service", Outcome::Done) = (&entry.actor_id, entry.actor_role, entry.outcome) {
        let held = store::accounts::users::grants_in_force(ctx.db, user_id, japan_date(ctx.now))?;
        let role = held.iter().filter_map(|placed| Role::parse(&placed.grant.role)).min();
        entry.actor_role = role.map_or("none", Role::as_str);
    }
    Ok(())
}

/// The hash of an entry: SHA-256 over the previous hash and every field, as canonical JSON.
#[must_use]
pub fn hash(row: &AuditEntry) -> String {
    let canonical = json!([
        row.previous_hash,
        row.id,
        row.scope,
        row.sequence,
        row.consortium_id,
        row.member_id,
        row.actor_id,
        row.actor_role,
        row.action,
        row.subject_kind,
        row.subject_id,
        row.outcome,
        row.details,
        row.request_id,
        row.ip,
        row.at.and_utc().timestamp_micros(),
    ]);
    hex(&Sha256::digest(canonical.to_string().as_bytes()))
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
