//! Consortia (共同調達の団体) and their members: a lead prefecture and the municipalities that join.

use crate::audit::Entry;
use crate::input::Checker;
use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use chrono::{DateTime, NaiveDate, Utc};
use domain::access::Action;
use domain::municipality::MunicipalityCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use store::StoreError;
use store::consortium::{Consortium, Member, MemberChange};
use utoipa::ToSchema;

/// A consortium to be created together with its lead member.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateConsortium {
    /// Name shown everywhere, 1 to 100 characters.
    #[schema(example = "神奈川県オンライン学習共同調達（架空）", max_length = 100)]
    pub name: String,
    /// The lead (代表団体).
    pub lead: AddMember,
}

/// A new name.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameConsortium {
    /// 1 to 100 characters.
    #[schema(max_length = 100)]
    pub name: String,
}

/// Full member or associate (準会員).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberClass {
    /// 正会員.
    Full,
    /// 準会員.
    Associate,
}

impl MemberClass {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Associate => "associate",
        }
    }

    fn parse(word: &str) -> Self {
        if word == "associate" { Self::Associate } else { Self::Full }
    }
}

/// A municipality that joins.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// Six digits with check digit (全国地方公共団体コード).
    #[schema(example = "143618")]
    pub municipality_code: String,
    /// 団体名, 1 to 50 characters.
    #[schema(example = "中井町")]
    pub name: String,
    /// Reading in hiragana, 1 to 50 characters.
    #[schema(example = "なかいまち")]
    pub kana: String,
    /// `prefecture`, `designated_city`, `core_city`, `city`, `ward`, `town`, `village`.
    #[schema(example = "town")]
    pub kind: String,
    /// People in the census of the basis year.
    #[schema(example = 9300, minimum = 0)]
    pub population: i64,
    /// Full or associate.
    pub member_class: MemberClass,
    /// First day of membership.
    pub joined_on: NaiveDate,
}

/// Changes to a member; every field is given again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMember {
    /// 団体名.
    pub name: String,
    /// Reading in hiragana.
    pub kana: String,
    /// People.
    #[schema(minimum = 0)]
    pub population: i64,
    /// Full or associate.
    pub member_class: MemberClass,
    /// Last day of membership, when it ends.
    pub left_on: Option<NaiveDate>,
}

/// A consortium as its people see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsortiumView {
    /// UUIDv7.
    pub id: String,
    /// Name.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// For `If-Match`.
    pub version: i64,
}

/// A member as the consortium sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberView {
    /// UUIDv7.
    pub id: String,
    /// The consortium.
    pub consortium_id: String,
    /// Six digits.
    pub municipality_code: String,
    /// 団体名.
    pub name: String,
    /// Reading.
    pub kana: String,
    /// Kind of municipality.
    pub kind: String,
    /// People.
    pub population: i64,
    /// Full or associate.
    pub member_class: MemberClass,
    /// Whether it is the lead (代表団体).
    pub is_lead: bool,
    /// First day.
    pub joined_on: NaiveDate,
    /// Last day, when it ended.
    pub left_on: Option<NaiveDate>,
    /// For `If-Match`.
    pub version: i64,
}

impl From<Consortium> for ConsortiumView {
    fn from(row: Consortium) -> Self {
        Self { id: row.id, name: row.name, created_at: row.created_at.and_utc(), version: row.version }
    }
}

impl From<Member> for MemberView {
    fn from(row: Member) -> Self {
        Self {
            id: row.id,
            consortium_id: row.consortium_id,
            municipality_code: row.municipality_code,
            name: row.name,
            kana: row.kana,
            kind: row.kind,
            population: row.population,
            member_class: MemberClass::parse(&row.member_class),
            is_lead: row.is_lead,
            joined_on: row.joined_on,
            left_on: row.left_on,
            version: row.version,
        }
    }
}

/// The kinds of members, with what the names of their kind end in.
const KINDS: [(&str, &[char]); 7] = [
    ("prefecture", &['都', '道', '府', '県']),
    ("designated_city", &['市']),
    ("core_city", &['市']),
    ("city", &['市']),
    ("ward", &['区']),
    ("town", &['町']),
    ("village", &['村']),
];

/// Whether a name ends as those of another kind do; names of no kind (unions of towns) may be of any.
fn is_of_another_kind(name: &str, endings: &[char]) -> bool {
    let last = name.chars().next_back();
    last.is_some_and(|last| !endings.contains(&last) && KINDS.iter().any(|(_, ends)| ends.contains(&last)))
}

/// Creates a consortium with its lead member. Service administrators only.
///
/// # Errors
/// Refused fields; a caller who is not an administrator.
pub fn create_consortium(ctx: &mut Ctx<'_>, call: &Call, cmd: &CreateConsortium) -> Result<ConsortiumView, Error> {
    call.actor.permit_service(Action::ManageConsortia)?;
    let mut check = Checker::new();
    let name = check.line("/name", &cmd.name, 100);
    let id = ctx.id();
    let lead = member_row(ctx, &mut check, "/lead", &id, &cmd.lead, true);
    check.finish()?;
    let row = Consortium { id: id.clone(), name, created_at: ctx.stamp(), updated_at: ctx.stamp(), version: 1 };
    store::consortium::insert(ctx.db, &row)?;
    store::consortium::insert_member(ctx.db, &lead)?;
    store::audit::begin_chain(ctx.db, &id)?;
    ctx.record(
        Entry::done(&call.actor, Some(&id), "consortium.created", "consortium", &id)
            .details(json!({"lead": lead.municipality_code})),
    );
    Ok(row.into())
}

/// The consortia that the caller may see, oldest first.
///
/// # Errors
/// A cursor or limit that was refused.
pub fn list_consortia(ctx: &mut Ctx<'_>, call: &Call, query: &PageQuery) -> Result<Page<ConsortiumView>, Error> {
    let list = "consortia";
    let listing = query.listing(ctx.env, list, &store::consortium::CONSORTIA)?;
    let own = call.actor.consortia();
    let only = if call.actor.is_admin() { None } else { Some(own.as_slice()) };
    let rows = store::consortium::list(ctx.db, only, &listing.slice)?;
    Ok(listing.page(ctx.env, rows, ConsortiumView::from))
}

/// One consortium.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn get_consortium(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<ConsortiumView, Error> {
    call.actor.permit(Action::ReadConsortium, id, None)?;
    Ok(store::consortium::find(ctx.db, id)?.into())
}

/// Renames a consortium.
///
/// # Errors
/// Refused fields; a version that is not the present one.
pub fn rename_consortium(
    ctx: &mut Ctx<'_>,
    call: &Call,
    id: &str,
    cmd: &RenameConsortium,
) -> Result<ConsortiumView, Error> {
    call.actor.permit(Action::ManageMembers, id, None)?;
    let version = call.expected()?;
    let before = store::consortium::find(ctx.db, id)?;
    let mut check = Checker::new();
    let name = check.line("/name", &cmd.name, 100);
    check.finish()?;
    if !store::consortium::rename(ctx.db, id, version, &name, ctx.stamp())? {
        return Err(Error::Stale);
    }
    ctx.record(
        Entry::done(&call.actor, Some(id), "consortium.renamed", "consortium", id)
            .details(json!({"before": before.name, "after": name})),
    );
    get_consortium(ctx, call, id)
}

/// Adds a municipality.
///
/// # Errors
/// Refused fields; [`Code::MemberExists`] when it is a member already.
pub fn add_member(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, cmd: &AddMember) -> Result<MemberView, Error> {
    call.actor.permit(Action::ManageMembers, consortium_id, None)?;
    store::consortium::find(ctx.db, consortium_id)?;
    let mut check = Checker::new();
    let row = member_row(ctx, &mut check, "", consortium_id, cmd, false);
    check.finish()?;
    match store::consortium::insert_member(ctx.db, &row) {
        Err(StoreError::Constraint(constraint)) if constraint.name == "members_code_key" => {
            return Err(Error::rule_with(Code::MemberExists, vec![("code", row.municipality_code)]));
        }
        other => other?,
    }
    ctx.record(
        Entry::done(&call.actor, Some(consortium_id), "member.added", "member", &row.id)
            .member(&row.id)
            .details(json!({"municipality_code": row.municipality_code, "member_class": row.member_class})),
    );
    Ok(row.into())
}

/// The members by municipality code.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_members(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &PageQuery,
) -> Result<Page<MemberView>, Error> {
    call.actor.permit(Action::ReadConsortium, consortium_id, None)?;
    store::consortium::find(ctx.db, consortium_id)?;
    let list = format!("members/{consortium_id}");
    let listing = query.listing(ctx.env, &list, &store::consortium::MEMBERS)?;
    let rows = store::consortium::members(ctx.db, consortium_id, &listing.slice)?;
    Ok(listing.page(ctx.env, rows, MemberView::from))
}

/// The members that somebody names by id, municipality code or name; more than one only where a name is shared.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn find_members(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    named: &str,
) -> Result<Vec<MemberView>, Error> {
    call.actor.permit(Action::ReadConsortium, consortium_id, None)?;
    let typed = named.trim();
    let code = MunicipalityCode::parse(typed).map(|code| code.as_str().to_owned()).unwrap_or_default();
    let rows = store::consortium::members_named(ctx.db, consortium_id, [typed, code.as_str()])?;
    Ok(rows.into_iter().map(MemberView::from).collect())
}

/// 団体名 of members, by id; of another consortium's there is none.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn member_names(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    ids: &[String],
) -> Result<HashMap<String, String>, Error> {
    call.actor.permit(Action::ReadConsortium, consortium_id, None)?;
    Ok(store::consortium::member_names(ctx.db, consortium_id, ids)?.into_iter().collect())
}

/// One member.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn get_member(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<MemberView, Error> {
    let row = store::consortium::find_member(ctx.db, id)?;
    call.actor.permit(Action::ReadConsortium, &row.consortium_id, None)?;
    Ok(row.into())
}

/// Changes a member.
///
/// # Errors
/// Refused fields; a version that is not the present one.
pub fn change_member(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &ChangeMember) -> Result<MemberView, Error> {
    let before = store::consortium::find_member(ctx.db, id)?;
    call.actor.permit(Action::ManageMembers, &before.consortium_id, Some(id))?;
    let version = call.expected()?;
    let mut check = Checker::new();
    let change = MemberChange {
        name: check.line("/name", &cmd.name, 50),
        kana: check.reading("/kana", &cmd.kana, 50),
        population: check.range("/population", cmd.population, 0, 1_000_000_000),
        member_class: cmd.member_class.as_str().to_owned(),
        left_on: cmd.left_on,
        updated_at: ctx.stamp(),
    };
    check.ensure(
        cmd.left_on.is_none_or(|left| left >= before.joined_on),
        "/left_on",
        FieldCode::Order { rule: "退会日は参加日以後の日付にしてください。" },
    );
    check.finish()?;
    if !store::consortium::change_member(ctx.db, id, version, &change)? {
        return Err(Error::Stale);
    }
    // Who acts for a member that left has no rights there any more.
    ctx.all_rights_changed();
    ctx.record(
        Entry::done(&call.actor, Some(&before.consortium_id), "member.changed", "member", id)
            .member(id)
            .details(json!({"before": {"population": before.population, "member_class": before.member_class},
                   "after": {"population": change.population, "member_class": change.member_class}})),
    );
    get_member(ctx, call, id)
}

fn member_row(
    ctx: &Ctx<'_>,
    check: &mut Checker,
    at: &str,
    consortium_id: &str,
    cmd: &AddMember,
    is_lead: bool,
) -> Member {
    let pointer = format!("{at}/kind");
    let name = check.line(&format!("{at}/name"), &cmd.name, 50);
    match KINDS.iter().find(|(kind, _)| *kind == cmd.kind) {
        None => check.fault(&pointer, FieldCode::Format { expected: "団体の種別（prefecture, city, town など）" }),
        Some((_, endings)) => {
            let sentence = "団体名の終わりの文字と種別が合いません。どちらかを直してください。";
            check.ensure(!is_of_another_kind(&name, endings), &pointer, FieldCode::Refused { sentence });
        }
    }
    Member {
        id: ctx.id(),
        consortium_id: consortium_id.to_owned(),
        municipality_code: check.municipality_code(&format!("{at}/municipality_code"), &cmd.municipality_code),
        name,
        kana: check.reading(&format!("{at}/kana"), &cmd.kana, 50),
        kind: cmd.kind.clone(),
        population: check.range(&format!("{at}/population"), cmd.population, 0, 1_000_000_000),
        member_class: cmd.member_class.as_str().to_owned(),
        is_lead,
        joined_on: cmd.joined_on,
        left_on: None,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    }
}
