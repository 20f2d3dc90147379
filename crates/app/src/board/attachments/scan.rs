//! Viruses (S33): a new file goes to the scanner before it is stored; what could not be judged waits, is handed out to
//! nobody, and is tried again by the worker. What is infected is not stored, and is removed where it was.
//!
//! *Why outside of the transaction:* a scanner takes seconds, and a transaction waits for nobody.

use super::{NewFile, authored, entry};
use crate::audit::{Entry, Outcome};
use crate::service::Call;
use crate::{Error, FieldCode, Service};
use domain::attachments::ScanState;
use scanner::{Scanner, Verdict};
use serde_json::json;
use std::sync::Arc;
use store::board::attachments::{self as rows, Attachment};

/// Files of one turn of the worker.
const TURN: i64 = 20;

/// What is known of a new file before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// Nothing: there is no scanner, or it did not answer.
    NotYet,
    /// The scanner found nothing.
    Clean,
}

impl Looked {
    pub(super) const fn state(self) -> ScanState {
        match self {
            Self::NotYet => ScanState::Unscanned,
            Self::Clean => ScanState::Clean,
        }
    }
}

const INFECTED: &str = "ウイルスが見つかったため、添付できません。ファイルは保存していません。パソコンのウイルス対策ソフトで確かめ、所属の情報セキュリティ担当に連絡してください。";

/// Asks the scanner about a file that somebody wants to attach, once the right to attach it is clear.
///
/// # Errors
/// As for attaching; an infected file as a refused field, with an entry in the audit trail.
pub async fn look_over(service: &Service, call: &Call, post_id: &str, file: &NewFile) -> Result<Looked, Error> {
    let Some(scanner) = service.env().settings.scanner.clone() else { return Ok(Looked::NotYet) };
    let id = post_id.to_owned();
    let post = service.read(call.clone(), move |ctx, call| authored(ctx, call, &id)).await?;
    let verdict = scanner.scan(&file.content).await.inspect_err(|unreachable| {
        tracing::warn!(%unreachable, post.id = %post.id, "A file waits for the virus scanner");
    });
    match verdict {
        Err(_unreachable) => Ok(Looked::NotYet),
        Ok(Verdict::Clean) => Ok(Looked::Clean),
        Ok(Verdict::Infected { signature }) => {
            let note = move |ctx: &mut crate::Ctx<'_>, call: &Call| {
                let refused = entry(call, &post, "attachment.infected").outcome(Outcome::Denied);
                ctx.record(refused.details(json!({"signature": signature})));
                Ok(())
            };
            service.write(call.clone(), note).await?;
            Err(Error::field("/file", FieldCode::Refused { sentence: INFECTED }))
        }
    }
}

/// Judges files that wait; ends early when the scanner does not answer. For the worker, on any number of replicas.
///
/// # Errors
/// When the database refuses.
pub async fn scan_waiting(service: &Service) -> Result<usize, Error> {
    let Some(scanner) = service.env().settings.scanner.clone() else { return Ok(0) };
    let waiting = service.look_as(crate::Meta::default(), |ctx| Ok(rows::unscanned(ctx.db, TURN)?)).await?;
    let mut judged = 0_usize;
    for row in waiting {
        if !judge(service, &scanner, row).await? {
            break;
        }
        judged = judged.saturating_add(1);
    }
    Ok(judged)
}

/// Whether the scanner answered.
async fn judge(service: &Service, scanner: &Scanner, row: Attachment) -> Result<bool, Error> {
    let id = row.id.clone();
    let content = match service.look_as(crate::Meta::default(), move |ctx| Ok(rows::content(ctx.db, &id)?)).await {
        // Taken away meanwhile.
        Err(Error::NotFound) => return Ok(true),
        other => other?,
    };
    let verdict = match scanner.scan(&content).await {
        Ok(verdict) => verdict,
        Err(unreachable) => {
            tracing::warn!(%unreachable, "Files wait for the virus scanner");
            return Ok(false);
        }
    };
    let row = Arc::new(row);
    service
        .work("scan_attachment", move |ctx| {
            let now = ctx.stamp();
            let (changed, action, details) = match &verdict {
                Verdict::Clean => (rows::note_clean(ctx.db, &row.id, now)?, "attachment.scanned", json!({})),
                Verdict::Infected { signature } => {
                    let changed = rows::note_infected(ctx.db, &row.id, now)?;
                    (changed, "attachment.infected", json!({"signature": signature, "sha256": row.sha256}))
                }
            };
            if changed {
                let entry = Entry::by_service(Some(&row.consortium_id), action, "attachment", &row.id);
                ctx.record(entry.details(details));
            }
            Ok(true)
        })
        .await
}
