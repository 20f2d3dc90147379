//! People of a town to be invited as learners, by a file: one row each, by address. Other roles are given one by one, by
//! somebody who has proved to be there (S16). Who has the role already is left alone, so the same file twice invites nobody
//! twice; whether an address has an account elsewhere shows nowhere (S04).

use super::{Change, Judge, KANA, NAME, Outcome, Plan, PlanRow, Write, called_otherwise, sentence};
use crate::accounts::{InviteUser, Invitee, StaffQuery, StaffRole, UserView, invite_user, list_users};
use crate::input::Checker;
use crate::page::every;
use crate::{Call, Ctx, Error};
use documents::{Column, Sheet, Table};
use domain::access::Action;
use std::collections::{BTreeMap, BTreeSet};
use store::consortium::Member;

pub(super) const EMAIL: &str = "メールアドレス";
/// Headings with the pointers of the command.
const FIELDS: [(&str, &str); 3] = [(EMAIL, "/email"), (NAME, "/display_name"), (KANA, "/kana")];

/// People of one file at most: each gets a mail, and all are written in one transaction.
const MOST: usize = 300;

const fn column(name: &'static str, meaning: &'static str) -> Column {
    Column { name, meaning, words: &[], open: true, whole: false }
}

/// The columns of the template.
pub const COLUMNS: [Column; 3] = [
    column(EMAIL, "サインインに使うアドレス。招待のメールが届く。行の識別に使う"),
    column(NAME, "ほかの職員に表示する氏名（100字まで）"),
    column(KANA, "氏名の読み（100字まで）。カタカナはひらがなで登録する"),
];

/// The town, if the caller may invite its learners.
pub(crate) fn permit(ctx: &mut Ctx<'_>, call: &Call, member_id: &str) -> Result<Member, Error> {
    super::town(ctx, call, member_id, Action::ManageLearners)
}

/// An empty sheet for the people of a town.
///
/// # Errors
/// [`Error::NotFound`] for another town; [`Error::Forbidden`] for who may not invite learners.
pub fn get_people_template(ctx: &mut Ctx<'_>, call: &Call, member_id: &str) -> Result<Sheet, Error> {
    let member = permit(ctx, call, member_id)?;
    Ok(Sheet { title: format!("職員の招待 {}", member.name), columns: COLUMNS.to_vec(), rows: Vec::new() })
}

/// Those who are learners of the town already, by address.
fn learners(ctx: &mut Ctx<'_>, call: &Call, member: &Member) -> Result<BTreeMap<String, UserView>, Error> {
    let people = every(|page| {
        let query = StaffQuery {
            role: Some(StaffRole::Learner),
            member_id: Some(member.id.clone()),
            limit: page.limit,
            cursor: page.cursor.clone(),
            ..StaffQuery::default()
        };
        list_users(ctx, call, &member.consortium_id, &query)
    })?;
    Ok(people.into_iter().map(|person| (person.email.clone(), person)).collect())
}

/// What would become of each row.
pub(super) fn judge(ctx: &mut Ctx<'_>, call: &Call, member_id: &str, table: &Table) -> Result<Vec<PlanRow>, Error> {
    let member = permit(ctx, call, member_id)?;
    let learners = learners(ctx, call, &member)?;
    let (mut seen, mut invited) = (BTreeSet::new(), 0_usize);
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut judge = Judge::new(table, row);
        let mut check = Checker::new();
        let invitee = Invitee::checked(&mut check, judge.text(EMAIL), judge.text(NAME), judge.text(KANA));
        if let Err(Error::Invalid(errors)) = check.finish() {
            for error in errors {
                let column =
                    FIELDS.iter().find(|(_, pointer)| *pointer == error.pointer).map_or(EMAIL, |(name, _)| *name);
                judge.fault(column, sentence(&error.code), "値を直してください。");
            }
        }
        let learner = learners.get(&invitee.email);
        let known = learner.is_some();
        if !seen.insert(invitee.email.clone()) && !invitee.email.is_empty() {
            judge.fault(EMAIL, "同じメールアドレスの行が2つあります。", "片方の行を削除してください。");
        }
        invited = invited.saturating_add(usize::from(!known));
        if !known && invited > MOST {
            judge.fault(EMAIL, format!("一度に招待できるのは{MOST}人までです。"), "ファイルを分けて送信してください。");
        }
        let outcome = if known { Outcome::Unchanged } else { Outcome::New };
        let typed = [(EMAIL, &invitee.email), (NAME, &invitee.display_name), (KANA, &invitee.kana)];
        let change = |(column, after): (_, &String)| Change { column, before: String::new(), after: after.clone() };
        let changes = if known || !judge.errors.is_empty() { Vec::new() } else { typed.map(change).to_vec() };
        let name = judge.text(NAME).to_owned();
        let write = (!known).then_some(Write::Invite(invitee));
        // Of learners here only: how an account elsewhere is called shows nowhere either.
        let account = learner.and_then(|person| called_otherwise(table, row, person));
        rows.push(PlanRow { account, ..judge.finish(name, outcome, changes, write, None) });
    }
    Ok(rows)
}

/// Invites whom the rows name.
pub(super) fn write(ctx: &mut Ctx<'_>, call: &Call, plan: &Plan) -> Result<(), Error> {
    let member = permit(ctx, call, &plan.subject_id)?;
    for row in &plan.rows {
        let Some(Write::Invite(Invitee { email, display_name, kana })) = row.write.clone() else { continue };
        let member_id = Some(member.id.clone());
        let cmd = InviteUser { email, display_name, kana, role: StaffRole::Learner, member_id };
        invite_user(ctx, call, &member.consortium_id, &cmd)?;
    }
    Ok(())
}
