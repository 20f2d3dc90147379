//! The rotation of refresh tokens: each works once; a retry within ten seconds gets the same successor, a later one
//! ends its session, the trail says so and the person is told (S13).

use super::super::{Secret, keys, links};
use super::{Carried, SignedIn, carried, first_use, hand_out};
use crate::audit::{Entry, Outcome};
use crate::{Ctx, Error, Meta, Service, notify};
use domain::accounts::{AccountState, SecondUse, second_use, session_lives};
use identity::token::{Purpose, Token};
use mail::templates::{Head, RefreshTokenReused};
use serde::Deserialize;
use serde_json::json;
use store::accounts::sessions::{self, Session};
use store::accounts::users::{self, User};
use utoipa::ToSchema;

/// A refresh token to be exchanged.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    /// As it was given last.
    #[schema(value_type = String, example = "yui_ref_…")]
    pub refresh_token: Secret,
}

enum Rotation {
    Carried(Box<Carried>),
    Refused,
}

/// Exchanges a refresh token for its successor and a fresh access token.
///
/// # Errors
/// [`Error::Unauthenticated`] when it is unknown, too old, or was used before.
pub async fn refresh_session(service: &Service, meta: &Meta, cmd: RefreshSession) -> Result<SignedIn, Error> {
    let access = keys::access_tokens(service).await?;
    let Ok(token) = Token::parse(Purpose::Refresh, cmd.refresh_token.reveal()) else {
        return Err(Error::Unauthenticated);
    };
    let successor = token.refresh_successor(&service.env().secret);
    let (hash, next) = (token.hash().to_string(), successor.hash().to_string());
    match service.work_as(meta.clone(), move |ctx| rotate(ctx, &hash, &next)).await? {
        Rotation::Carried(carried) => hand_out(&access, *carried, &successor),
        Rotation::Refused => Err(Error::Unauthenticated),
    }
}

fn rotate(ctx: &mut Ctx<'_>, hash: &str, next: &str) -> Result<Rotation, Error> {
    let Some((_, session)) = sessions::find_token(ctx.db, hash)? else {
        return Ok(refused(ctx, None, "unknown_token"));
    };
    let first = sessions::use_token(ctx.db, hash, ctx.stamp())?;
    // Read after the conditional update, which waited for whoever was first.
    let Some((token, session)) = sessions::find_token(ctx.db, hash)?.filter(|(_, now)| now.id == session.id) else {
        return Ok(refused(ctx, Some(&session), "unknown_token"));
    };
    let user = users::find(ctx.db, &session.user_id)?;
    let lives = session_lives(
        session.last_used_at.and_utc(),
        session.expires_at.and_utc(),
        session.revoked_at.is_some(),
        ctx.now,
    );
    if !lives || AccountState::parse(&user.state) != Some(AccountState::Active) {
        return Ok(refused(ctx, Some(&session), "session_ended"));
    }
    if first {
        let successor = first_use(ctx, &session.id, next);
        sessions::add_token(ctx.db, &successor)?;
    } else {
        let used_at = token.used_at.map_or(ctx.now, |at| at.and_utc());
        if second_use(used_at, ctx.now) == SecondUse::Theft {
            return end_stolen(ctx, &session, &user);
        }
    }
    let (ip, user_agent) = (ctx.meta.ip.clone(), ctx.meta.user_agent.clone());
    sessions::touch(ctx.db, &session.id, &ip, &user_agent, ctx.stamp())?;
    ctx.record(Entry::by_service(None, "session.refreshed", "session", &session.id).about_account(&user.id));
    let session = Session { last_used_at: ctx.stamp(), ..session };
    Ok(Rotation::Carried(Box::new(carried(ctx, session, user)?)))
}

fn refused(ctx: &mut Ctx<'_>, session: Option<&Session>, reason: &'static str) -> Rotation {
    let subject = session.map_or("unknown", |session| session.id.as_str());
    let entry = Entry::by_service(None, "session.refresh_failed", "session", subject)
        .outcome(Outcome::Failed)
        .details(json!({"reason": reason}));
    ctx.record(match session {
        Some(session) => entry.about_account(&session.user_id),
        None => entry,
    });
    Rotation::Refused
}

fn end_stolen(ctx: &mut Ctx<'_>, session: &Session, user: &User) -> Result<Rotation, Error> {
    sessions::revoke(ctx.db, &user.id, &session.id, "refresh_token_reused", ctx.stamp())?;
    ctx.rights_changed(&user.id);
    ctx.record(
        Entry::by_service(None, "session.refresh_token_reused", "session", &session.id)
            .about_account(&user.id)
            .outcome(Outcome::Denied),
    );
    let url = format!("{}/sessions", ctx.env.settings.public_url);
    let letter = RefreshTokenReused { detected_at: ctx.now, address: &ctx.meta.ip, url: &url };
    let head = Head {
        organisation: "",
        name: &user.display_name,
        consortium: links::SERVICE_NAME,
        contact: &ctx.env.settings.help_contact,
    };
    let rendered = letter.render(&head);
    let to = notify::person(ctx, &user.id)?;
    notify::send(ctx, None, &to, &rendered)?;
    Ok(Rotation::Refused)
}
