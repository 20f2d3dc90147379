//! Town A of the world calls for applicants: short words for long commands. All names are fictional.

use crate::world::*;
use app::entries::acknowledgements::{AcknowledgementView, PresentLink, acknowledge_application, view_acknowledgement};
use app::entries::applications::{ApplicationView, ApplyToCall, apply_to_call, get_application};
use app::entries::calls::{
    CloseEntryCall, DraftEntryCall, EntryCallView, SelectionPolicy, close_entry_call, create_entry_call,
    get_entry_call, open_entry_call,
};
use app::entries::selection::{DecideApplication, DecisionOutcome, SelectApplicants, SelectionView, select_applicants};
use app::{Call, Code, Error, Meta};
use chrono::NaiveDate;
use domain::access::Actor;
use serde_json::json;
use store::notify::delivery::DueMail;

pub const SOURCE: &str = "2026年5月22日の公開抽せん数字（架空）";

pub fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    match result {
        Err(Error::Rule(rule)) => rule.code,
        other => panic!("{other:?}"),
    }
}

/// The pointers of refused fields.
pub fn pointers<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

pub fn at_version(actor: Actor, version: i64) -> Call {
    Call { expected_version: Some(version), ..call(actor) }
}

pub fn draft(capacity: i64, policy: SelectionPolicy) -> DraftEntryCall {
    DraftEntryCall {
        title: "受講者募集（架空）".into(),
        guidance: String::new(),
        capacity,
        policy,
        questions: serde_json::from_value(json!([
            {"id": "hours", "text": "週に何時間学べますか。", "required": true},
            {"id": "note", "text": "ほかに伝えたいこと", "required": false},
        ]))
        .unwrap(),
        closes_on: NaiveDate::from_ymd_opt(2026, 5, 20).unwrap(),
    }
}

pub fn form() -> ApplyToCall {
    serde_json::from_value(json!({
        "want_to_learn": "表計算の自動化",
        "problem_at_work": "毎月の集計に2日かかる",
        "answers": [{"question_id": "hours", "text": "週に2時間"}],
        "supervisor_name": "架空 上長",
        "supervisor_email": "Boss@town.example.jp",
    }))
    .unwrap()
}

pub fn create(world: &World, actor: Actor, account: &str, cmd: DraftEntryCall) -> Result<EntryCallView, Error> {
    let account = account.to_owned();
    world.write(actor, move |ctx, call| create_entry_call(ctx, call, &account, &cmd))
}

pub fn open(world: &World, actor: Actor, id: &str) -> Result<EntryCallView, Error> {
    let id = id.to_owned();
    world.write(actor, move |ctx, call| open_entry_call(ctx, call, &id))
}

pub fn close(world: &World, actor: Actor, id: &str, source: Option<&str>) -> Result<EntryCallView, Error> {
    let (id, cmd) = (id.to_owned(), CloseEntryCall { lottery_source: source.map(str::to_owned) });
    world.write(actor, move |ctx, call| close_entry_call(ctx, call, &id, &cmd))
}

pub fn get(world: &World, actor: Actor, id: &str) -> Result<EntryCallView, Error> {
    let id = id.to_owned();
    world.read(actor, move |ctx, call| get_entry_call(ctx, call, &id))
}

/// An open call of town A with so many seats and places.
pub fn opened(world: &World, seats: i64, capacity: i64, policy: SelectionPolicy) -> EntryCallView {
    let account = world.allocate("m-a", seats);
    let id = create(world, contact_a(), &account, draft(capacity, policy)).unwrap().id;
    open(world, contact_a(), &id).unwrap()
}

pub fn apply(world: &World, actor: Actor, id: &str) -> Result<ApplicationView, Error> {
    apply_with(world, actor, id, form())
}

pub fn apply_with(world: &World, actor: Actor, id: &str, cmd: ApplyToCall) -> Result<ApplicationView, Error> {
    let id = id.to_owned();
    world.write(actor, move |ctx, call| apply_to_call(ctx, call, &id, &cmd))
}

pub fn application(world: &World, actor: Actor, id: &str) -> Result<ApplicationView, Error> {
    let id = id.to_owned();
    world.read(actor, move |ctx, call| get_application(ctx, call, &id))
}

/// Applications of the first people of town A, a minute apart; their ids in the order of arrival.
pub fn applications(world: &World, id: &str, people: usize) -> Vec<String> {
    (0..people)
        .map(|number| {
            world.clock.advance(chrono::Duration::minutes(1));
            apply(world, staff(number), id).unwrap().id
        })
        .collect()
}

/// The mails that wait on the tray, oldest first: address and body.
pub fn mails(world: &World, subject: &str) -> Vec<(String, String)> {
    let (now, subject) = (domain::clock::Clock::now(&*world.clock).naive_utc(), subject.to_owned());
    world
        // A lease that has run out already: the mails stay for the next look.
        .work(move |ctx| {
            let mails = store::notify::delivery::lease(ctx.db, now, now - chrono::Duration::seconds(1), 1_000)?;
            let secret = &ctx.env.secret;
            let text = |mail: &DueMail| app::notify::links::opened(secret, &mail.id, &mail.kind, &mail.body).unwrap();
            Ok(mails
                .into_iter()
                .map(|mail| (mail.subject.clone(), mail.to_address.clone(), text(&mail)))
                .collect::<Vec<_>>())
        })
        .unwrap()
        .into_iter()
        .filter(|(found, _, _): &(String, String, String)| found.contains(&subject))
        .map(|(_, address, text)| (address, text))
        .collect()
}

/// The tokens of the links that were mailed, oldest first.
pub fn tokens(world: &World) -> Vec<String> {
    let token = |body: &str| Some(body.split_once("#token=")?.1.split_whitespace().next()?.to_owned());
    mails(world, "上長確認").iter().filter_map(|(_, body)| token(body)).collect()
}

fn meta() -> Meta {
    Meta { request_id: "r-supervisor".into(), ..Meta::default() }
}

pub fn look(world: &World, token: &str) -> Result<AcknowledgementView, Error> {
    world.run(view_acknowledgement(&world.service, &meta(), PresentLink { token: token.to_owned() }))
}

pub fn acknowledge(world: &World, token: &str) -> Result<AcknowledgementView, Error> {
    world.run(acknowledge_application(&world.service, &meta(), PresentLink { token: token.to_owned() }))
}

pub fn decision(id: &str, outcome: DecisionOutcome) -> DecideApplication {
    DecideApplication { application_id: id.to_owned(), outcome, reason: "課題が明確なため".into() }
}

pub fn select(
    world: &World,
    actor: Actor,
    id: &str,
    decisions: Vec<DecideApplication>,
) -> Result<SelectionView, Error> {
    let (id, cmd) = (id.to_owned(), SelectApplicants { decisions });
    world.write(actor, move |ctx, call| select_applicants(ctx, call, &id, &cmd))
}
