//! Chapter 2: the round opens, eleven towns answer; one answer is returned, one town is reminded.

use super::cast::{Cast, TOWN, Town};
use super::teller::Teller;
use super::words;
use crate::commands::Failure;
use crate::terminal::grouped;
use app::demand::answers::{
    AnswerContent, AnswerView, PricePoint, ReturnAnswer, fix_answer, return_answer, save_answer, submit_answer,
};
use app::demand::overview::{get_answers, list_unanswered};
use app::demand::{
    ExtendSurvey, RemindTowns, SurveyContent, SurveyKind, close_survey, create_survey, extend_survey, open_survey,
    remind_towns,
};
use app::rounds::{CreateRound, Mode, create_round};
use chrono::NaiveDate;

/// The survey of the story.
pub(super) struct Survey {
    pub(super) round_id: String,
    pub(super) survey_id: String,
}

/// Code, low, base, high, minimum, budget cap in yen (0: none).
const DEMAND: [(&str, i64, i64, i64, i64, i64); 11] = [
    ("142018", 35, 40, 50, 20, 0),
    ("142034", 30, 35, 40, 15, 0),
    ("142042", 25, 30, 35, 10, 900_000),
    ("142051", 50, 60, 75, 20, 0),
    ("142069", 25, 30, 35, 10, 0),
    ("142077", 20, 25, 30, 10, 0),
    ("143618", 4, 5, 8, 3, 200_000),
    ("143634", 10, 15, 18, 5, 0),
    ("143669", 15, 20, 25, 8, 0),
    ("143839", 10, 15, 15, 5, 450_000),
    ("144029", 10, 15, 15, 3, 500_000),
];

/// The town that answers late.
const LATE: &str = "144029";

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

pub(super) fn survey(teller: &Teller, cast: &Cast) -> Result<Survey, Failure> {
    teller.chapter(2, "令和8年度の調達回と意向調査", "2025-09-10T09:00:00+09:00")?;
    let create = CreateRound {
        title: "令和8年度 オンライン学習サービス共同調達".to_owned(),
        product: "架空のオンライン学習サービス".to_owned(),
        fiscal_year: 2026,
        contract_mode: Mode::LeadContract,
        census_year: 2020,
        seats_counted_on: day(2025, 10, 1),
        member_ids: cast.towns.iter().map(|town| town.member.id.clone()).collect(),
    };
    let consortium_id = cast.consortium_id.clone();
    let round_id = teller
        .act(&cast.lead, "create_round", move |ctx, call| create_round(ctx, call, &consortium_id, &create))?
        .round
        .id;
    let content = SurveyContent {
        kind: SurveyKind::Intent,
        title: "令和8年度 意向調査".to_owned(),
        note: "必要な席数と予算の上限をお答えください（架空の調査です）。".to_owned(),
        deadline_on: day(2025, 10, 10),
    };
    let id = round_id.clone();
    let survey_id =
        teller.act(&cast.lead, "create_survey", move |ctx, call| create_survey(ctx, call, &id, &content))?.id;
    let id = survey_id.clone();
    teller.act(&cast.lead, "open_survey", move |ctx, call| open_survey(ctx, call, &id))?;

    teller.at("2025-09-24T10:00:00+09:00")?;
    for town in cast.towns.iter().filter(|town| town.member.municipality_code != LATE) {
        answer(teller, town, &survey_id)?;
    }
    send_back_and_again(teller, cast, &survey_id)?;
    remind_the_late_town(teller, cast, &survey_id)?;

    for town in &cast.towns {
        let (id, member) = (survey_id.clone(), town.member.id.clone());
        teller.act(&cast.lead, "fix_answer", move |ctx, call| fix_answer(ctx, call, &id, &member))?;
    }
    let id = survey_id.clone();
    teller.act(&cast.lead, "close_survey", move |ctx, call| close_survey(ctx, call, &id))?;
    print_answers(teller, cast, &survey_id)?;
    Ok(Survey { round_id, survey_id })
}

fn answer(teller: &Teller, town: &Town, survey_id: &str) -> Result<(), Failure> {
    let (id, member) = (survey_id.to_owned(), town.member.id.clone());
    let content = content_of(&town.member.municipality_code)?;
    teller.act(&town.contact, "save_answer", move |ctx, call| save_answer(ctx, call, &id, &member, &content))?;
    let (id, member) = (survey_id.to_owned(), town.member.id.clone());
    teller.act(&town.contact, "submit_answer", move |ctx, call| submit_answer(ctx, call, &id, &member))?;
    Ok(())
}

fn content_of(code: &str) -> Result<AnswerContent, Failure> {
    let (_, low, base, high, minimum, cap) =
        *DEMAND.iter().find(|row| row.0 == code).ok_or_else(|| Failure::Failed(format!("no demand for {code}")))?;
    Ok(AnswerContent {
        low_seats: low,
        base_seats: base,
        high_seats: high,
        minimum_seats: minimum,
        budget_cap_yen: (cap > 0).then_some(cap),
        price_points: vec![PricePoint { unit_price_at_most_yen: 24_000, seats: high }],
        reason: "業務改善の研修に使います（架空）。".to_owned(),
    })
}

/// 差戻し: the lead asks for a better reason, the town submits again.
fn send_back_and_again(teller: &Teller, cast: &Cast, survey_id: &str) -> Result<(), Failure> {
    let town = cast.town(TOWN)?;
    let (id, member) = (survey_id.to_owned(), town.member.id.clone());
    let back = ReturnAnswer { reason: "最低席数の根拠を補ってください。".to_owned() };
    let returned =
        teller.act(&cast.lead, "return_answer", move |ctx, call| return_answer(ctx, call, &id, &member, &back))?;
    teller.show(format!("差戻し: {} へ「最低席数の根拠を補ってください。」", town.member.name));
    teller.at("2025-09-29T14:00:00+09:00")?;
    let mut content = content_of(TOWN)?;
    content.reason = "DX推進リーダー3名が必ず受講するため、最低3席が要ります（架空）。".to_owned();
    let (id, member) = (survey_id.to_owned(), town.member.id.clone());
    teller.edit(&town.contact, "save_answer", returned.version, move |ctx, call| {
        save_answer(ctx, call, &id, &member, &content)
    })?;
    let (id, member) = (survey_id.to_owned(), town.member.id.clone());
    teller.act(&town.contact, "submit_answer", move |ctx, call| submit_answer(ctx, call, &id, &member))?;
    Ok(())
}

/// 督促: one town has not answered; the lead reminds it and extends the deadline.
fn remind_the_late_town(teller: &Teller, cast: &Cast, survey_id: &str) -> Result<(), Failure> {
    teller.at("2025-10-11T09:00:00+09:00")?;
    let id = survey_id.to_owned();
    let unanswered = teller.see(&cast.lead, "list_unanswered", move |ctx, call| list_unanswered(ctx, call, &id))?;
    let names: Vec<String> = unanswered.items.iter().map(|town| town.name.clone()).collect();
    teller.show(format!("未回答: {} — 督促を送り、締切を10月17日まで延ばします。", names.join("・")));
    let id = survey_id.to_owned();
    let extend = ExtendSurvey { deadline_on: day(2025, 10, 17) };
    teller.act(&cast.lead, "extend_survey", move |ctx, call| extend_survey(ctx, call, &id, &extend))?;
    let id = survey_id.to_owned();
    let remind = RemindTowns { member_ids: None };
    teller.act(&cast.lead, "remind_towns", move |ctx, call| remind_towns(ctx, call, &id, &remind))?;
    teller.at("2025-10-15T16:30:00+09:00")?;
    answer(teller, cast.town(LATE)?, survey_id)
}

fn print_answers(teller: &Teller, cast: &Cast, survey_id: &str) -> Result<(), Failure> {
    let id = survey_id.to_owned();
    let overview = teller.see(&cast.lead, "get_answers", move |ctx, call| get_answers(ctx, call, &id))?;
    let rows = overview
        .lines
        .iter()
        .map(|line| {
            let answer = line.answer.as_ref();
            let seats = |pick: fn(&AnswerView) -> i64| answer.map_or("—".to_owned(), |a| grouped(pick(a)));
            vec![
                line.municipality_code.clone(),
                line.name.clone(),
                seats(|a| a.low_seats),
                seats(|a| a.base_seats),
                seats(|a| a.high_seats),
                seats(|a| a.minimum_seats),
                answer.and_then(|a| a.budget_cap_yen).map_or("—".to_owned(), grouped),
                line.reminders.to_string(),
                answer.map_or("—".to_owned(), |a| words::state(&a.state).to_owned()),
            ]
        })
        .collect();
    teller.table(
        &["団体コード", "団体", "少なめ", "標準", "多め", "最低", "予算上限（円）", "督促", "状態"],
        &[2, 3, 4, 5, 6, 7],
        rows,
    );
    if let Some(totals) = overview.totals {
        teller.show(format!("標準の希望の合計は{}席です。", grouped(totals.base_seats)));
    }
    Ok(())
}
