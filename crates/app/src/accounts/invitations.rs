//! Inviting: a role for somebody new or known, and a mail that says so.
//!
//! The answer is the same whether the address has an account already, so that nobody learns who uses the
//! service elsewhere (S04). A second invitation for the same role sends the link again and grants nothing twice.

use super::links;
use super::users::StaffRole;
use crate::audit::Entry;
use crate::input::Checker;
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::{Action, Role};
use domain::accounts::{AccountState, INVITE_LIFE, granting};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::accounts::users::{self, Grant, User};
use utoipa::ToSchema;

/// Somebody to be invited to a consortium.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteUser {
    /// The sign-in id; the invitation goes there.
    #[schema(example = "hanako@nakai.example.jp", max_length = 254)]
    pub email: String,
    /// Name shown to others, 1 to 100 characters.
    #[schema(example = "架空 花子", max_length = 100)]
    pub display_name: String,
    /// Its reading in hiragana, 1 to 100 characters.
    #[schema(example = "かくう はなこ", max_length = 100)]
    pub kana: String,
    /// The role.
    pub role: StaffRole,
    /// The member; the lead member for `lead`, null for `auditor`.
    pub member_id: Option<String>,
}

/// Somebody to be invited as a service administrator.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteAdmin {
    /// The sign-in id; the invitation goes there.
    #[schema(example = "admin@service.example.jp", max_length = 254)]
    pub email: String,
    /// Name shown to others, 1 to 100 characters.
    #[schema(example = "架空 太郎", max_length = 100)]
    pub display_name: String,
    /// Its reading in hiragana, 1 to 100 characters.
    #[schema(example = "かくう たろう", max_length = 100)]
    pub kana: String,
}

/// An invitation that was sent, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InvitationView {
    /// Id of the role granted (UUIDv7).
    pub grant_id: String,
    /// Where it went.
    #[schema(example = "hanako@nakai.example.jp")]
    pub email: String,
    /// Name as typed.
    #[schema(example = "架空 花子")]
    pub display_name: String,
    /// `admin`, `lead`, `contact`, `learner` or `auditor`.
    #[schema(example = "contact")]
    pub role: String,
    /// The member.
    pub member_id: Option<String>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
}

/// Somebody as typed, checked.
#[derive(Debug, Clone)]
pub(crate) struct Invitee {
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) kana: String,
}

impl Invitee {
    pub(crate) fn checked(check: &mut Checker, email: &str, display_name: &str, kana: &str) -> Self {
        Self {
            email: check.email("/email", email),
            display_name: check.line("/display_name", display_name, 100),
            kana: check.reading("/kana", kana, 100),
        }
    }
}

/// Where a role holds, with the names that stand in the mail.
struct Place<'a> {
    consortium_id: Option<&'a str>,
    member_id: Option<&'a str>,
    organisation: String,
    consortium: String,
}

/// Invites somebody to a consortium, or grants a role to somebody who has an account.
///
/// # Errors
/// Refused fields; a role that the caller may not grant there; [`Code::StepUpRequired`](crate::Code) unless for a learner.
pub fn invite_user(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    cmd: &InviteUser,
) -> Result<InvitationView, Error> {
    super::session_only(&call.actor)?;
    let role = cmd.role.role();
    call.actor.permit(granting(role), consortium_id, cmd.member_id.as_deref())?;
    // Who acts for others is invited by somebody who is there (S16); a learner acts for oneself only.
    match role {
        Role::Admin | Role::Lead | Role::Contact | Role::Auditor => super::require_step_up(ctx, call)?,
        Role::Learner => {}
    }
    let consortium = store::consortium::find(ctx.db, consortium_id)?;
    let mut check = Checker::new();
    let invitee = Invitee::checked(&mut check, &cmd.email, &cmd.display_name, &cmd.kana);
    let organisation = check_place(ctx, &mut check, consortium_id, cmd)?;
    check.finish()?;
    let place = Place {
        consortium_id: Some(consortium_id),
        member_id: cmd.member_id.as_deref(),
        organisation,
        consortium: consortium.name,
    };
    invite(ctx, call, invitee, role, &place)
}

/// Invites a service administrator.
///
/// # Errors
/// Refused fields; a caller who is not an administrator.
pub fn invite_admin(ctx: &mut Ctx<'_>, call: &Call, cmd: &InviteAdmin) -> Result<InvitationView, Error> {
    super::session_only(&call.actor)?;
    call.actor.permit_service(Action::RunService)?;
    super::require_step_up(ctx, call)?;
    let mut check = Checker::new();
    let invitee = Invitee::checked(&mut check, &cmd.email, &cmd.display_name, &cmd.kana);
    check.finish()?;
    let place = Place {
        consortium_id: None,
        member_id: None,
        organisation: String::new(),
        consortium: links::SERVICE_NAME.to_owned(),
    };
    invite(ctx, call, invitee, Role::Admin, &place)
}

/// The name of the member that goes with the role.
fn check_place(ctx: &mut Ctx<'_>, check: &mut Checker, consortium_id: &str, cmd: &InviteUser) -> Result<String, Error> {
    let Some(member_id) = &cmd.member_id else {
        check.ensure(cmd.role == StaffRole::Auditor, "/member_id", FieldCode::Required);
        return Ok(String::new());
    };
    let found = match store::consortium::find_member(ctx.db, member_id) {
        Err(store::StoreError::Missing) => None,
        other => Some(other?).filter(|member| member.consortium_id == consortium_id),
    };
    let Some(member) = found else {
        check.fault("/member_id", FieldCode::NoSuchThing);
        return Ok(String::new());
    };
    check.ensure(
        cmd.role != StaffRole::Auditor,
        "/member_id",
        FieldCode::Refused {
            sentence: "監査の役割は団体に属しません。member_id を空にしてください。"
        },
    );
    check.ensure(
        cmd.role != StaffRole::Lead || member.is_lead,
        "/member_id",
        FieldCode::Refused {
            sentence: "県の担当者は代表団体に属します。代表団体を指定してください。"
        },
    );
    Ok(member.name)
}

fn invite(
    ctx: &mut Ctx<'_>,
    call: &Call,
    invitee: Invitee,
    role: Role,
    place: &Place<'_>,
) -> Result<InvitationView, Error> {
    let user = match users::find_by_email(ctx.db, &invitee.email)? {
        Some(user) => user,
        None => add_invited(ctx, &invitee)?,
    };
    let (grant_id, again) = grant_once(ctx, call, &user, role, place)?;
    let waits = AccountState::parse(&user.state) == Some(AccountState::Invited);
    let user = if again && waits { corrected(ctx, user, &invitee)? } else { user };
    let expires_at = ctx.now.checked_add_signed(INVITE_LIFE).unwrap_or(ctx.now);
    let news = links::News {
        consortium_id: place.consortium_id,
        organisation: &place.organisation,
        consortium: &place.consortium,
        invited_by: &call.actor.display_name,
        role,
        expires_at,
    };
    match AccountState::parse(&user.state) {
        Some(AccountState::Invited) => links::send_invitation(ctx, &user, &news)?,
        Some(AccountState::Active) if !again => links::send_new_role(ctx, &user, &news)?,
        // Who has the role already has nothing new to read.
        Some(AccountState::Active | AccountState::Disabled) | None => {}
    }
    ctx.rights_changed(&user.id);
    Ok(InvitationView {
        grant_id,
        email: invitee.email,
        display_name: invitee.display_name,
        role: role.as_str().to_owned(),
        member_id: place.member_id.map(str::to_owned),
        expires_at,
    })
}

fn add_invited(ctx: &mut Ctx<'_>, invitee: &Invitee) -> Result<User, Error> {
    let row = User {
        id: ctx.id(),
        email: invitee.email.clone(),
        display_name: invitee.display_name.clone(),
        kana: invitee.kana.clone(),
        password_hash: None,
        state: AccountState::Invited.as_str().to_owned(),
        session_version: 1,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    match users::insert(ctx.db, &row) {
        // Invited elsewhere at the same moment.
        Err(store::StoreError::Constraint(constraint)) if constraint.name == "users_email_key" => Err(Error::Busy),
        other => Ok(other?),
    }?;
    Ok(row)
}

/// Whoever is invited again before coming is called as was typed now.
fn corrected(ctx: &mut Ctx<'_>, user: User, invitee: &Invitee) -> Result<User, Error> {
    if (&user.display_name, &user.kana) == (&invitee.display_name, &invitee.kana) {
        return Ok(user);
    }
    let at = ctx.stamp();
    if !users::rename(ctx.db, &user.id, user.version, &invitee.display_name, &invitee.kana, at)? {
        return Err(Error::Busy);
    }
    Ok(User { display_name: invitee.display_name.clone(), kana: invitee.kana.clone(), ..user })
}

/// Grants the role unless it is held: the grant, and whether it was there.
fn grant_once(
    ctx: &mut Ctx<'_>,
    call: &Call,
    user: &User,
    role: Role,
    place: &Place<'_>,
) -> Result<(String, bool), Error> {
    let held = users::same_grant(ctx.db, &user.id, role.as_str(), place.consortium_id, place.member_id)?;
    let again = held.is_some();
    let (id, action) = match held {
        Some(grant) => (grant.id, "user.invited_again"),
        None => (
            add_grant(ctx, Some(&call.actor.user_id), &user.id, role, place.consortium_id, place.member_id)?,
            "user.invited",
        ),
    };
    let entry = Entry::done(&call.actor, place.consortium_id, action, "user", &user.id)
        .details(json!({"role": role.as_str(), "grant_id": id}));
    ctx.record(match place.member_id {
        Some(member_id) => entry.member(member_id),
        None => entry,
    });
    Ok((id, again))
}

/// Grants a role.
pub(super) fn add_grant(
    ctx: &mut Ctx<'_>,
    granted_by: Option<&str>,
    user_id: &str,
    role: Role,
    consortium_id: Option<&str>,
    member_id: Option<&str>,
) -> Result<String, Error> {
    let row = Grant {
        id: ctx.id(),
        user_id: user_id.to_owned(),
        role: role.as_str().to_owned(),
        consortium_id: consortium_id.map(str::to_owned),
        member_id: member_id.map(str::to_owned),
        granted_by: granted_by.map(str::to_owned),
        created_at: ctx.stamp(),
        revoked_at: None,
    };
    match users::insert_grant(ctx.db, &row) {
        // Granted by somebody else at the same moment.
        Err(store::StoreError::Constraint(constraint)) if constraint.name == "grants_active_key" => Err(Error::Busy),
        other => Ok(other?),
    }?;
    Ok(row.id)
}
