//! Personal access tokens for scripts: shown once, stored as a hash, limited in scope and time.
//! A token cannot make tokens or change the account.

use super::session_only;
use crate::audit::Entry;
use crate::input::Checker;
use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::Scope;
use domain::accounts::PERSONAL_TOKEN_LIFE;
use identity::token::{Purpose, Token};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::accounts::tokens::{self, PersonalToken};
use utoipa::ToSchema;

const MOST_TOKENS: i64 = 50;
const SHOWN_CHARS: usize = 12;

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Reading.
    Read,
    /// Everything its owner may do, except accounts and tokens.
    Write,
}

/// A token to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePersonalToken {
    /// What it is for, 1 to 100 characters.
    #[schema(example = "月次集計スクリプト", max_length = 100)]
    pub name: String,
    /// One or both of `read` and `write`; `write` includes reading.
    #[schema(min_items = 1, max_items = 2)]
    pub scopes: Vec<TokenScope>,
    /// When it ends, within a year.
    #[schema(example = "2027-03-31T15:00:00Z")]
    pub expires_at: DateTime<Utc>,
}

/// A token as its owner sees it later.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonalTokenView {
    /// UUIDv7.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// How it begins, to recognise it.
    #[schema(example = "yui_pat_Ab3d")]
    pub prefix: String,
    /// What it may be used for.
    pub scopes: Vec<TokenScope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to ten minutes.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A new token, in clear for this one time.
#[derive(Clone, Serialize, ToSchema)]
pub struct NewPersonalTokenView {
    /// The token: keep it, it is never shown again.
    #[schema(example = "yui_pat_…")]
    pub token: String,
    /// What is shown later.
    pub personal_token: PersonalTokenView,
}

fn view(row: PersonalToken) -> Result<PersonalTokenView, Error> {
    Ok(PersonalTokenView {
        scopes: serde_json::from_str(&row.scopes).map_err(Error::internal)?,
        id: row.id,
        name: row.name,
        prefix: row.prefix,
        created_at: row.created_at.and_utc(),
        expires_at: row.expires_at.and_utc(),
        last_used_at: row.last_used_at.map(|at| at.and_utc()),
    })
}

/// Makes a token for the caller.
///
/// # Errors
/// Refused fields; a caller that is a token itself or did not step up; [`Code::TooManyPersonalTokens`].
pub fn create_personal_token(
    ctx: &mut Ctx<'_>,
    call: &Call,
    cmd: &CreatePersonalToken,
) -> Result<NewPersonalTokenView, Error> {
    // Whoever holds a token needs no code any more: it is made by somebody who is there.
    super::require_step_up(ctx, call)?;
    let user_id = &call.actor.user_id;
    let mut check = Checker::new();
    let name = check.line("/name", &cmd.name, 100);
    check.ensure(!cmd.scopes.is_empty(), "/scopes", FieldCode::Required);
    check.ensure(cmd.scopes.len() <= 2, "/scopes", FieldCode::TooMany { max: 2 });
    let life = cmd.expires_at.signed_duration_since(ctx.now);
    check.ensure(
        life > chrono::TimeDelta::zero() && life <= PERSONAL_TOKEN_LIFE,
        "/expires_at",
        FieldCode::Refused { sentence: "有効期限は、今から1年以内の日時を指定してください。" },
    );
    check.finish()?;
    let now = ctx.stamp();
    if tokens::count_personal(ctx.db, user_id, now)? >= MOST_TOKENS {
        return Err(Error::rule_with(Code::TooManyPersonalTokens, vec![("max", MOST_TOKENS.to_string())]));
    }
    let token = Token::generate(Purpose::PersonalAccess).map_err(Error::internal)?;
    let scopes: Vec<Scope> = [(TokenScope::Read, Scope::Read), (TokenScope::Write, Scope::Write)]
        .into_iter()
        .filter_map(|(asked, scope)| cmd.scopes.contains(&asked).then_some(scope))
        .collect();
    let row = PersonalToken {
        id: ctx.id(),
        user_id: user_id.clone(),
        name,
        prefix: token.reveal().chars().take(SHOWN_CHARS).collect(),
        token_hash: token.hash().to_string(),
        scopes: serde_json::to_string(&scopes).map_err(Error::internal)?,
        created_at: now,
        expires_at: chrono::SubsecRound::trunc_subsecs(cmd.expires_at.naive_utc(), 6),
        last_used_at: None,
        revoked_at: None,
    };
    tokens::insert_personal(ctx.db, &row)?;
    ctx.record(
        Entry::done(&call.actor, None, "personal_token.created", "personal_token", &row.id)
            .details(json!({"scopes": scopes, "expires_at": cmd.expires_at})),
    );
    Ok(NewPersonalTokenView { token: token.reveal().to_owned(), personal_token: view(row)? })
}

/// The caller's tokens, oldest first.
///
/// # Errors
/// A cursor or limit that was refused; a caller that is a token itself.
pub fn list_personal_tokens(
    ctx: &mut Ctx<'_>,
    call: &Call,
    query: &PageQuery,
) -> Result<Page<PersonalTokenView>, Error> {
    session_only(&call.actor)?;
    let list = format!("personal_tokens/{}", call.actor.user_id);
    let listing = query.listing(ctx.env, &list, &tokens::PERSONAL_TOKENS)?;
    let rows = tokens::personal_of(ctx.db, &call.actor.user_id, &listing.slice)?;
    listing.try_page(ctx.env, rows, view)
}

/// Ends a token of the caller.
///
/// # Errors
/// [`Error::NotFound`] when the caller has no such token.
pub fn revoke_personal_token(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<(), Error> {
    session_only(&call.actor)?;
    if !tokens::revoke_personal(ctx.db, &call.actor.user_id, id, ctx.stamp())? {
        return Err(Error::NotFound);
    }
    ctx.rights_changed(&call.actor.user_id);
    ctx.record(Entry::done(&call.actor, None, "personal_token.revoked", "personal_token", id));
    Ok(())
}
