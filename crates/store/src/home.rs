//! What waits for somebody: one question for each kind of work, each answered by few rows.

use crate::schema::{
    applications, consortia, contracts, entry_calls, grants, members, offers, outbox, posts, round_members, rounds,
    seat_accounts, seat_requests, survey_answers, surveys,
};
use crate::{Db, StoreError};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{count_star, exists, not, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// More of one kind are not listed: the list of that kind has them all.
pub const MOST: i64 = 20;

/// One thing that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub id: String,
    /// Its title or number.
    pub title: String,
    /// How many, where it counts something; the state or stage where a word says more.
    pub detail: Detail,
    /// The last day.
    pub due_on: Option<NaiveDate>,
}

/// What else is known of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    None,
    /// A number.
    Count(i64),
    /// A word of the database.
    Word(String),
}

fn line(id: String, title: String, detail: Detail, due_on: Option<NaiveDate>) -> Line {
    Line { id, title, detail, due_on }
}

/// Open surveys that a town has not submitted, the next deadline first; the word is the state of its answer.
///
/// # Errors
/// When the database refuses.
pub fn surveys_to_answer(db: &mut Db, member_id: &str) -> Result<Vec<Line>, StoreError> {
    let invited = round_members::table
        .filter(round_members::round_id.eq(surveys::round_id))
        .filter(round_members::member_id.eq(member_id));
    let rows: Vec<(String, String, NaiveDate, Option<String>)> = surveys::table
        .left_join(
            survey_answers::table
                .on(survey_answers::survey_id.eq(surveys::id).and(survey_answers::member_id.eq(member_id))),
        )
        .filter(surveys::state.eq("open"))
        .filter(exists(invited))
        .filter(survey_answers::state.is_null().or(survey_answers::state.eq_any(["draft", "returned"])))
        .order((surveys::deadline_on, surveys::id))
        .limit(MOST)
        .select((surveys::id, surveys::title, surveys::deadline_on, survey_answers::state.nullable()))
        .load(db)?;
    let word = |state: Option<String>| state.map_or(Detail::None, Detail::Word);
    Ok(rows.into_iter().map(|(id, title, due, state)| line(id, title, word(state), Some(due))).collect())
}

/// Open surveys of a consortium with the number of answers that are submitted and not fixed.
///
/// # Errors
/// When the database refuses.
pub fn answers_to_fix(db: &mut Db, consortium_id: &str) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<(String, String, NaiveDate, i64)> = surveys::table
        .inner_join(survey_answers::table)
        .filter(surveys::consortium_id.eq(consortium_id))
        .filter(surveys::state.eq("open"))
        .filter(survey_answers::state.eq("submitted"))
        .group_by((surveys::id, surveys::title, surveys::deadline_on))
        .order((surveys::deadline_on, surveys::id))
        .limit(MOST)
        .select((surveys::id, surveys::title, surveys::deadline_on, count_star()))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, title, due, n)| line(id, title, Detail::Count(n), Some(due))).collect())
}

/// Seat requests in a state, of a town or of a whole consortium, the oldest first, with their seats.
///
/// # Errors
/// When the database refuses.
pub fn requests(
    db: &mut Db,
    consortium_id: &str,
    member_id: Option<&str>,
    state: &str,
) -> Result<Vec<Line>, StoreError> {
    let mut query = seat_requests::table
        .inner_join(members::table)
        .filter(seat_requests::consortium_id.eq(consortium_id))
        .filter(seat_requests::state.eq(state.to_owned()))
        .into_boxed();
    if let Some(member_id) = member_id {
        query = query.filter(seat_requests::member_id.eq(member_id.to_owned()));
    }
    let rows: Vec<(String, String, i64)> = query
        .order(seat_requests::id)
        .limit(MOST)
        .select((seat_requests::id, members::name, seat_requests::seats))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, town, seats)| line(id, town, Detail::Count(seats), None)).collect())
}

/// Rounds of a consortium that go on, the newest first; the word is the stage.
///
/// # Errors
/// When the database refuses.
pub fn rounds_under_way(db: &mut Db, consortium_id: &str) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<(String, String, String)> = rounds::table
        .filter(rounds::consortium_id.eq(consortium_id))
        .filter(rounds::stage.eq_any(["draft", "surveying", "quoting", "finalised", "contracted"]))
        .order(rounds::id.desc())
        .limit(MOST)
        .select((rounds::id, rounds::title, rounds::stage))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, title, stage)| line(id, title, Detail::Word(stage), None)).collect())
}

/// Posts that wait for a review by somebody else, of some towns or of the whole consortium.
///
/// # Errors
/// When the database refuses.
pub fn posts_to_review(
    db: &mut Db,
    consortium_id: &str,
    towns: Option<&[String]>,
    reviewer: &str,
) -> Result<Vec<Line>, StoreError> {
    let mut query = posts::table
        .filter(posts::consortium_id.eq(consortium_id))
        .filter(posts::state.eq("in_review"))
        .filter(posts::author_id.ne(reviewer.to_owned()))
        .into_boxed();
    if let Some(towns) = towns {
        query = query.filter(posts::member_id.eq_any(towns.to_vec()));
    }
    let rows: Vec<(String, String)> = query.order(posts::id).limit(MOST).select((posts::id, posts::title)).load(db)?;
    Ok(rows.into_iter().map(|(id, title)| line(id, title, Detail::None, None)).collect())
}

/// Entry calls of a town that are closed or past their last day and not selected, with the applications that wait.
///
/// # Errors
/// When the database refuses.
pub fn calls_to_select(db: &mut Db, member_id: &str, today: NaiveDate) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<(String, String, i64)> = entry_calls::table
        .inner_join(applications::table)
        .filter(entry_calls::member_id.eq(member_id))
        .filter(entry_calls::state.eq("closed").or(entry_calls::state.eq("open").and(entry_calls::closes_on.lt(today))))
        .filter(applications::state.eq_any(["submitted", "acknowledged"]))
        .group_by((entry_calls::id, entry_calls::title))
        .order(entry_calls::id)
        .limit(MOST)
        .select((entry_calls::id, entry_calls::title, count_star()))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, title, n)| line(id, title, Detail::Count(n), None)).collect())
}

/// Contracts in force in which a town has seats that nobody uses, with their number; the day is the first day of use.
///
/// # Errors
/// When the database refuses.
pub fn free_seats(db: &mut Db, member_id: &str, today: NaiveDate) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<(String, String, NaiveDate, i64, i64, i64)> = seat_accounts::table
        .inner_join(contracts::table)
        .filter(seat_accounts::member_id.eq(member_id))
        .filter(contracts::ends_on.ge(today))
        .filter(seat_accounts::balance.gt(seat_accounts::assigned + seat_accounts::held))
        .order(seat_accounts::id)
        .limit(MOST)
        .select((
            seat_accounts::id,
            contracts::number,
            contracts::starts_on,
            seat_accounts::balance,
            seat_accounts::assigned,
            seat_accounts::held,
        ))
        .load(db)?;
    let free = |balance: i64, used: i64, held: i64| balance.saturating_sub(used).saturating_sub(held);
    Ok(rows
        .into_iter()
        .map(|(id, number, starts_on, balance, used, held)| {
            line(id, number, Detail::Count(free(balance, used, held)), Some(starts_on))
        })
        .collect())
}

/// Entry calls of a town that take applications and have none of this person that stands.
///
/// # Errors
/// When the database refuses.
pub fn calls_to_apply(db: &mut Db, member_id: &str, user_id: &str, today: NaiveDate) -> Result<Vec<Line>, StoreError> {
    let applied = applications::table
        .filter(applications::call_id.eq(entry_calls::id))
        .filter(applications::user_id.eq(user_id))
        .filter(crate::dialect::ApplicationStands);
    let rows: Vec<(String, String, NaiveDate)> = entry_calls::table
        .filter(entry_calls::member_id.eq(member_id))
        .filter(entry_calls::state.eq("open"))
        .filter(entry_calls::closes_on.ge(today))
        .filter(not(exists(applied)))
        .order((entry_calls::closes_on, entry_calls::id))
        .limit(MOST)
        .select((entry_calls::id, entry_calls::title, entry_calls::closes_on))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, title, due)| line(id, title, Detail::None, Some(due))).collect())
}

/// An open offer: id, consortium, town, number of the contract, end.
pub type OpenOffer = (String, String, Option<String>, String, NaiveDateTime);

/// Offers that somebody can accept now, the next end first.
///
/// # Errors
/// When the database refuses.
pub fn open_offers(db: &mut Db, user_id: &str, now: NaiveDateTime) -> Result<Vec<OpenOffer>, StoreError> {
    Ok(offers::table
        .inner_join(seat_accounts::table.on(seat_accounts::id.eq(offers::account_id)))
        .inner_join(contracts::table.on(contracts::id.eq(seat_accounts::contract_id)))
        .filter(offers::user_id.eq(user_id))
        .filter(crate::dialect::OfferIsOpen)
        .filter(offers::expires_at.gt(now))
        .order((offers::expires_at, offers::id))
        .limit(MOST)
        .select((offers::id, offers::consortium_id, seat_accounts::member_id, contracts::number, offers::expires_at))
        .load(db)?)
}

/// Open surveys of a consortium with the number of invited towns that have not submitted.
///
/// # Errors
/// When the database refuses.
pub fn surveys_unanswered(db: &mut Db, consortium_id: &str) -> Result<Vec<Line>, StoreError> {
    let submitted = survey_answers::table
        .filter(survey_answers::survey_id.eq(surveys::id))
        .filter(survey_answers::member_id.eq(round_members::member_id))
        .filter(survey_answers::state.eq_any(["submitted", "fixed"]));
    let rows: Vec<(String, String, NaiveDate, i64)> = surveys::table
        .inner_join(round_members::table.on(round_members::round_id.eq(surveys::round_id)))
        .filter(surveys::consortium_id.eq(consortium_id))
        .filter(surveys::state.eq("open"))
        .filter(not(exists(submitted)))
        .group_by((surveys::id, surveys::title, surveys::deadline_on))
        .order((surveys::deadline_on, surveys::id))
        .limit(MOST)
        .select((surveys::id, surveys::title, surveys::deadline_on, count_star()))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, title, due, n)| line(id, title, Detail::Count(n), Some(due))).collect())
}

/// Entry calls of a town with the number of undecided applications to which a supervisor does not agree.
///
/// # Errors
/// When the database refuses.
pub fn objections(db: &mut Db, member_id: &str) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<(String, String, i64)> = entry_calls::table
        .inner_join(applications::table)
        .filter(entry_calls::member_id.eq(member_id))
        .filter(applications::state.eq_any(["submitted", "acknowledged"]))
        .filter(applications::objected_at.is_not_null())
        .group_by((entry_calls::id, entry_calls::title))
        .order(entry_calls::id)
        .limit(MOST)
        .select((entry_calls::id, entry_calls::title, count_star()))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, title, n)| line(id, title, Detail::Count(n), None)).collect())
}

/// Undecided applications of somebody that no supervisor agreed to, each with whether one objected. Those that can
/// still be corrected have the last day of the call; the others the word `closed`.
///
/// # Errors
/// When the database refuses.
pub fn unacknowledged(
    db: &mut Db,
    user_id: &str,
    member_id: &str,
    today: NaiveDate,
) -> Result<Vec<(Line, bool)>, StoreError> {
    let rows: Vec<(String, String, NaiveDate, String, Option<NaiveDateTime>)> = applications::table
        .inner_join(entry_calls::table)
        .filter(applications::user_id.eq(user_id))
        .filter(applications::member_id.eq(member_id))
        .filter(applications::state.eq("submitted"))
        .order((entry_calls::closes_on, applications::id))
        .limit(MOST)
        .select((
            applications::id,
            entry_calls::title,
            entry_calls::closes_on,
            entry_calls::state,
            applications::objected_at,
        ))
        .load(db)?;
    let read = |(id, title, due, state, objected): (String, String, NaiveDate, String, Option<NaiveDateTime>)| {
        let own = if state == "open" && today <= due {
            line(id, title, Detail::None, Some(due))
        } else {
            line(id, title, Detail::Word("closed".to_owned()), None)
        };
        (own, objected.is_some())
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Drafts of somebody, written for a town, that a reviewer returned.
///
/// # Errors
/// When the database refuses.
pub fn posts_returned(db: &mut Db, member_id: &str, user_id: &str) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<(String, String)> = posts::table
        .filter(posts::member_id.eq(member_id))
        .filter(posts::author_id.eq(user_id))
        .filter(posts::state.eq("draft"))
        .filter(posts::reviewed_by.is_not_null())
        .order(posts::id)
        .limit(MOST)
        .select((posts::id, posts::title))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, title)| line(id, title, Detail::None, None)).collect())
}

/// Consortia for which no prefecture's staff was invited yet.
///
/// # Errors
/// When the database refuses.
pub fn without_lead(db: &mut Db) -> Result<Vec<Line>, StoreError> {
    let led = grants::table
        .filter(grants::consortium_id.eq(consortia::id.nullable()))
        .filter(grants::role.eq("lead"))
        .filter(grants::revoked_at.is_null());
    let rows: Vec<(String, String)> = consortia::table
        .filter(not(exists(led)))
        .order(consortia::id)
        .limit(MOST)
        .select((consortia::id, consortia::name))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, name)| line(id, name, Detail::None, None)).collect())
}

/// Written out, not bound: the index of the few parked mails serves only who names its condition.
fn is_parked() -> SqlLiteral<Bool> {
    sql::<Bool>("outbox.state = 'parked'")
}

/// How many mails of the whole service were given up.
///
/// # Errors
/// When the database refuses.
pub fn all_parked_mails(db: &mut Db) -> Result<i64, StoreError> {
    Ok(outbox::table.filter(is_parked()).count().get_result(db)?)
}

/// How many mails of a consortium were given up.
///
/// # Errors
/// When the database refuses.
pub fn parked_mails(db: &mut Db, consortium_id: &str) -> Result<i64, StoreError> {
    Ok(outbox::table.filter(outbox::consortium_id.eq(consortium_id)).filter(is_parked()).count().get_result(db)?)
}
