//! The seats of a town as a file: every person a row for each contract, with 割当 or 返却 in one column.
//! Releases come first, then the others are seated together through the one gate; who waits comes before them.

use super::{Change, Judge, KANA, NAME, Outcome, Plan, PlanRow, Write, called_otherwise};
use crate::accounts::{StaffQuery, UserView, list_users};
use crate::page::every;
use crate::seats::accounts::{AccountView, list_seat_accounts};
use crate::seats::assignments::{
    AssignSeats, AssignmentView, BulkMode, MAX_BULK, ReleaseSeat, assign_seats, list_assignments, release_seat,
};
use crate::{Call, Ctx, Error};
use chrono::NaiveDate;
use documents::{Cell, Column, Sheet, Table};
use domain::access::Action;
use std::collections::{BTreeMap, BTreeSet};
use store::consortium::Member;

const CONTRACT: &str = "契約番号";
pub(super) const PERSON: &str = "職員ID";
pub(super) const ACT: &str = "操作";
const REASON: &str = "返却の理由";
const SEAT: &str = "割当ID";
const VERSION: &str = "版";

const fn column(name: &'static str, meaning: &'static str) -> Column {
    Column { name, meaning, words: &[], open: false, whole: false }
}

/// The columns of the template.
pub const COLUMNS: [Column; 9] = [
    column(CONTRACT, "契約の番号。行の識別に使う"),
    column(PERSON, "職員の識別子。行の識別に使う"),
    column(NAME, "職員の氏名"),
    column(KANA, "職員の氏名の読み"),
    column("席", "様式を出力した時点で席を利用しているか"),
    Column {
        open: true, words: &["割当", "返却"], ..column(ACT, "席を割り当てるか、返却するか。空欄は変更なし")
    },
    Column { open: true, ..column(REASON, "返却の理由（200字まで）。返却のときは必ず入力する") },
    column(SEAT, "現在の割当の識別子"),
    column(VERSION, "様式を出力した時点の割当の版"),
];

/// A contract in force of the town with its account and who sits.
pub(crate) struct Place {
    number: String,
    /// First day of use.
    pub(crate) starts_on: NaiveDate,
    account: AccountView,
    /// Who sits, by person.
    pub(crate) seated: BTreeMap<String, AssignmentView>,
    left: i64,
}

/// The town, if the caller may assign its seats.
pub(crate) fn permit(ctx: &mut Ctx<'_>, call: &Call, member_id: &str) -> Result<Member, Error> {
    super::town(ctx, call, member_id, Action::AssignSeats)
}

/// The staff of a town and their seats as a file to be filled in.
///
/// # Errors
/// [`Error::NotFound`] for another town; [`Error::Forbidden`] for who may not assign seats.
pub fn get_assignments_template(ctx: &mut Ctx<'_>, call: &Call, member_id: &str) -> Result<Sheet, Error> {
    let member = permit(ctx, call, member_id)?;
    let staff = staff(ctx, call, &member)?;
    let mut rows = Vec::new();
    for place in places(ctx, call, &member)? {
        for person in &staff {
            let seat = place.seated.get(&person.id);
            rows.push(vec![
                Cell::from(place.number.as_str()),
                person.id.as_str().into(),
                person.display_name.as_str().into(),
                person.kana.as_str().into(),
                if seat.is_some() { "利用中" } else { "なし" }.into(),
                Cell::Empty,
                Cell::Empty,
                seat.map(|seat| seat.id.as_str()).into(),
                seat.map(|seat| seat.version).into(),
            ]);
        }
    }
    Ok(Sheet { title: format!("席の割当て {}", member.name), columns: COLUMNS.to_vec(), rows })
}

/// The people of a town whose accounts are not switched off.
pub(crate) fn staff(ctx: &mut Ctx<'_>, call: &Call, member: &Member) -> Result<Vec<UserView>, Error> {
    let mut staff = every(|page| {
        let query = StaffQuery {
            role: None,
            member_id: Some(member.id.clone()),
            limit: page.limit,
            cursor: page.cursor.clone(),
            ..StaffQuery::default()
        };
        list_users(ctx, call, &member.consortium_id, &query)
    })?;
    staff.retain(|person| person.state != "disabled");
    Ok(staff)
}

/// The contracts in force in which a town has an account.
pub(crate) fn places(ctx: &mut Ctx<'_>, call: &Call, member: &Member) -> Result<Vec<Place>, Error> {
    let contracts = every(|page| crate::contracts::list_contracts(ctx, call, &member.consortium_id, page))?;
    let mut places = Vec::new();
    for contract in contracts.into_iter().filter(|contract| contract.state == "active") {
        let accounts = list_seat_accounts(ctx, call, &contract.id)?;
        let Some(account) = accounts.into_iter().find(|account| account.member_id.as_deref() == Some(&member.id))
        else {
            continue;
        };
        let seated = every(|page| list_assignments(ctx, call, &account.id, true, page))?;
        let seated = seated.into_iter().map(|named| (named.assignment.user_id.clone(), named.assignment)).collect();
        let left = if account.waiting > 0 { 0 } else { account.free };
        places.push(Place { number: contract.number, starts_on: contract.starts_on, account, seated, left });
    }
    Ok(places)
}

/// What would become of each row.
pub(super) fn judge(ctx: &mut Ctx<'_>, call: &Call, member_id: &str, table: &Table) -> Result<Vec<PlanRow>, Error> {
    let member = permit(ctx, call, member_id)?;
    let staff = staff(ctx, call, &member)?;
    let mut places = places(ctx, call, &member)?;
    let only = (places.len() == 1).then(|| places.first().map(|place| place.number.clone())).flatten();
    // Seats that the file itself frees can be given again, unless somebody waits.
    for row in table.rows.iter().filter(|row| table.value(row, ACT) == "返却") {
        let number = table.value(row, CONTRACT);
        let freed = places.iter_mut().find(|place| place.number == number && place.account.waiting == 0);
        if let Some(place) = freed.filter(|place| place.seated.contains_key(table.value(row, PERSON))) {
            place.left = place.left.saturating_add(1);
        }
    }
    let mut seen = BTreeSet::new();
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut judge = Judge::new(table, row);
        let number = match judge.text(CONTRACT) {
            "" => only.clone().unwrap_or_default(),
            typed => typed.to_owned(),
        };
        let person = staff.iter().find(|person| person.id == judge.text(PERSON));
        let place = places.iter_mut().find(|place| place.number == number);
        if !seen.insert((number, judge.text(PERSON))) {
            judge.fault(PERSON, "同じ職員の行が2つあります。", "片方の行を削除してください。");
        }
        if place.is_none() {
            judge.fault(CONTRACT, "この団体が席を持つ契約ではありません。", "様式の契約番号を変えずに使ってください。");
        }
        if person.is_none() {
            judge.fault(PERSON, "この団体の職員ではありません。", "様式の職員IDを変えずに使ってください。");
        }
        rows.push(match (place, person) {
            (Some(place), Some(person)) => {
                // Who stands in the row is told by the id; another name may mean that cells were moved.
                let account = called_otherwise(table, row, person);
                PlanRow { account, ..judge_person(judge, place, person) }
            }
            _ => {
                let name = judge.text(NAME).to_owned();
                judge.finish(name, Outcome::Error, Vec::new(), None, None)
            }
        });
    }
    Ok(rows)
}

fn judge_person(mut judge: Judge<'_>, place: &mut Place, person: &UserView) -> PlanRow {
    // Somebody may stand in several contracts.
    let name = format!("{}（契約番号 {}）", person.display_name, place.number);
    let seat = place.seated.get(&person.id);
    let version = seat.map(|seat| seat.version);
    let same = |judge: Judge<'_>, name| judge.finish(name, Outcome::Unchanged, Vec::new(), None, version);
    let change =
        |before: &str, after: &str| vec![Change { column: "席", before: before.to_owned(), after: after.to_owned() }];
    match judge.text(ACT) {
        "" => same(judge, name),
        "割当" if seat.is_some() => same(judge, name),
        "割当" => {
            if place.left < 1 {
                judge.fault(
                    ACT,
                    "空席が足りないか、順番を待っている職員がいます。",
                    "割り当てる人数を減らすか、追加配分を申請してください。",
                );
            }
            place.left = place.left.saturating_sub(1);
            let write = Write::Assign { account_id: place.account.id.clone(), user_id: person.id.clone() };
            judge.finish(name, Outcome::New, change("なし", "利用中"), Some(write), None)
        }
        "返却" => {
            let Some(seat) = seat else {
                // Given back already: the same file twice changes nothing.
                return same(judge, name);
            };
            let reason = judge.text(REASON).to_owned();
            if reason.is_empty() || reason.chars().count() > 200 {
                judge.fault(
                    REASON,
                    "返却の理由がないか、200字を超えています。",
                    "異動、休業などの理由を入力してください。",
                );
            }
            let made_from = judge.number(VERSION);
            if judge.text(SEAT) != seat.id || made_from != version {
                judge.fault(
                    VERSION,
                    "様式を出力した後に、この職員の席が変わっています。",
                    "様式をダウンロードし直して記入してください。",
                );
            }
            let write = Write::Release { assignment_id: seat.id.clone(), reason };
            judge.finish(name, Outcome::Changed, change("利用中", "なし"), Some(write), version)
        }
        _ => {
            judge.fault(ACT, "選択肢にない言葉です。", "「割当」か「返却」を選ぶか、空欄にしてください。");
            judge.finish(name, Outcome::Error, Vec::new(), None, version)
        }
    }
}

/// Writes the rows: releases first.
pub(super) fn write(ctx: &mut Ctx<'_>, call: &Call, plan: &Plan) -> Result<(), Error> {
    let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in &plan.rows {
        match &row.write {
            Some(Write::Release { assignment_id, reason }) => {
                release_seat(ctx, call, assignment_id, &ReleaseSeat { reason: reason.clone() })?;
            }
            Some(Write::Assign { account_id, user_id }) => wanted.entry(account_id).or_default().push(user_id.clone()),
            _ => {}
        }
    }
    for (account_id, people) in wanted {
        for user_ids in people.chunks(MAX_BULK) {
            let cmd = AssignSeats { user_ids: user_ids.to_vec(), mode: BulkMode::All };
            assign_seats(ctx, call, account_id, &cmd)?;
        }
    }
    Ok(())
}
