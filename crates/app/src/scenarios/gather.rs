//! From a round to the inputs of a scenario: the quote, the answers that count, the members' populations.
//! Answers count when they are submitted or fixed; members that ask for no seat take no part.

use super::model::{DemandBasis, Inputs, MemberInput, PointInput, QuoteInput};
use super::{CreateScenario, Override};
use crate::input::Checker;
use crate::{Ctx, Error, FieldCode};
use domain::demand::AnswerState;
use std::collections::BTreeMap;
use store::StoreError;
use store::demand::{Answer, Survey};
use store::pricing::Quote;
use store::rounds::{Invited, Round};

/// Most overrides of one scenario.
const MOST_OVERRIDES: usize = 2_000;

/// Gathers and checks what a scenario is calculated from; ids of other rounds do not exist.
pub(super) fn inputs(
    ctx: &mut Ctx<'_>,
    round: &Round,
    cmd: &CreateScenario,
    mut check: Checker,
) -> Result<Inputs, Error> {
    let quote = quote(ctx, &mut check, round, &cmd.quote_id)?;
    let survey = survey(ctx, &mut check, round, cmd.survey_id.as_deref())?;
    if let Some(supply) = cmd.supply {
        check.seats("/supply", supply, 1);
    }
    if seat_allocator::Rule::from_name(&cmd.allocation.rule).is_none() {
        let sentence = "使えない配分方法です。APIの説明書にある名前を指定してください。";
        check.fault("/allocation/rule", FieldCode::Refused { sentence });
    }
    let invited = store::rounds::invited(ctx.db, &round.id)?;
    check_overrides(&mut check, &invited, &cmd.overrides);
    let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
    if let Some(survey) = &survey {
        answers = counting_answers(ctx, &survey.id)?.into_iter().map(|row| (row.member_id.clone(), row)).collect();
    }
    let mut members = Vec::new();
    for town in invited {
        let at = cmd.overrides.iter().position(|given| given.member_id == town.id);
        let given = at.and_then(|at| cmd.overrides.get(at));
        let answer = answers.get(&town.id);
        let member = member(town, answer, given, cmd.demand)?;
        if let (Some(at), Some(seats)) = (at, given.and_then(|given| given.guarantee)) {
            let rule =
                "最低保証は、希望（標準の席数など）以下にしてください。回答のない団体には、希望も入力してください。";
            let code = FieldCode::Order { rule };
            check.ensure(seats <= member.request, &format!("/overrides/{at}/guarantee"), code);
        }
        members.push(member);
    }
    check.finish()?;
    let Some(quote) = quote else { return Err(Error::NotFound) };
    members.retain(|member: &MemberInput| member.request > 0 || !member.price_points.is_empty());
    Ok(Inputs {
        quote: QuoteInput {
            schedule: serde_json::from_str(&quote.schedule).map_err(Error::internal)?,
            id: quote.id,
            vendor: quote.vendor,
            tax_rate: quote.tax_rate,
            tax_included: quote.tax_included,
        },
        survey_id: survey.map(|survey| survey.id),
        demand: cmd.demand,
        supply: cmd.supply,
        allocation: cmd.allocation.clone(),
        sharing: cmd.sharing.clone(),
        members,
    })
}

/// Everything that [`inputs`] and the engine depend on, in one text: the command, and the versions of what is read.
/// A round's version grows with each invitation, an answer's, a member's and a quote's with each change.
pub(super) fn facts(ctx: &mut Ctx<'_>, round: &Round, cmd: &CreateScenario) -> Result<String, Error> {
    let mut check = Checker::new();
    let quote = quote(ctx, &mut check, round, &cmd.quote_id)?;
    let survey = survey(ctx, &mut check, round, cmd.survey_id.as_deref())?;
    let versions = store::demand::versions(ctx.db, &round.id, survey.as_ref().map_or("", |survey| &survey.id))?;
    let command =
        format!("{:?} {:?} {:?} {:?} {:?}", cmd.demand, cmd.supply, cmd.allocation, cmd.sharing, cmd.overrides);
    Ok(format!(
        "{} {} {:?} {:?} {versions:?} {command}",
        round.id,
        round.version,
        quote.map(|quote| (quote.id, quote.version)),
        survey.map(|survey| survey.id),
    ))
}

/// The survey of a round that was opened last.
pub(crate) fn last_survey(ctx: &mut Ctx<'_>, round_id: &str) -> Result<Option<Survey>, Error> {
    let surveys = store::demand::of_round(ctx.db, round_id)?;
    Ok(surveys.into_iter().filter(|survey| survey.opened_at.is_some()).max_by_key(|survey| survey.opened_at))
}

/// The answers of a survey that count: submitted or fixed.
fn counting_answers(ctx: &mut Ctx<'_>, survey_id: &str) -> Result<Vec<Answer>, Error> {
    let answers = store::demand::answers(ctx.db, survey_id)?;
    Ok(answers
        .into_iter()
        .filter(|answer| AnswerState::parse(&answer.state).is_some_and(AnswerState::counts))
        .collect())
}

fn quote(ctx: &mut Ctx<'_>, check: &mut Checker, round: &Round, id: &str) -> Result<Option<Quote>, Error> {
    match store::pricing::find(ctx.db, id) {
        Ok(quote) if quote.round_id == round.id => Ok(Some(quote)),
        Ok(_) | Err(StoreError::Missing) => {
            check.fault("/quote_id", FieldCode::NoSuchThing);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn survey(ctx: &mut Ctx<'_>, check: &mut Checker, round: &Round, id: Option<&str>) -> Result<Option<Survey>, Error> {
    let Some(id) = id else { return last_survey(ctx, &round.id) };
    match store::demand::find(ctx.db, id) {
        Ok(survey) if survey.round_id == round.id => Ok(Some(survey)),
        Ok(_) | Err(StoreError::Missing) => {
            check.fault("/survey_id", FieldCode::NoSuchThing);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn check_overrides(check: &mut Checker, invited: &[Invited], overrides: &[Override]) {
    if overrides.len() > MOST_OVERRIDES {
        check.fault("/overrides", FieldCode::TooMany { max: MOST_OVERRIDES });
        return;
    }
    for (index, given) in overrides.iter().enumerate() {
        let at = format!("/overrides/{index}");
        let known = invited.iter().any(|town| town.id == given.member_id);
        check.ensure(known, &format!("{at}/member_id"), FieldCode::NoSuchThing);
        let twice = overrides.iter().take(index).any(|earlier| earlier.member_id == given.member_id);
        check.ensure(!twice, &format!("{at}/member_id"), FieldCode::Duplicate);
        if let Some(seats) = given.request {
            check.seats(&format!("{at}/request"), seats, 0);
        }
        if let Some(seats) = given.guarantee {
            check.seats(&format!("{at}/guarantee"), seats, 0);
        }
        if let Some(yen) = given.budget_cap_yen {
            check.yen(&format!("{at}/budget_cap_yen"), yen);
        }
    }
}

fn member(
    town: Invited,
    answer: Option<&Answer>,
    given: Option<&Override>,
    basis: DemandBasis,
) -> Result<MemberInput, Error> {
    let asked = answer.map_or(0, |answer| match basis {
        DemandBasis::Low => answer.low_seats,
        DemandBasis::Base | DemandBasis::PricePoints => answer.base_seats,
        DemandBasis::High => answer.high_seats,
    });
    let overridden = given.and_then(|given| given.request);
    let request = overridden.unwrap_or(asked);
    let minimum = answer.map_or(0, |answer| answer.minimum_seats);
    let guarantee = given.and_then(|given| given.guarantee).unwrap_or(minimum).min(request);
    let points: Vec<PointInput> = match (answer, basis, overridden) {
        (Some(answer), DemandBasis::PricePoints, None) => {
            serde_json::from_str(&answer.price_points).map_err(Error::internal)?
        }
        _ => Vec::new(),
    };
    Ok(MemberInput {
        member_id: town.id,
        municipality_code: town.municipality_code,
        name: town.name,
        population: town.population,
        request,
        guarantee,
        budget_cap_yen: given
            .and_then(|given| given.budget_cap_yen)
            .or_else(|| answer.and_then(|answer| answer.budget_cap_yen)),
        price_points: points,
    })
}
