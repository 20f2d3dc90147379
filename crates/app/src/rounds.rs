//! Rounds (調達回): created and prepared by the lead, carried from stage to stage by what happens in them.
//!
//! The basis and the invited members change only while the round is a draft. Every other step of the
//! stage goes through [`advance`], which asks the table in `domain::rounds`.

use crate::audit::Entry;
use crate::input::Checker;
use crate::page::{Page, PageQuery};
use crate::part::{Part, Parted};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use chrono::{DateTime, NaiveDate, Utc};
use domain::access::Action;
use domain::contracts::ContractMode;
use domain::fiscal_year::FiscalYear;
use domain::rounds::{Stage, Step, Work};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;
use store::StoreError;
use store::rounds::{Invited, Round, RoundChange, RoundMember};
use utoipa::ToSchema;

/// Most members that one round invites: more than the country has municipalities.
const MOST_MEMBERS: usize = 2_000;

/// Who contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The lead contracts, members pay shares (負担金).
    LeadContract,
    /// Joint selection; each member signs at the joint price.
    IndividualContract,
}

impl Mode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::LeadContract => ContractMode::Lead.as_str(),
            Self::IndividualContract => ContractMode::Individual.as_str(),
        }
    }

    fn parse(word: &str) -> Self {
        if word == ContractMode::Individual.as_str() { Self::IndividualContract } else { Self::LeadContract }
    }
}

/// What a round is about.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundBasis {
    /// Title, 1 to 100 characters.
    #[schema(example = "令和8年度オンライン学習サービス共同調達（架空）", max_length = 100)]
    pub title: String,
    /// What is procured, 1 to 100 characters.
    #[schema(example = "オンライン学習サービス", max_length = 100)]
    pub product: String,
    /// The year in which the fiscal year begins; 2026 is 令和8年度.
    #[schema(example = 2026, minimum = 2000, maximum = 2100)]
    pub fiscal_year: i64,
    /// Who contracts.
    pub contract_mode: Mode,
    /// The census whose populations are used (人口の基準年).
    #[schema(example = 2020, minimum = 1920, maximum = 2100)]
    pub census_year: i64,
    /// The day on which seats are counted (席数の基準日).
    pub seats_counted_on: NaiveDate,
}

/// A round to be created.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRound {
    /// Title, 1 to 100 characters.
    #[schema(example = "令和8年度オンライン学習サービス共同調達（架空）", max_length = 100)]
    pub title: String,
    /// What is procured, 1 to 100 characters.
    #[schema(example = "オンライン学習サービス", max_length = 100)]
    pub product: String,
    /// The year in which the fiscal year begins; 2026 is 令和8年度.
    #[schema(example = 2026, minimum = 2000, maximum = 2100)]
    pub fiscal_year: i64,
    /// Who contracts.
    pub contract_mode: Mode,
    /// The census whose populations are used (人口の基準年).
    #[schema(example = 2020, minimum = 1920, maximum = 2100)]
    pub census_year: i64,
    /// The day on which seats are counted (席数の基準日).
    pub seats_counted_on: NaiveDate,
    /// Members invited (参加団体), by id; more can be invited while the round is a draft.
    #[schema(max_items = 1000)]
    pub member_ids: Vec<String>,
}

/// A round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoundView {
    /// UUIDv7.
    pub id: String,
    /// The consortium.
    pub consortium_id: String,
    /// Title.
    pub title: String,
    /// What is procured.
    pub product: String,
    /// The year in which the fiscal year begins.
    pub fiscal_year: i64,
    /// The same as people write it.
    #[schema(example = "令和8年度")]
    pub fiscal_year_label: String,
    /// Who contracts.
    pub contract_mode: Mode,
    /// The census whose populations are used.
    pub census_year: i64,
    /// The day on which seats are counted.
    pub seats_counted_on: NaiveDate,
    /// `draft`, `surveying`, `quoting`, `finalised`, `contracted`, `allocated`, `closed`.
    #[schema(example = "surveying")]
    pub stage: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// For `If-Match`.
    pub version: i64,
}

/// A round with the members invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoundDetail {
    /// The round.
    #[serde(flatten)]
    pub round: RoundView,
    /// Members invited, by municipality code.
    pub members: Vec<InvitedView>,
}

/// A member invited to a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InvitedView {
    /// The member.
    pub member_id: String,
    /// Six digits.
    pub municipality_code: String,
    /// 団体名.
    pub name: String,
    /// People.
    pub population: i64,
    /// `full` or `associate`.
    pub member_class: String,
    /// Whether it is the lead (代表団体).
    pub is_lead: bool,
}

impl From<Round> for RoundView {
    fn from(row: Round) -> Self {
        Self {
            id: row.id,
            consortium_id: row.consortium_id,
            title: row.title,
            product: row.product,
            fiscal_year: row.fiscal_year,
            fiscal_year_label: FiscalYear::try_from(row.fiscal_year).map(|year| year.to_string()).unwrap_or_default(),
            contract_mode: Mode::parse(&row.contract_mode),
            census_year: row.census_year,
            seats_counted_on: row.seats_counted_on,
            stage: row.stage,
            created_at: row.created_at.and_utc(),
            version: row.version,
        }
    }
}

impl From<Invited> for InvitedView {
    fn from(row: Invited) -> Self {
        Self {
            member_id: row.id,
            municipality_code: row.municipality_code,
            name: row.name,
            population: row.population,
            member_class: row.member_class,
            is_lead: row.is_lead,
        }
    }
}

/// Creates a round with its first invited members.
///
/// # Errors
/// Refused fields; a member that is not of this consortium.
pub fn create_round(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    cmd: &CreateRound,
) -> Result<RoundDetail, Error> {
    call.actor.permit(Action::ManageRounds, consortium_id, None)?;
    store::consortium::find(ctx.db, consortium_id)?;
    let mut check = Checker::new();
    let basis = RoundBasis {
        title: cmd.title.clone(),
        product: cmd.product.clone(),
        fiscal_year: cmd.fiscal_year,
        contract_mode: cmd.contract_mode,
        census_year: cmd.census_year,
        seats_counted_on: cmd.seats_counted_on,
    };
    let change = checked(ctx, &mut check, &basis);
    check_members(ctx, &mut check, consortium_id, &cmd.member_ids)?;
    check.finish()?;
    let row = Round {
        id: ctx.id(),
        consortium_id: consortium_id.to_owned(),
        title: change.title,
        product: change.product,
        fiscal_year: change.fiscal_year,
        contract_mode: change.contract_mode,
        census_year: change.census_year,
        seats_counted_on: change.seats_counted_on,
        stage: Stage::Draft.as_str().to_owned(),
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    store::rounds::insert(ctx.db, &row)?;
    for member_id in &cmd.member_ids {
        invite(ctx, &row, member_id)?;
    }
    ctx.record(
        Entry::done(&call.actor, Some(consortium_id), "round.created", "round", &row.id)
            .details(json!({"fiscal_year": row.fiscal_year, "members": cmd.member_ids.len()})),
    );
    detail(ctx, row)
}

/// The rounds of a consortium, newest first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_rounds(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &PageQuery,
) -> Result<Page<RoundView>, Error> {
    call.actor.permit(Action::ReadRounds, consortium_id, None)?;
    let list = format!("rounds/{consortium_id}");
    let listing = query.listing(ctx.env, &list, &store::rounds::ROUNDS)?;
    let rows = store::rounds::list(ctx.db, consortium_id, &listing.slice)?;
    Ok(listing.page(ctx.env, rows, RoundView::from))
}

/// One round with the members invited.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn get_round(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<RoundDetail, Error> {
    let row = load(ctx, call, Action::ReadRounds, id)?;
    detail(ctx, row)
}

/// A round without its members: most pages below it need no more.
///
/// # Errors
/// As [`get_round`].
pub fn get_round_alone(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<RoundView, Error> {
    Ok(load(ctx, call, Action::ReadRounds, id)?.into())
}

/// A round with a part of its members.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundPart {
    /// The round.
    pub round: RoundView,
    /// The part, by municipality code.
    pub members: Parted<InvitedView>,
    /// Members invited.
    pub count: usize,
}

/// As [`get_round`], with a part of the members.
///
/// # Errors
/// As [`get_round`].
pub fn show_round(ctx: &mut Ctx<'_>, call: &Call, id: &str, part: &Part) -> Result<RoundPart, Error> {
    let RoundDetail { round, members } = get_round(ctx, call, id)?;
    let count = members.len();
    Ok(RoundPart { round, count, members: part.cut(members, |one| (&one.municipality_code, &one.name)) })
}

/// Changes the basis of a draft round.
///
/// # Errors
/// Refused fields; a stale version; [`Code::RoundStage`] when it is no draft any more.
pub fn change_round(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &RoundBasis) -> Result<RoundDetail, Error> {
    let row = load(ctx, call, Action::ManageRounds, id)?;
    let version = call.expected()?;
    allow(&row, Work::Prepare)?;
    let mut check = Checker::new();
    let change = checked(ctx, &mut check, cmd);
    check.finish()?;
    if !store::rounds::change(ctx.db, id, version, &change)? {
        return Err(Error::Stale);
    }
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), "round.changed", "round", id)
            .details(json!({"fiscal_year": change.fiscal_year, "contract_mode": change.contract_mode})),
    );
    get_round(ctx, call, id)
}

/// Invites a member to a draft round.
///
/// # Errors
/// A stale version; [`Code::RoundMemberInvited`]; [`Error::NotFound`] for a member of another consortium.
pub fn invite_member(ctx: &mut Ctx<'_>, call: &Call, id: &str, member_id: &str) -> Result<RoundDetail, Error> {
    let row = prepare_invitation(ctx, call, id, member_id)?;
    if store::rounds::is_invited(ctx.db, id, member_id)? {
        return Err(Error::rule(Code::RoundMemberInvited));
    }
    let row = keep_stage(ctx, &row, call.expected()?)?;
    invite(ctx, &row, member_id)?;
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), "round.member_invited", "round", id).member(member_id),
    );
    detail(ctx, row)
}

/// Takes the invitation of a member back while the round is a draft.
///
/// # Errors
/// A stale version; [`Error::NotFound`] when the member is not invited.
pub fn uninvite_member(ctx: &mut Ctx<'_>, call: &Call, id: &str, member_id: &str) -> Result<RoundDetail, Error> {
    let row = prepare_invitation(ctx, call, id, member_id)?;
    let row = keep_stage(ctx, &row, call.expected()?)?;
    if !store::rounds::uninvite(ctx.db, id, member_id)? {
        return Err(Error::NotFound);
    }
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), "round.member_uninvited", "round", id).member(member_id),
    );
    detail(ctx, row)
}

/// Ends a round after its allocation; nothing changes any more.
///
/// # Errors
/// [`Code::RoundStage`] before the allocation is published.
pub fn close_round(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<RoundDetail, Error> {
    let row = load(ctx, call, Action::ManageRounds, id)?;
    let row = advance(ctx, &row, Step::Close)?;
    if let Some(contract) = store::contracts::of_round(ctx.db, id)? {
        let at = ctx.stamp();
        if !store::contracts::touch(ctx.db, &contract.id, contract.version, "closed", at)? {
            return Err(Error::Stale);
        }
    }
    ctx.record(Entry::done(&call.actor, Some(&row.consortium_id), "round.closed", "round", id));
    detail(ctx, row)
}

/// A round that the caller may act on.
pub(crate) fn load(ctx: &mut Ctx<'_>, call: &Call, action: Action, id: &str) -> Result<Round, Error> {
    let row = store::rounds::find(ctx.db, id)?;
    call.actor.permit(action, &row.consortium_id, None)?;
    Ok(row)
}

/// The stage of a row.
pub(crate) fn stage(row: &Round) -> Result<Stage, Error> {
    Stage::parse(&row.stage).ok_or_else(|| Error::internal(format!("stage {}", row.stage)))
}

/// Refuses work that the stage has no room for.
pub(crate) fn allow(row: &Round, work: Work) -> Result<(), Error> {
    stage(row)?.allows(work).map_err(|wrong| forbids(wrong.stage, work.ja()))
}

/// Takes a step of the stage table.
pub(crate) fn advance(ctx: &mut Ctx<'_>, row: &Round, step: Step) -> Result<Round, Error> {
    let next = stage(row)?.after(step).map_err(|wrong| forbids(wrong.stage, step.ja()))?;
    let at = ctx.stamp();
    if !store::rounds::set_stage(ctx.db, &row.id, row.version, next.as_str(), at)? {
        return Err(Error::Stale);
    }
    Ok(store::rounds::find(ctx.db, &row.id)?)
}

fn forbids(stage: Stage, act: &str) -> Error {
    Error::rule_with(Code::RoundStage, vec![("stage", stage.ja().to_owned()), ("act", act.to_owned())])
}

fn keep_stage(ctx: &mut Ctx<'_>, row: &Round, version: i64) -> Result<Round, Error> {
    let at = ctx.stamp();
    if !store::rounds::set_stage(ctx.db, &row.id, version, &row.stage, at)? {
        return Err(Error::Stale);
    }
    Ok(store::rounds::find(ctx.db, &row.id)?)
}

fn prepare_invitation(ctx: &mut Ctx<'_>, call: &Call, id: &str, member_id: &str) -> Result<Round, Error> {
    let row = load(ctx, call, Action::ManageRounds, id)?;
    call.expected()?;
    allow(&row, Work::Prepare)?;
    let member = store::consortium::find_member(ctx.db, member_id)?;
    if member.consortium_id != row.consortium_id {
        return Err(Error::NotFound);
    }
    Ok(row)
}

fn invite(ctx: &mut Ctx<'_>, round: &Round, member_id: &str) -> Result<(), Error> {
    let row = RoundMember {
        round_id: round.id.clone(),
        member_id: member_id.to_owned(),
        consortium_id: round.consortium_id.clone(),
        created_at: ctx.stamp(),
    };
    Ok(store::rounds::invite(ctx.db, &row)?)
}

fn detail(ctx: &mut Ctx<'_>, row: Round) -> Result<RoundDetail, Error> {
    let members = store::rounds::invited(ctx.db, &row.id)?.into_iter().map(InvitedView::from).collect();
    Ok(RoundDetail { round: row.into(), members })
}

fn checked(ctx: &Ctx<'_>, check: &mut Checker, cmd: &RoundBasis) -> RoundChange {
    RoundChange {
        title: check.line("/title", &cmd.title, 100),
        product: check.line("/product", &cmd.product, 100),
        fiscal_year: check.range("/fiscal_year", cmd.fiscal_year, 2000, 2100),
        contract_mode: cmd.contract_mode.as_str().to_owned(),
        census_year: check.range("/census_year", cmd.census_year, 1920, 2100),
        seats_counted_on: cmd.seats_counted_on,
        updated_at: ctx.stamp(),
    }
}

fn check_members(
    ctx: &mut Ctx<'_>,
    check: &mut Checker,
    consortium_id: &str,
    member_ids: &[String],
) -> Result<(), Error> {
    if member_ids.len() > MOST_MEMBERS {
        check.fault("/member_ids", FieldCode::TooMany { max: MOST_MEMBERS });
        return Ok(());
    }
    let mut seen = HashSet::with_capacity(member_ids.len());
    for (index, member_id) in member_ids.iter().enumerate() {
        let pointer = format!("/member_ids/{index}");
        if !seen.insert(member_id) {
            check.fault(pointer, FieldCode::Duplicate);
            continue;
        }
        // a member of another consortium looks exactly like one that does not exist
        match store::consortium::find_member(ctx.db, member_id) {
            Ok(member) if member.consortium_id == consortium_id => {}
            Ok(_) | Err(StoreError::Missing) => check.fault(pointer, FieldCode::NoSuchThing),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
