//! Taking rights away: a role, or the whole account. Both act on the next request (S14).

use super::sessions::end_all;
use super::users::{UserView, get_user};
use crate::audit::Entry;
use crate::service::Call;
use crate::{Code, Ctx, Error};
use domain::access::{Action, Role};
use domain::accounts::{AccountState, granting};
use domain::clock::japan_date;
use serde_json::json;
use store::accounts::users::{self, User};

/// Whether nobody else leads a consortium who could go on.
///
/// # Errors
/// When the database refuses.
pub fn is_last_lead(ctx: &mut Ctx<'_>, consortium_id: &str, user_id: &str) -> Result<bool, Error> {
    Ok(users::count_other_leads(ctx.db, consortium_id, user_id)? == 0)
}

/// A consortium is not left without a lead by its own people; an administrator, who appoints leads, may do it.
fn keep_a_lead(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, user_id: &str) -> Result<(), Error> {
    if !call.actor.is_admin() && is_last_lead(ctx, consortium_id, user_id)? {
        return Err(Error::rule(Code::LastLead));
    }
    Ok(())
}

/// Takes a role of a consortium away; access tokens made before end.
///
/// # Errors
/// [`Error::NotFound`] when no such role is in force that the caller may see; [`Code::LastLead`];
/// [`Code::StepUpRequired`].
pub fn revoke_grant(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, grant_id: &str) -> Result<(), Error> {
    super::session_only(&call.actor)?;
    call.actor.permit(Action::ReadConsortium, consortium_id, None)?;
    let grant = users::find_grant(ctx.db, consortium_id, grant_id)?;
    let role = Role::parse(&grant.role).ok_or(Error::NotFound)?;
    call.actor.permit(granting(role), consortium_id, grant.member_id.as_deref())?;
    if role == Role::Lead {
        keep_a_lead(ctx, call, consortium_id, &grant.user_id)?;
    }
    super::require_step_up(ctx, call)?;
    if !users::revoke_grant(ctx.db, grant_id, ctx.stamp())? {
        return Err(Error::NotFound);
    }
    users::raise_session_version(ctx.db, &grant.user_id)?;
    ctx.rights_changed(&grant.user_id);
    let entry = Entry::done(&call.actor, Some(consortium_id), "grant.revoked", "user", &grant.user_id)
        .details(json!({"role": grant.role, "grant_id": grant_id}));
    ctx.record(match &grant.member_id {
        Some(member_id) => entry.member(member_id),
        None => entry,
    });
    Ok(())
}

/// Switches off the account of somebody of a consortium.
///
/// An account may act in several places: only who may take away *every* role that it holds, or a
/// service administrator, may switch it off; others take away the roles that are theirs to give.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Code::LastLead`]; [`Code::StepUpRequired`]; [`Code::AccountState`] when
/// it is off already.
pub fn disable_user(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, user_id: &str) -> Result<(), Error> {
    super::session_only(&call.actor)?;
    get_user(ctx, call, consortium_id, user_id)?;
    if !call.actor.is_admin() {
        for (role, place) in roles_to_take(ctx, call, user_id)? {
            if role == Role::Lead {
                keep_a_lead(ctx, call, &place, user_id)?;
            }
        }
    }
    super::require_step_up(ctx, call)?;
    disable(ctx, call, Some(consortium_id), user_id)
}

/// Whether [`disable_user`] is the caller's to do, for a page that shows somebody and offers it.
///
/// # Errors
/// When the database refuses.
pub fn may_disable_user(ctx: &mut Ctx<'_>, call: &Call, shown: &UserView) -> Result<bool, Error> {
    match roles_to_take(ctx, call, &shown.id) {
        Err(Error::Forbidden) => Ok(call.actor.is_admin()),
        found => found.map(|_roles| true),
    }
}

/// Every role that somebody holds, with its consortium, when all of them are the caller's to take away.
fn roles_to_take(ctx: &mut Ctx<'_>, call: &Call, user_id: &str) -> Result<Vec<(Role, String)>, Error> {
    // The roles that decide may be of consortia of which the caller sees nothing.
    let today = japan_date(ctx.now);
    let held = store::fence::beyond(ctx.db, |db| users::grants_in_force(db, user_id, today))?;
    let takes = |placed: users::PlacedGrant| {
        let role = Role::parse(&placed.grant.role)?;
        let place = placed.grant.consortium_id?;
        let allowed = call.actor.permit(granting(role), &place, placed.grant.member_id.as_deref());
        allowed.is_ok().then_some((role, place))
    };
    // Also hidden places answer "forbidden": the person itself is visible.
    held.into_iter().map(takes).collect::<Option<_>>().ok_or(Error::Forbidden)
}

/// Switches off any account. Service administrators only.
///
/// # Errors
/// [`Error::NotFound`]; [`Code::StepUpRequired`]; [`Code::AccountState`] when it is off already;
/// [`Code::LastAdministrator`].
pub fn disable_account(ctx: &mut Ctx<'_>, call: &Call, user_id: &str) -> Result<(), Error> {
    super::session_only(&call.actor)?;
    call.actor.permit_service(Action::RunService)?;
    users::find(ctx.db, user_id)?;
    super::require_step_up(ctx, call)?;
    disable(ctx, call, None, user_id)
}

fn disable(ctx: &mut Ctx<'_>, call: &Call, consortium_id: Option<&str>, user_id: &str) -> Result<(), Error> {
    let user = users::find(ctx.db, user_id)?;
    let from = state(&user)?;
    let to = from.disable().or(Err(Error::rule(Code::AccountState)))?;
    let holds_admin = users::same_grant(ctx.db, user_id, Role::Admin.as_str(), None, None)?.is_some();
    if holds_admin && users::count_administrators(ctx.db)? <= 1 && from == AccountState::Active {
        return Err(Error::rule(Code::LastAdministrator));
    }
    if !users::change_state(ctx.db, user_id, from.as_str(), to.as_str(), ctx.stamp())? {
        return Err(Error::rule(Code::AccountState));
    }
    end_all(ctx, user_id, "account_disabled")?;
    ctx.record(Entry::done(&call.actor, consortium_id, "user.disabled", "user", user_id));
    Ok(())
}

/// Switches an account on again. Service administrators only.
///
/// # Errors
/// [`Error::NotFound`]; [`Code::StepUpRequired`]; [`Code::AccountState`] unless it is off.
pub fn enable_account(ctx: &mut Ctx<'_>, call: &Call, user_id: &str) -> Result<(), Error> {
    super::session_only(&call.actor)?;
    call.actor.permit_service(Action::RunService)?;
    let user = users::find(ctx.db, user_id)?;
    super::require_step_up(ctx, call)?;
    let from = state(&user)?;
    let to = from.enable(user.password_hash.is_some()).or(Err(Error::rule(Code::AccountState)))?;
    if !users::change_state(ctx.db, user_id, from.as_str(), to.as_str(), ctx.stamp())? {
        return Err(Error::rule(Code::AccountState));
    }
    ctx.rights_changed(user_id);
    ctx.record(Entry::done(&call.actor, None, "user.enabled", "user", user_id));
    Ok(())
}

fn state(user: &User) -> Result<AccountState, Error> {
    AccountState::parse(&user.state).ok_or_else(|| Error::internal("unknown account state"))
}
