//! The administrators' desk: accounts of the whole service, to be found, switched off and on, freed of sessions.
//!
//! An administrator sees who acts for others (administrators, leads, contacts, auditors). The staff of a town belongs to
//! the town: its accounts are found by their whole address alone, by somebody who was told it, and opening one leaves
//! an entry in the trail.

use super::throttle::before;
use super::users::GrantView;
use crate::audit::Entry;
use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::{Action, Role};
use domain::accounts::{AccountState, SESSION_IDLE};
use store::accounts::desk::{self as rows, AccountFilter};
use store::accounts::second_factors;
use store::accounts::users::{self, PlacedGrant, User};

/// Roles whose holders act for others.
const OFFICES: [Role; 4] = [Role::Admin, Role::Lead, Role::Contact, Role::Auditor];
/// Characters of a search.
const MAX_QUERY: usize = 254;

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountQuery {
    /// Part of a name, a reading or an address; a whole address finds anybody.
    pub q: Option<String>,
    /// Holders of this role.
    pub role: Option<Role>,
    /// In this state.
    pub state: Option<AccountState>,
    /// `limit` and `cursor`.
    pub page: PageQuery,
}

/// An account with the roles that an administrator may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// UUIDv7.
    pub id: String,
    /// The sign-in id.
    pub email: String,
    /// Name shown to others.
    pub display_name: String,
    /// Its reading.
    pub kana: String,
    /// `invited`, `active` or `disabled`.
    pub state: String,
    /// Roles with their places.
    pub grants: Vec<GrantView>,
}

/// An account as it is handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountDetail {
    /// The account.
    pub account: AccountView,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// Sessions that could be used now.
    pub sessions: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

fn view(user: User, grants: Vec<PlacedGrant>) -> AccountView {
    AccountView {
        id: user.id,
        email: user.email,
        display_name: user.display_name,
        kana: user.kana,
        state: user.state,
        grants: grants.into_iter().map(GrantView::from).collect(),
    }
}

fn acts_for_others(role: &str) -> bool {
    OFFICES.iter().any(|office| office.as_str() == role)
}

/// Accounts of the service. Service administrators only.
///
/// # Errors
/// [`Error::Forbidden`] for anybody else; a search that is too long; a cursor or limit that was refused.
pub fn list_accounts(ctx: &mut Ctx<'_>, call: &Call, query: &AccountQuery) -> Result<Page<AccountView>, Error> {
    call.actor.permit_service(Action::RunService)?;
    let q = query.q.as_deref().map(str::trim).unwrap_or_default().to_lowercase();
    if q.chars().count() > MAX_QUERY {
        return Err(Error::field("q", FieldCode::TooLong { max: MAX_QUERY }));
    }
    if q.contains('@')
        && let Some(user) = users::find_by_email(ctx.db, &q)?
    {
        let grants = rows::grants_of(ctx.db, std::slice::from_ref(&user.id))?;
        return Ok(Page { items: vec![view(user, grants)], next_cursor: None });
    }
    let roles = OFFICES.iter().filter(|role| query.role.is_none_or(|wanted| wanted == **role));
    let filter = AccountFilter {
        roles: roles.map(|role| role.as_str().to_owned()).collect(),
        state: query.state.map(|state| state.as_str().to_owned()),
        words: Some(q).filter(|q| !q.is_empty()),
    };
    let list = format!("accounts/{filter:?}");
    let listing = query.page.listing(ctx.env, &list, &users::PEOPLE)?;
    let found = rows::accounts(ctx.db, &filter, &listing.slice)?;
    let ids: Vec<String> = found.iter().map(|(user, _)| user.id.clone()).collect();
    let mut held = rows::grants_of(ctx.db, &ids)?;
    held.retain(|placed| acts_for_others(&placed.grant.role));
    let of = |user: User| {
        let own = held.iter().filter(|placed| placed.grant.user_id == user.id).cloned().collect();
        view(user, own)
    };
    Ok(listing.page(ctx.env, found, of))
}

/// One account. Service administrators only; to look at the staff of a town leaves an entry.
///
/// # Errors
/// [`Error::Forbidden`] for anybody else, [`Error::NotFound`].
pub fn get_account(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<AccountDetail, Error> {
    call.actor.permit_service(Action::RunService)?;
    let user = users::find(ctx.db, id)?;
    let grants = rows::grants_of(ctx.db, std::slice::from_ref(&user.id))?;
    if !grants.iter().any(|placed| acts_for_others(&placed.grant.role)) {
        ctx.record(Entry::done(&call.actor, None, "account.viewed", "user", id));
    }
    let (now, idle_since) = (ctx.stamp(), before(ctx, SESSION_IDLE));
    let sessions = rows::living_sessions(ctx.db, id, now, idle_since)?;
    let second_factor = second_factors::is_confirmed(ctx.db, id)?;
    let created_at = user.created_at.and_utc();
    Ok(AccountDetail { account: view(user, grants), second_factor, sessions, created_at })
}
