//! Mails as facts: a use case names recipients and a rendered mail; the row is written in the
//! same transaction as the fact, and a worker delivers it later. Who declined a kind gets none.

pub mod delivery;
pub mod digest;
pub mod links;
pub mod log;
pub mod notices;
pub mod preferences;
pub mod towns;

use crate::{Ctx, Error};
use mail::templates::Rendered;
use store::notify::{NewMail, Recipient};

/// The contacts (担当者) of a town.
///
/// # Errors
/// When the database refuses.
pub fn contacts(ctx: &mut Ctx<'_>, consortium_id: &str, member_id: &str) -> Result<Vec<Recipient>, Error> {
    Ok(store::notify::holders(ctx.db, consortium_id, Some(member_id), "contact")?)
}

/// The lead's staff (県の担当者) of a consortium.
///
/// # Errors
/// When the database refuses.
pub fn leads(ctx: &mut Ctx<'_>, consortium_id: &str) -> Result<Vec<Recipient>, Error> {
    Ok(store::notify::holders(ctx.db, consortium_id, None, "lead")?)
}

/// One account.
///
/// # Errors
/// When there is none.
pub fn person(ctx: &mut Ctx<'_>, user_id: &str) -> Result<Recipient, Error> {
    Ok(store::notify::person(ctx.db, user_id)?)
}

/// Puts a mail on the tray of the transaction.
///
/// A declined mail leaves a row too, as `suppressed`, so that the delivery log explains the silence.
///
/// # Errors
/// When the database refuses.
pub fn send(ctx: &mut Ctx<'_>, consortium_id: Option<&str>, to: &Recipient, mail: &Rendered) -> Result<(), Error> {
    let declined = match &to.user_id {
        Some(user_id) if mail.kind.may_be_declined() => store::notify::has_declined(ctx.db, user_id, mail.kind.name())?,
        Some(_) | None => false,
    };
    let request_id = ctx.meta.request_id.clone();
    put(ctx, consortium_id, to, mail, declined, &request_id)
}

/// Puts a mail on the tray when it is known whether the recipient `declined` its kind; for batches.
///
/// # Errors
/// When a body that carries a link cannot be sealed.
pub(crate) fn put(
    ctx: &mut Ctx<'_>,
    consortium_id: Option<&str>,
    to: &Recipient,
    mail: &Rendered,
    declined: bool,
    request_id: &str,
) -> Result<(), Error> {
    let declined = declined && mail.kind.may_be_declined();
    let id = ctx.id();
    let row = NewMail {
        body: links::kept(ctx, &id, mail.kind, &mail.text)?,
        id,
        consortium_id: consortium_id.map(str::to_owned),
        kind: mail.kind.name().to_owned(),
        user_id: to.user_id.clone(),
        to_name: to.name.clone(),
        to_address: to.address.clone(),
        subject: mail.subject.clone(),
        state: if declined { "suppressed" } else { "pending" }.to_owned(),
        attempts: 0,
        next_attempt_at: ctx.stamp(),
        request_id: request_id.to_owned(),
        created_at: ctx.stamp(),
    };
    ctx.mails.push(row);
    Ok(())
}
