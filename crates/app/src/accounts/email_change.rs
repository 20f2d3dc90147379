//! Another mail address: asked for by somebody who is there (S16), confirmed from the new mailbox, told to the old one
//! (S59); then every session ends (S15).
//!
//! Whether an address has an account already is never told (S04): the answer is the same, and only a free address
//! gets a link.

use super::links::{SERVICE_NAME, link};
use super::throttle::before;
use super::{Secret, require_step_up, second_factor, session_only, sessions};
use crate::audit::{Entry, Outcome};
use crate::input::Checker;
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode, Meta, Service, notify};
use chrono::TimeDelta;
use identity::token::{Purpose, Token};
use mail::templates::{EmailChange, Head};
use serde::Deserialize;
use store::accounts::email_changes as rows;
use store::accounts::users;
use store::notify::Recipient;

/// How long the link works.
const LIFE: TimeDelta = TimeDelta::hours(24);
/// More links than this within [`WINDOW`] are not sent.
const MOST: i64 = 3;
const WINDOW: TimeDelta = TimeDelta::hours(1);

/// The new address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeEmail {
    /// The sign-in id to come.
    pub email: String,
}

/// The link from the new mailbox.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmail {
    /// The part of the link behind `#token=`.
    pub token: Secret,
}

/// Mails a link to the new address and a notice to the present one; nothing changes yet.
///
/// # Errors
/// Refused fields; the present address; [`Code::StepUpRequired`]; a personal access token; [`Error::TooMany`].
pub fn request_email_change(ctx: &mut Ctx<'_>, call: &Call, cmd: &ChangeEmail) -> Result<(), Error> {
    session_only(&call.actor)?;
    require_step_up(ctx, call)?;
    let user = users::find(ctx.db, &call.actor.user_id)?;
    let mut check = Checker::new();
    let email = check.email("/email", &cmd.email);
    check.ensure(
        email != user.email,
        "/email",
        FieldCode::Refused {
            sentence: "いまのメールアドレスと同じです。新しいメールアドレスを入力してください。"
        },
    );
    check.finish()?;
    if rows::count_since(ctx.db, &user.id, before(ctx, WINDOW))? >= MOST {
        return Err(Error::TooMany { retry_after: 3_600 });
    }
    let token = Token::generate(Purpose::EmailChange).map_err(Error::internal)?;
    let expires_at = ctx.now.checked_add_signed(LIFE).unwrap_or(ctx.now);
    let row = rows::EmailChange {
        token_hash: token.hash().to_string(),
        user_id: user.id.clone(),
        email: email.clone(),
        created_at: ctx.stamp(),
        expires_at: expires_at.naive_utc(),
        used_at: None,
    };
    rows::begin(ctx.db, &row)?;
    if users::find_by_email(ctx.db, &email)?.is_none() {
        let url = link(ctx, "email-changes", &token);
        let letter = EmailChange { requested_at: ctx.now, url: &url, expires_at }.render(&Head {
            organisation: "",
            name: &user.display_name,
            consortium: SERVICE_NAME,
            contact: &ctx.env.settings.help_contact,
        });
        let to = Recipient { user_id: Some(user.id.clone()), name: user.display_name.clone(), address: email };
        notify::send(ctx, None, &to, &letter)?;
    }
    ctx.record(Entry::done(&call.actor, None, "email_change.requested", "user", &user.id));
    second_factor::tell(ctx, &user.id, "メールアドレスの変更の申込み（まだ変更されていません）")
}

/// Changes the address by the link from the new mailbox; every session ends, and the old address hears of it.
///
/// # Errors
/// [`Code::LinkUnusable`]: used, over, of an account that is off, or the address was taken meanwhile.
pub async fn confirm_email_change(service: &Service, meta: &Meta, cmd: ConfirmEmail) -> Result<(), Error> {
    let Ok(token) = Token::parse(Purpose::EmailChange, cmd.token.reveal()) else {
        return Err(Error::rule(Code::LinkUnusable));
    };
    let hash = token.hash().to_string();
    service.work_as(meta.clone(), move |ctx| confirm(ctx, &hash)).await
}

fn confirm(ctx: &mut Ctx<'_>, hash: &str) -> Result<(), Error> {
    let now = ctx.stamp();
    let change = rows::use_once(ctx.db, hash, now)?.ok_or(Error::rule(Code::LinkUnusable))?;
    // Before the change: this one goes to the old address.
    second_factor::tell(ctx, &change.user_id, "メールアドレスの変更")?;
    match rows::change_address(ctx.db, &change.user_id, &change.email, now) {
        Ok(true) => {}
        Ok(false) => return Err(Error::rule(Code::LinkUnusable)),
        Err(store::StoreError::Constraint(taken)) if taken.name == "users_email_key" => {
            return Err(Error::rule(Code::LinkUnusable));
        }
        Err(error) => return Err(error.into()),
    }
    sessions::end_all(ctx, &change.user_id, "email_changed")?;
    let entry = Entry::by_service(None, "user.email_changed", "user", &change.user_id);
    ctx.record(entry.about_account(&change.user_id).outcome(Outcome::Done));
    Ok(())
}
