//! Applying (申込み): the calls of one's town, the application with its supervisor, and where it stands.

use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::my_seats::is_open;
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::entries::applications::{self as area, ApplicationView, ApplyToCall};
use app::entries::calls::{EntryCallView, SelectionPolicy, closed_at, get_entry_call, list_entry_calls};
use app::seats::offers::{OfferView, list_my_offers};
use app::{Call, Ctx, Error, Page, PageQuery, Service};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use domain::access::Action;
use domain::entries::{ApplicationAct, ApplicationState, CallState, accepts};
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/me/entries", "page_my_entries", mine)
        .get("/entry-calls/{call_id}/apply", "page_apply", new)
        .post("/entry-calls/{call_id}/apply", "page_send_application", apply)
        .get("/entry-calls/{call_id}", "page_entry_call", mailed_call)
        .get("/applications/{application_id}", "page_my_application", one)
        .get("/me/applications/{application_id}", "page_mailed_application", mailed)
        .get("/applications/{application_id}/edit", "page_edit_application", edit)
        .post("/applications/{application_id}/edit", "page_send_edited_application", send_edit)
        .get("/applications/{application_id}/withdraw", "page_withdraw_application", ask_withdraw)
        .post("/applications/{application_id}/withdraw", "page_send_withdrawal", withdraw);
}

const APPLICATION: &Spec = &[
    ("want_to_learn", Kind::Empty),
    ("problem_at_work", Kind::Empty),
    ("answers", Kind::List),
    ("answers/*/question_id", Kind::Text),
    ("answers/*/text", Kind::Empty),
    ("supervisor_name", Kind::Empty),
    ("supervisor_email", Kind::Empty),
];

/// How people are selected.
pub(crate) const fn policy(policy: &SelectionPolicy) -> &'static str {
    match policy {
        SelectionPolicy::Selection => "選考（申込みの内容と上長の確認による）",
        SelectionPolicy::FirstCome => "先着順",
        SelectionPolicy::Lottery => "抽選",
    }
}

/// 状態 of an application, and the kind of its chip.
pub(crate) fn state(word: &str) -> (&'static str, &'static str) {
    match ApplicationState::parse(word) {
        Some(state @ (ApplicationState::Submitted | ApplicationState::Acknowledged)) => (state.label(), "now"),
        Some(state @ ApplicationState::Selected) => (state.label(), "good"),
        Some(state @ ApplicationState::Waitlisted) => (state.label(), "warn"),
        Some(state @ (ApplicationState::Declined | ApplicationState::Withdrawn)) => (state.label(), ""),
        None => ("不明", ""),
    }
}

/// Where somebody stands on a waiting list, in a few words.
pub(crate) fn place(state: &str, position: Option<&i64>) -> String {
    match (state, position) {
        ("waiting", Some(position)) => format!("順番待ち {position}番目"),
        ("offered", _) => "席のご案内中（回答をお待ちしています）".to_owned(),
        ("accepted", _) => "席を受け取り済み".to_owned(),
        ("declined", _) => "席の案内を辞退".to_owned(),
        ("expired", _) => "席の案内の期限切れ".to_owned(),
        _ => "―".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "entries_apply/mine.html")]
struct MinePage {
    shell: Shell,
    /// Open calls of the visitor's town, with the application that was handed in already.
    open: Vec<(EntryCallView, Option<String>)>,
    applications: Page<ApplicationView>,
    /// Seats that are held for the visitor until an answer.
    offers: Vec<OfferView>,
    next: Option<String>,
}

async fn mine(service: Data<Service>, visitor: Visitor) -> Shown {
    let query = visitor.page(Some(50));
    let consortium = visitor.consortium().map(str::to_owned);
    let work = move |ctx: &mut Ctx<'_>, call: &Call| {
        let applications = area::list_my_applications(ctx, call, &query)?;
        let open = match &consortium {
            Some(id) => open_calls(ctx, call, id)?,
            None => Vec::new(),
        };
        let newest = PageQuery { limit: Some(100), ..PageQuery::default() };
        let mut offers = list_my_offers(ctx, call, &newest)?.items;
        offers.retain(|offer| is_open(offer, ctx.now));
        Ok((open, applications, offers))
    };
    let (open, applications, offers) = service.read(visitor.call.clone(), work).await?;
    let applied = |call: &EntryCallView| {
        applications.items.iter().find(|one| one.call_id == call.id).map(|application| application.id.clone())
    };
    let open = open.into_iter().map(|call| (applied(&call), call)).map(|(applied, call)| (call, applied)).collect();
    let next = visitor.next_page(applications.next_cursor.as_deref());
    show::page(&MinePage { shell: Shell::new(&service, &visitor, "申し込む"), open, applications, offers, next })
}

/// The calls to which the caller may apply now.
fn open_calls(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str) -> Result<Vec<EntryCallView>, Error> {
    if call.actor.permit(Action::Apply, consortium_id, None).is_err() {
        return Ok(Vec::new());
    }
    let newest = PageQuery { limit: Some(100), ..PageQuery::default() };
    let mut calls = list_entry_calls(ctx, call, consortium_id, &newest)?.items;
    calls.retain(|one| {
        let mine = call.actor.permit(Action::Apply, &one.consortium_id, Some(&one.member_id)).is_ok();
        mine && takes_applications(one, ctx.now)
    });
    Ok(calls)
}

fn takes_applications(call: &EntryCallView, now: chrono::DateTime<chrono::Utc>) -> bool {
    CallState::parse(&call.state).is_some_and(|state| accepts(state, call.closes_on, now).is_ok())
}

/// A question as the form draws it.
struct Asked {
    name: String,
    id_name: String,
    id: String,
    text: String,
    required: bool,
}

#[derive(Template)]
#[template(path = "entries_apply/apply.html")]
struct ApplyPage {
    shell: Shell,
    sheet: Sheet,
    action: String,
    call: EntryCallView,
    questions: Vec<Asked>,
    /// The applicant, as the town will read it.
    applicant: String,
    corrects: bool,
    open: bool,
    /// Whether the applicant sits on a seat of the account to which the call's belong.
    seated: bool,
}

fn apply_page(
    service: &Service,
    visitor: &Visitor,
    call: EntryCallView,
    sheet: Sheet,
    edits: Option<&str>,
    seated: bool,
) -> ApplyPage {
    let asked = call.questions.iter().enumerate().map(|(at, question)| Asked {
        name: format!("answers/{at}/text"),
        id_name: format!("answers/{at}/question_id"),
        id: question.id.clone(),
        text: question.text.clone(),
        required: question.required,
    });
    let questions = asked.collect();
    let title = if edits.is_some() { "申込みの内容を直す" } else { "申し込む" };
    let shell = Shell::new(service, visitor, title).under("申し込む", "/me/entries");
    let (shell, action) = match edits {
        Some(id) => {
            (shell.under(call.title.clone(), format!("/applications/{id}")), format!("/applications/{id}/edit"))
        }
        None => (shell, format!("/entry-calls/{}/apply", call.id)),
    };
    let applicant = visitor.call.actor.display_name.clone();
    let open = takes_applications(&call, service.env().clock.now());
    ApplyPage { shell, sheet, action, call, questions, applicant, corrects: edits.is_some(), open, seated }
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let work = move |ctx: &mut Ctx<'_>, call: &Call| {
        let of = get_entry_call(ctx, call, &id)?;
        call.actor.permit(Action::Apply, &of.consortium_id, Some(&of.member_id))?;
        let mine =
            area::list_my_applications(ctx, call, &PageQuery { limit: Some(100), ..PageQuery::default() })?.items;
        let seated = sits(ctx, call, &of)?;
        Ok((of, mine, seated))
    };
    let (call, mine, seated) = service.read(visitor.call.clone(), work).await?;
    if let Some(handed_in) = mine.iter().find(|one| one.call_id == call.id) {
        return Ok(show::to(&format!("/applications/{}", handed_in.id)));
    }
    // Who applied before need not type the supervisor again.
    let mut known = Fields::default();
    if let Some(last) = mine.first() {
        known.set("supervisor_name", last.supervisor_name.clone());
        known.set("supervisor_email", last.supervisor_email.clone());
    }
    let sheet = Sheet::blank(&visitor).with(known);
    show::page(&apply_page(&service, &visitor, call, sheet, None, seated))
}

/// Whether the caller sits on a seat of the account to which the call's belong.
fn sits(ctx: &mut Ctx<'_>, call: &Call, of: &EntryCallView) -> Result<bool, Error> {
    let seats = app::seats::assignments::list_my_seats(ctx, call)?;
    Ok(seats.iter().any(|seat| seat.account_id == of.account_id && seat.released_at.is_none()))
}

async fn apply(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let call_id = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &ApplyToCall| {
        area::apply_to_call(ctx, call, &call_id, cmd).map(|view| format!("/applications/{}?done=applied", view.id))
    };
    let sent = form.send(&service, APPLICATION, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            let again = move |ctx: &mut Ctx<'_>, call: &Call| {
                let of = get_entry_call(ctx, call, &id)?;
                let seated = sits(ctx, call, &of)?;
                Ok((of, seated))
            };
            let (call, seated) = service.read(form.visitor.call.clone(), again).await?;
            show::again(&apply_page(&service, &form.visitor, call, sheet, None, seated))
        }
    }
}

#[derive(Template)]
#[template(path = "entries_apply/one.html")]
struct OnePage {
    shell: Shell,
    application: ApplicationView,
    /// Question and answer.
    answers: Vec<(String, String)>,
    closes_on: NaiveDate,
    /// Whether the call takes applications and corrections.
    takes: bool,
    /// When it was closed, where that is known.
    closed_at: Option<DateTime<Utc>>,
    is_mine: bool,
    may_edit: bool,
    may_withdraw: bool,
}

impl OnePage {
    /// Whether a place on the waiting list stands; an offer that ended took it away.
    fn waits(&self) -> bool {
        self.application.waiting.as_ref().is_some_and(|place| matches!(place.state.as_str(), "waiting" | "offered"))
    }
}

async fn read(service: &Service, visitor: &Visitor, id: &str) -> Result<(ApplicationView, EntryCallView), Refused> {
    let id = id.to_owned();
    let work = move |ctx: &mut Ctx<'_>, call: &Call| {
        let application = area::get_application(ctx, call, &id)?;
        let of = get_entry_call(ctx, call, &application.call_id)?;
        Ok((application, of))
    };
    Ok(service.read(visitor.call.clone(), work).await?)
}

fn takes(application: &ApplicationView, act: ApplicationAct) -> bool {
    ApplicationState::parse(&application.state).is_some_and(|state| state.after(act).is_ok())
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (application, of) = read(&service, &visitor, &id).await?;
    let call_id = of.id.clone();
    let closed_at = service.read(visitor.call.clone(), move |ctx, call| closed_at(ctx, call, &call_id)).await?;
    let is_mine = application.user_id == visitor.call.actor.user_id;
    let may = is_mine && visitor.may(Action::Apply, &of.consortium_id, Some(&of.member_id));
    let now = service.env().clock.now();
    let answers = of.questions.iter().filter_map(|question| {
        let answer = application.answers.iter().find(|answer| answer.question_id == question.id)?;
        Some((question.text.clone(), answer.text.clone()))
    });
    let answers = answers.collect();
    let shell = Shell::new(&service, &visitor, application.call_title.clone());
    let shell = if is_mine { shell.under("申し込む", "/me/entries") } else { shell };
    show::page(&OnePage {
        shell,
        answers,
        closes_on: of.closes_on,
        takes: takes_applications(&of, now),
        closed_at,
        is_mine,
        may_edit: may && takes(&application, ApplicationAct::Edit) && takes_applications(&of, now),
        may_withdraw: may && takes(&application, ApplicationAct::Withdraw),
        application,
    })
}

/// The address of an application that stands in mails.
async fn mailed(_visitor: Visitor, Id(id): Id) -> Shown {
    Ok(show::to(&format!("/applications/{id}")))
}

/// The address of a call that stands in mails: staff go on to the form, everybody else to the applicants.
async fn mailed_call(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let of = service.read(visitor.call.clone(), move |ctx, call| get_entry_call(ctx, call, &id)).await?;
    let (consortium, town) = (of.consortium_id.as_str(), Some(of.member_id.as_str()));
    let selects = visitor.may(Action::ReadApplications, consortium, town);
    Ok(show::to(&format!("/entry-calls/{}/{}", of.id, if selects { "applications" } else { "apply" })))
}

/// An application that its author may still change.
async fn own(service: &Service, visitor: &Visitor, id: &str) -> Result<(ApplicationView, EntryCallView), Refused> {
    let (application, of) = read(service, visitor, id).await?;
    visitor.permit(Action::Apply, &of.consortium_id, Some(&of.member_id))?;
    if application.user_id == visitor.call.actor.user_id { Ok((application, of)) } else { Err(Error::Forbidden.into()) }
}

/// The fields of the form, with the answers under the numbers of their questions.
fn typed(application: &ApplicationView, of: &EntryCallView) -> Fields {
    let mut fields = Fields::of(application);
    for (at, question) in of.questions.iter().enumerate() {
        let answer = application.answers.iter().find(|answer| answer.question_id == question.id);
        fields.set(&format!("answers/{at}/question_id"), question.id.clone());
        fields.set(&format!("answers/{at}/text"), answer.map(|answer| answer.text.clone()).unwrap_or_default());
    }
    fields
}

async fn edit(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (application, of) = own(&service, &visitor, &id).await?;
    let sheet = Sheet::editing(&visitor, &application, application.version).with(typed(&application, &of));
    show::page(&apply_page(&service, &visitor, of, sheet, Some(&id), false))
}

async fn send_edit(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let application_id = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &ApplyToCall| {
        area::edit_application(ctx, call, &application_id, cmd)
            .map(|view| format!("/applications/{}?done=saved", view.id))
    };
    let sent = form.send(&service, APPLICATION, act).await;
    let problem = match sent {
        Ok(answer) => return Ok(answer),
        Err(problem) => problem,
    };
    let stale = problem.code() == app::Code::Stale.as_str();
    let sheet = Sheet::refused(&form, problem)?;
    let (application, of) = own(&service, &form.visitor, &id).await?;
    let sheet = if stale { sheet.beside_fields(typed(&application, &of), application.version) } else { sheet };
    show::again(&apply_page(&service, &form.visitor, of, sheet, Some(&id), false))
}

#[derive(Template)]
#[template(path = "entries_apply/withdraw.html")]
struct WithdrawPage {
    shell: Shell,
    sheet: Sheet,
    application: ApplicationView,
}

async fn ask_withdraw(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (application, _) = own(&service, &visitor, &id).await?;
    let shell = Shell::new(&service, &visitor, "申込みを取り下げる")
        .under("申し込む", "/me/entries")
        .under(application.call_title.clone(), format!("/applications/{id}"));
    show::page(&WithdrawPage { shell, sheet: Sheet::blank(&visitor), application })
}

async fn withdraw(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        area::withdraw_application(ctx, call, &id).map(|view| format!("/applications/{}?done=withdrawn", view.id))
    };
    Ok(form.submit(&service, act).await?)
}
