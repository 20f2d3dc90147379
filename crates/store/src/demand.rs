//! Surveys, the answers of towns and the reminders sent. One answer for each survey and member.

use crate::schema::{
    answer_drafts, contracts, members, round_members, rounds, seat_accounts, survey_answers, survey_reminders, surveys,
};
use crate::{Db, StoreError};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

/// A row of `surveys`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = surveys)]
#[allow(missing_docs)] // named as the columns
pub struct Survey {
    pub id: String,
    pub consortium_id: String,
    pub round_id: String,
    pub kind: String,
    pub title: String,
    pub note: String,
    pub deadline_on: NaiveDate,
    pub state: String,
    pub opened_at: Option<NaiveDateTime>,
    pub closed_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// A row of `survey_answers`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = survey_answers)]
#[allow(missing_docs)] // named as the columns
pub struct Answer {
    pub id: String,
    pub consortium_id: String,
    pub survey_id: String,
    pub member_id: String,
    pub state: String,
    pub low_seats: i64,
    pub base_seats: i64,
    pub high_seats: i64,
    pub minimum_seats: i64,
    pub budget_cap_yen: Option<i64>,
    pub price_points: String,
    pub reason: String,
    pub return_reason: Option<String>,
    pub submitted_at: Option<NaiveDateTime>,
    pub submitted_by: Option<String>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// A row of `survey_reminders`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = survey_reminders)]
#[allow(missing_docs)] // named as the columns
pub struct Reminder {
    pub id: String,
    pub consortium_id: String,
    pub survey_id: String,
    pub member_id: String,
    pub sent_by: String,
    pub sent_at: NaiveDateTime,
}

/// A row of `answer_drafts`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = answer_drafts)]
#[allow(missing_docs)] // named as the columns
pub struct Draft {
    pub survey_id: String,
    pub member_id: String,
    pub consortium_id: String,
    pub typed: String,
    pub saved_by: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// What may change of a survey.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = surveys)]
#[allow(missing_docs)] // named as the columns
pub struct SurveyChange {
    pub kind: String,
    pub title: String,
    pub note: String,
    pub deadline_on: NaiveDate,
    pub state: String,
    pub opened_at: Option<NaiveDateTime>,
    pub closed_at: Option<NaiveDateTime>,
    pub updated_at: NaiveDateTime,
}

/// What may change of an answer.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = survey_answers)]
#[diesel(treat_none_as_null = true)]
#[allow(missing_docs)] // named as the columns
pub struct AnswerChange {
    pub state: String,
    pub low_seats: i64,
    pub base_seats: i64,
    pub high_seats: i64,
    pub minimum_seats: i64,
    pub budget_cap_yen: Option<i64>,
    pub price_points: String,
    pub reason: String,
    pub return_reason: Option<String>,
    pub submitted_at: Option<NaiveDateTime>,
    pub submitted_by: Option<String>,
    pub updated_at: NaiveDateTime,
}

/// Adds a survey.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Survey) -> Result<(), StoreError> {
    diesel::insert_into(surveys::table).values(row).execute(db)?;
    Ok(())
}

/// One survey.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Survey, StoreError> {
    Ok(surveys::table.find(id).select(Survey::as_select()).first(db)?)
}

/// The surveys of a round, oldest first.
///
/// # Errors
/// When the database refuses.
pub fn of_round(db: &mut Db, round_id: &str) -> Result<Vec<Survey>, StoreError> {
    Ok(surveys::table.filter(surveys::round_id.eq(round_id)).order(surveys::id).select(Survey::as_select()).load(db)?)
}

/// Changes a survey if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn change(db: &mut Db, id: &str, version: i64, change: &SurveyChange) -> Result<bool, StoreError> {
    let changed = diesel::update(surveys::table.filter(surveys::id.eq(id)).filter(surveys::version.eq(version)))
        .set((change, surveys::version.eq(surveys::version + 1)))
        .execute(db)?;
    Ok(changed == 1)
}

/// Adds an answer; `survey_answers_member_key` refuses a second one.
///
/// # Errors
/// When the database refuses.
pub fn insert_answer(db: &mut Db, row: &Answer) -> Result<(), StoreError> {
    diesel::insert_into(survey_answers::table).values(row).execute(db)?;
    Ok(())
}

/// The answer of a member, when it gave one.
///
/// # Errors
/// When the database refuses.
pub fn answer_of(db: &mut Db, survey_id: &str, member_id: &str) -> Result<Option<Answer>, StoreError> {
    Ok(survey_answers::table
        .filter(survey_answers::survey_id.eq(survey_id))
        .filter(survey_answers::member_id.eq(member_id))
        .select(Answer::as_select())
        .first(db)
        .optional()?)
}

/// Every answer of a survey.
///
/// # Errors
/// When the database refuses.
pub fn answers(db: &mut Db, survey_id: &str) -> Result<Vec<Answer>, StoreError> {
    Ok(survey_answers::table
        .filter(survey_answers::survey_id.eq(survey_id))
        .order(survey_answers::id)
        .select(Answer::as_select())
        .load(db)?)
}

/// The sum of the base seats of a survey's answers in these states.
///
/// # Errors
/// When the database refuses.
pub fn base_seats(db: &mut Db, survey_id: &str, states: &[&str]) -> Result<i64, StoreError> {
    use diesel::dsl::sql;
    use diesel::sql_types::BigInt;
    Ok(survey_answers::table
        .filter(survey_answers::survey_id.eq(survey_id))
        .filter(survey_answers::state.eq_any(states))
        .select(sql::<BigInt>("COALESCE(CAST(SUM(survey_answers.base_seats) AS BIGINT), 0)"))
        .first(db)?)
}

/// The members whose answer to a survey is in one of these states.
///
/// # Errors
/// When the database refuses.
pub fn members_in(db: &mut Db, survey_id: &str, states: &[&str]) -> Result<Vec<String>, StoreError> {
    Ok(survey_answers::table
        .filter(survey_answers::survey_id.eq(survey_id))
        .filter(survey_answers::state.eq_any(states))
        .select(survey_answers::member_id)
        .load(db)?)
}

/// What a calculation over a round's members and a survey's answers depends on, in four numbers that grow with each
/// change: how many members are invited and the sum of their versions, and the same of the answers.
///
/// # Errors
/// When the database refuses.
pub fn versions(db: &mut Db, round_id: &str, survey_id: &str) -> Result<[i64; 4], StoreError> {
    use diesel::dsl::{count_star, sql};
    use diesel::sql_types::BigInt;
    let of_members = round_members::table
        .inner_join(members::table.on(members::id.eq(round_members::member_id)))
        .filter(round_members::round_id.eq(round_id));
    let sum = |column: &str| sql::<BigInt>(&format!("COALESCE(CAST(SUM({column}) AS BIGINT), 0)"));
    let (invited, grown): (i64, i64) = of_members.select((count_star(), sum("members.version"))).first(db)?;
    let of_answers = survey_answers::table.filter(survey_answers::survey_id.eq(survey_id));
    let (answered, changed): (i64, i64) = of_answers.select((count_star(), sum("survey_answers.version"))).first(db)?;
    Ok([invited, grown, answered, changed])
}

/// Changes an answer if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn change_answer(db: &mut Db, id: &str, version: i64, change: &AnswerChange) -> Result<bool, StoreError> {
    let target = survey_answers::table.filter(survey_answers::id.eq(id)).filter(survey_answers::version.eq(version));
    let changed =
        diesel::update(target).set((change, survey_answers::version.eq(survey_answers::version + 1))).execute(db)?;
    Ok(changed == 1)
}

/// The draft of a member's answer, when there is one.
///
/// # Errors
/// When the database refuses.
pub fn draft_of(db: &mut Db, survey_id: &str, member_id: &str) -> Result<Option<Draft>, StoreError> {
    Ok(answer_drafts::table.find((survey_id, member_id)).select(Draft::as_select()).first(db).optional()?)
}

/// The members that have a draft of their answer.
///
/// # Errors
/// When the database refuses.
pub fn drafting(db: &mut Db, survey_id: &str) -> Result<Vec<String>, StoreError> {
    Ok(answer_drafts::table
        .filter(answer_drafts::survey_id.eq(survey_id))
        .order(answer_drafts::member_id)
        .select(answer_drafts::member_id)
        .load(db)?)
}

/// Adds a draft; `answer_drafts_pkey` refuses a second one.
///
/// # Errors
/// When the database refuses.
pub fn insert_draft(db: &mut Db, row: &Draft) -> Result<(), StoreError> {
    diesel::insert_into(answer_drafts::table).values(row).execute(db)?;
    Ok(())
}

/// Writes a draft anew if it still has the version of this row; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn change_draft(db: &mut Db, row: &Draft) -> Result<bool, StoreError> {
    let target = answer_drafts::table
        .filter(answer_drafts::survey_id.eq(&row.survey_id))
        .filter(answer_drafts::member_id.eq(&row.member_id))
        .filter(answer_drafts::version.eq(row.version));
    let changed = diesel::update(target)
        .set((
            answer_drafts::typed.eq(&row.typed),
            answer_drafts::saved_by.eq(&row.saved_by),
            answer_drafts::updated_at.eq(row.updated_at),
            answer_drafts::version.eq(answer_drafts::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Takes a draft away; returns whether there was one.
///
/// # Errors
/// When the database refuses.
pub fn delete_draft(db: &mut Db, survey_id: &str, member_id: &str) -> Result<bool, StoreError> {
    let target = answer_drafts::table
        .filter(answer_drafts::survey_id.eq(survey_id))
        .filter(answer_drafts::member_id.eq(member_id));
    Ok(diesel::delete(target).execute(db)? == 1)
}

/// Records a reminder.
///
/// # Errors
/// When the database refuses.
pub fn insert_reminder(db: &mut Db, row: &Reminder) -> Result<(), StoreError> {
    diesel::insert_into(survey_reminders::table).values(row).execute(db)?;
    Ok(())
}

/// The reminders of a survey, oldest first.
///
/// # Errors
/// When the database refuses.
pub fn reminders(db: &mut Db, survey_id: &str) -> Result<Vec<Reminder>, StoreError> {
    Ok(survey_reminders::table
        .filter(survey_reminders::survey_id.eq(survey_id))
        .order(survey_reminders::id)
        .select(Reminder::as_select())
        .load(db)?)
}

/// Seats in use by each member in the contracts of a fiscal year: `(member, seats assigned)`.
///
/// # Errors
/// When the database refuses.
pub fn seats_used_in_year(
    db: &mut Db,
    consortium_id: &str,
    fiscal_year: i64,
) -> Result<Vec<(Option<String>, i64)>, StoreError> {
    Ok(seat_accounts::table
        .inner_join(contracts::table.on(contracts::id.eq(seat_accounts::contract_id)))
        .inner_join(rounds::table.on(rounds::id.eq(contracts::round_id)))
        .filter(rounds::consortium_id.eq(consortium_id))
        .filter(rounds::fiscal_year.eq(fiscal_year))
        .filter(seat_accounts::member_id.is_not_null())
        .order(seat_accounts::member_id)
        .select((seat_accounts::member_id, seat_accounts::assigned))
        .load(db)?)
}
