//! The first administrator, and people made by the operator. There are no default credentials (S08):
//! a new service prints a one-time token, and that token makes exactly one administrator.

use super::Secret;
use super::hashing::{context, policy};
use super::invitations::add_grant;
use super::links::{forget_all, one_time, usable, use_once};
use super::users::{MeView, me_view};
use crate::audit::Entry;
use crate::input::Checker;
use crate::{Code, Ctx, Error, FieldCode, Meta, Service};
use domain::access::{Grant, Role};
use domain::accounts::{AccountState, BOOTSTRAP_LIFE};
use identity::token::{Purpose, Token};
use serde::Deserialize;
use serde_json::json;
use store::StoreError;
use store::accounts::users::{self, User};
use utoipa::ToSchema;

/// The first administrator of a new service.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// As the service printed it at its first start.
    #[schema(value_type = String, example = "yui_bst_…")]
    pub token: Secret,
    /// The sign-in id.
    #[schema(example = "admin@service.example.jp", max_length = 254)]
    pub email: String,
    /// Name shown to others, 1 to 100 characters.
    #[schema(example = "架空 太郎", max_length = 100)]
    pub display_name: String,
    /// Its reading in hiragana, 1 to 100 characters.
    #[schema(example = "かくう たろう", max_length = 100)]
    pub kana: String,
    /// 12 characters or more; 15 are recommended.
    #[schema(value_type = String, format = Password, min_length = 12)]
    pub password: Secret,
}

/// Somebody made by the operator, ready to sign in: `yui user add`, seed and demo.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The sign-in id.
    pub email: String,
    /// Name shown to others.
    pub display_name: String,
    /// Its reading.
    pub kana: String,
    /// The password.
    pub password: Secret,
    /// The roles.
    pub grants: Vec<Grant>,
}

/// A fresh token for the first administrator, to be printed; none once there is one. Earlier tokens end.
///
/// # Errors
/// When the database refuses.
pub async fn bootstrap_token(service: &Service) -> Result<Option<Token>, Error> {
    service
        .work("make_bootstrap_token", |ctx| {
            if users::has_administrator(ctx.db)? {
                return Ok(None);
            }
            // One row however often the service starts: only its hash is kept, so it cannot be shown again.
            forget_all(ctx, Purpose::Bootstrap)?;
            let expires_at = ctx.now.checked_add_signed(BOOTSTRAP_LIFE).unwrap_or(ctx.now);
            let token = one_time(ctx, Purpose::Bootstrap, None, expires_at)?;
            ctx.record(Entry::by_service(None, "bootstrap.token_made", "service", "service"));
            Ok(Some(token))
        })
        .await
}

/// Makes the first administrator.
///
/// # Errors
/// [`Code::LinkUnusable`] for a wrong token and once there is an administrator; refused fields.
pub async fn bootstrap(service: &Service, meta: &Meta, cmd: Bootstrap) -> Result<MeView, Error> {
    let Ok(token) = Token::parse(Purpose::Bootstrap, cmd.token.reveal()) else {
        return Err(Error::rule(Code::LinkUnusable));
    };
    let hash = token.hash().to_string();
    let check = hash.clone();
    service.look_as(meta.clone(), move |ctx| usable(ctx, Purpose::Bootstrap, &check).map(drop)).await?;
    let grants = vec![Grant { role: Role::Admin, consortium_id: None, member_id: None }];
    let new =
        NewUser { email: cmd.email, display_name: cmd.display_name, kana: cmd.kana, password: cmd.password, grants };
    let (new, password) = hashed(service, new).await?;
    service
        .work_as(meta.clone(), move |ctx| {
            use_once(ctx, Purpose::Bootstrap, &hash)?;
            if users::has_administrator(ctx.db)? {
                return Err(Error::rule(Code::LinkUnusable));
            }
            add_user(ctx, &new, &password)
        })
        .await
}

/// Makes an active user with a password and roles; for the command line, seed and demo.
///
/// # Errors
/// Refused fields; an address that has an account; a place that does not exist.
pub async fn create_user(service: &Service, new: NewUser) -> Result<MeView, Error> {
    let (new, password) = hashed(service, new).await?;
    service.work("add_user", move |ctx| add_user(ctx, &new, &password)).await
}

async fn hashed(service: &Service, new: NewUser) -> Result<(NewUser, String), Error> {
    checked(&new)?;
    policy("/password", &new.password, &context(&new.email, &new.display_name, &new.kana, &[]))?;
    let hash = service.accounts().hashing.hash(new.password.clone()).await?;
    Ok((new, hash))
}

fn checked(new: &NewUser) -> Result<(String, String, String), Error> {
    let mut check = Checker::new();
    let email = check.email("/email", &new.email);
    let display_name = check.line("/display_name", &new.display_name, 100);
    let kana = check.reading("/kana", &new.kana, 100);
    check.finish()?;
    Ok((email, display_name, kana))
}

/// As [`create_user`], inside a transaction, with a password that was hashed before.
///
/// # Errors
/// As [`create_user`].
pub fn add_user(ctx: &mut Ctx<'_>, new: &NewUser, password_hash: &str) -> Result<MeView, Error> {
    let (email, display_name, kana) = checked(new)?;
    let row = User {
        id: ctx.id(),
        email,
        display_name,
        kana,
        password_hash: Some(password_hash.to_owned()),
        state: AccountState::Active.as_str().to_owned(),
        session_version: 1,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    match users::insert(ctx.db, &row) {
        Err(StoreError::Constraint(constraint)) if constraint.name == "users_email_key" => {
            return Err(Error::field("/email", FieldCode::Duplicate));
        }
        other => other?,
    }
    for grant in &new.grants {
        let (consortium_id, member_id) = (grant.consortium_id.as_deref(), grant.member_id.as_deref());
        add_grant(ctx, None, &row.id, grant.role, consortium_id, member_id)?;
    }
    let roles: Vec<&str> = new.grants.iter().map(|grant| grant.role.as_str()).collect();
    ctx.record(Entry::by_service(None, "user.added", "user", &row.id).details(json!({"roles": roles})));
    me_view(ctx, row)
}
