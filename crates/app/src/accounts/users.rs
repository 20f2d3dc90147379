//! People: oneself, and the people of a consortium within what the caller may see.
//!
//! Names of a town's staff belong to the town. Who manages a role sees its holders; who may read the
//! staff of a town sees all of them; a learner sees nobody else (S23).

use crate::audit::{Entry, note_view};
use crate::input::Checker;
use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Ctx, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Role};
use domain::accounts::granting;
use domain::clock::japan_date;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::accounts::users::{self, Grant, PlacedGrant, StaffFilter, User};
use utoipa::{IntoParams, ToSchema};

/// A role inside a consortium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// 県の担当者.
    Lead,
    /// 市町村の担当者.
    Contact,
    /// 職員（受講者）.
    Learner,
    /// 監査・財政.
    Auditor,
}

impl StaffRole {
    /// The role of the rights table.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Lead => Role::Lead,
            Self::Contact => Role::Contact,
            Self::Learner => Role::Learner,
            Self::Auditor => Role::Auditor,
        }
    }
}

/// A role with its place, as its holder sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GrantView {
    /// UUIDv7.
    pub id: String,
    /// `admin`, `lead`, `contact`, `learner` or `auditor`.
    #[schema(example = "contact")]
    pub role: String,
    /// The consortium; null for `admin`.
    pub consortium_id: Option<String>,
    /// Its name.
    #[schema(example = "神奈川県オンライン学習共同調達（架空）")]
    pub consortium_name: Option<String>,
    /// The member; null for `admin` and `auditor`.
    pub member_id: Option<String>,
    /// Its name.
    #[schema(example = "中井町")]
    pub member_name: Option<String>,
}

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MeView {
    /// UUIDv7.
    pub id: String,
    /// The sign-in id.
    #[schema(example = "hanako@nakai.example.jp")]
    pub email: String,
    /// Name shown to others.
    #[schema(example = "架空 花子")]
    pub display_name: String,
    /// Its reading in hiragana.
    #[schema(example = "かくう はなこ")]
    pub kana: String,
    /// The roles held now.
    pub grants: Vec<GrantView>,
    /// For `If-Match`.
    pub version: i64,
}

/// How the caller wants to be called.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    /// Name shown to others, 1 to 100 characters.
    #[schema(example = "架空 花子", max_length = 100)]
    pub display_name: String,
    /// Its reading in hiragana, 1 to 100 characters.
    #[schema(example = "かくう はなこ", max_length = 100)]
    pub kana: String,
}

/// Somebody of a consortium, or an administrator of the service, with the roles that the caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserView {
    /// UUIDv7.
    pub id: String,
    /// The sign-in id.
    #[schema(example = "hanako@nakai.example.jp")]
    pub email: String,
    /// Name shown to others.
    #[schema(example = "架空 花子")]
    pub display_name: String,
    /// Its reading.
    #[schema(example = "かくう はなこ")]
    pub kana: String,
    /// `invited`, `active` or `disabled`.
    #[schema(example = "active")]
    pub state: String,
    /// Roles in this consortium, or the one of an administrator.
    pub grants: Vec<StaffGrantView>,
}

/// A role of somebody in a consortium or in the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StaffGrantView {
    /// UUIDv7.
    pub id: String,
    /// `admin`, `lead`, `contact`, `learner` or `auditor`.
    #[schema(example = "contact")]
    pub role: String,
    /// The member; null for `admin` and `auditor`.
    pub member_id: Option<String>,
    /// When it was granted.
    pub created_at: DateTime<Utc>,
}

/// Which people of a consortium are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StaffQuery {
    /// Only holders of this role.
    pub role: Option<StaffRole>,
    /// Only people of this member.
    pub member_id: Option<String>,
    /// Entries on a page, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// The key by which the list stands; `-` before it begins with the largest.
    pub sort: Option<String>,
    /// Names and values of filters, as in [`PageQuery`].
    #[serde(skip)]
    pub filters: Vec<(String, String)>,
}

impl From<PlacedGrant> for GrantView {
    fn from(placed: PlacedGrant) -> Self {
        let PlacedGrant { grant, consortium, member } = placed;
        Self {
            id: grant.id,
            role: grant.role,
            consortium_id: grant.consortium_id,
            consortium_name: consortium,
            member_id: grant.member_id,
            member_name: member,
        }
    }
}

fn user_view(user: User, grants: Vec<Grant>) -> UserView {
    let grants = grants.into_iter().map(|grant| StaffGrantView {
        id: grant.id,
        role: grant.role,
        member_id: grant.member_id,
        created_at: grant.created_at.and_utc(),
    });
    UserView {
        id: user.id,
        email: user.email,
        display_name: user.display_name,
        kana: user.kana,
        state: user.state,
        grants: grants.collect(),
    }
}

/// A user as that person sees oneself.
pub(super) fn me_view(ctx: &mut Ctx<'_>, user: User) -> Result<MeView, Error> {
    let grants = users::grants_in_force(ctx.db, &user.id, japan_date(ctx.now))?;
    Ok(MeView {
        id: user.id,
        email: user.email,
        display_name: user.display_name,
        kana: user.kana,
        grants: grants.into_iter().map(GrantView::from).collect(),
        version: user.version,
    })
}

/// The caller with the roles held now.
///
/// # Errors
/// When the database refuses.
pub fn get_me(ctx: &mut Ctx<'_>, call: &Call) -> Result<MeView, Error> {
    let user = users::find(ctx.db, &call.actor.user_id)?;
    me_view(ctx, user)
}

/// Changes how the caller is called.
///
/// # Errors
/// Refused fields; a version that is not the present one; a personal access token.
pub fn change_me(ctx: &mut Ctx<'_>, call: &Call, cmd: &ChangeMe) -> Result<MeView, Error> {
    super::session_only(&call.actor)?;
    let version = call.expected()?;
    let id = &call.actor.user_id;
    let mut check = Checker::new();
    let display_name = check.line("/display_name", &cmd.display_name, 100);
    let kana = check.reading("/kana", &cmd.kana, 100);
    check.finish()?;
    if !users::rename(ctx.db, id, version, &display_name, &kana, ctx.stamp())? {
        return Err(Error::Stale);
    }
    ctx.rights_changed(id);
    ctx.record(Entry::done(&call.actor, None, "user.renamed", "user", id));
    get_me(ctx, call)
}

/// Whom the caller may see in a consortium.
fn visible(actor: &Actor, consortium_id: &str) -> Result<StaffFilter, Error> {
    let managed = [Role::Lead, Role::Auditor, Role::Contact]
        .into_iter()
        .filter(|role| actor.permit(granting(*role), consortium_id, None).is_ok())
        .map(|role| role.as_str().to_owned());
    let roles_everywhere: Vec<String> = managed.collect();
    let towns = match actor.towns(Action::ReadStaff, consortium_id) {
        Ok(towns) => towns,
        Err(_) if !roles_everywhere.is_empty() => Some(Vec::new()),
        Err(denied) => return Err(denied.into()),
    };
    Ok(StaffFilter { roles_everywhere, towns, ..StaffFilter::default() })
}

/// The people of a consortium whom the caller may see.
///
/// # Errors
/// [`Error::NotFound`] for who may see nobody; a cursor or limit that was refused.
pub fn list_users(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &StaffQuery,
) -> Result<Page<UserView>, Error> {
    let mut filter = visible(&call.actor, consortium_id)?;
    store::consortium::find(ctx.db, consortium_id)?;
    filter.role = query.role.map(|role| role.role().as_str().to_owned());
    filter.member_id.clone_from(&query.member_id);
    let list = format!("users/{consortium_id}/{}", call.actor.user_id);
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor.clone(),
        sort: query.sort.clone(),
        filters: query.filters.clone(),
    };
    let listing = page.listing(ctx.env, &list, &users::PEOPLE)?;
    let rows = users::staff(ctx.db, consortium_id, &filter, None, &listing.slice)?;
    if filter.towns.is_none() {
        let people = listing.shown(rows.len());
        note_view(ctx, call, (consortium_id, filter.member_id.as_deref()), ("consortium", consortium_id), people);
    }
    Ok(listing.page(ctx.env, rows, |(user, grants)| user_view(user, grants)))
}

/// Who administers the service or was invited to; for administrators.
///
/// # Errors
/// [`Error::Forbidden`] for anybody else; a cursor or limit that was refused.
pub fn list_admins(ctx: &mut Ctx<'_>, call: &Call, query: &PageQuery) -> Result<Page<UserView>, Error> {
    call.actor.permit_service(Action::RunService)?;
    let listing = query.listing(ctx.env, "admins", &users::PEOPLE)?;
    let rows = users::administrators(ctx.db, &listing.slice)?;
    Ok(listing.page(ctx.env, rows, |(user, grant)| user_view(user, vec![grant])))
}

/// Names of these people, those of whom the caller may see.
///
/// # Errors
/// [`Error::NotFound`] for who may see nobody.
pub fn names_of(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    ids: &[String],
) -> Result<HashMap<String, String>, Error> {
    let filter = visible(&call.actor, consortium_id)?;
    let most = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let found = users::staff(ctx.db, consortium_id, &filter, Some(ids), &users::PEOPLE.top(most))?;
    if filter.towns.is_none() {
        note_view(ctx, call, (consortium_id, None), ("consortium", consortium_id), found.len());
    }
    Ok(found.into_iter().map(|((user, _), _)| (user.id, user.display_name)).collect())
}

/// Somebody of a consortium.
///
/// # Errors
/// [`Error::NotFound`] when there is nobody of this id whom the caller may see.
pub fn get_user(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, user_id: &str) -> Result<UserView, Error> {
    let filter = visible(&call.actor, consortium_id)?;
    let found = users::staff(ctx.db, consortium_id, &filter, Some(&[user_id.to_owned()]), &users::PEOPLE.top(1))?;
    let ((user, grants), _) = found.into_iter().next().ok_or(Error::NotFound)?;
    if filter.towns.is_none() && user.id != call.actor.user_id {
        let town = grants.iter().find_map(|grant| grant.member_id.clone());
        note_view(ctx, call, (consortium_id, town.as_deref()), ("user", user_id), 1);
    }
    Ok(user_view(user, grants))
}
