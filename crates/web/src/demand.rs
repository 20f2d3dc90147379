//! Surveys (意向調査・本申込) as the lead runs them: prepare, open, extend, remind, close, and the board of answers.
//! A contact is led on to the answer of its own town; that form stands elsewhere.

mod review;

use crate::confirm::{About, ConfirmPage};
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pager::{Asked, Pager};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::sorting::{Key, Sorting};
use crate::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::Data;
use app::Service;
use app::demand::answers::AnswerView;
use app::demand::overview::{OverviewLine, OverviewTotals};
use app::demand::{self as area, ExtendSurvey, RemindTowns, SurveyContent, SurveyKind, SurveyView, overview};
use app::part::Part;
use app::rounds::RoundView;
use askama::Template;
use domain::access::Action;
use domain::demand::AnswerState;
use http_kit::{Id, Problem};

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/rounds/{round_id}/surveys/new", "page_new_survey", new)
        .post("/rounds/{round_id}/surveys/new", "page_create_survey", create)
        .get("/surveys/{survey_id}", "page_survey", board)
        .get("/surveys/{survey_id}/edit", "page_edit_survey", edit)
        .post("/surveys/{survey_id}/edit", "page_change_survey", change)
        .post("/surveys/{survey_id}/open", "page_open_survey", open)
        .post("/surveys/{survey_id}/extend", "page_extend_survey", extend)
        .post("/surveys/{survey_id}/remind", "page_remind_towns", remind)
        .get("/surveys/{survey_id}/close", "page_ask_close_survey", ask_close)
        .post("/surveys/{survey_id}/close", "page_close_survey", close);
    review::pages(pages);
}

const SURVEY: &Spec = &[("kind", Kind::Text), ("title", Kind::Text), ("note", Kind::Text), ("deadline_on", Kind::Date)];
const EXTEND: &Spec = &[("deadline_on", Kind::Date)];
const REMIND: &Spec = &[("member_ids", Kind::List)];

/// 状態 of a survey.
pub(crate) fn survey_state(word: &str) -> &'static str {
    domain::demand::SurveyState::parse(word).map_or("不明", domain::demand::SurveyState::ja)
}

/// The class of its chip.
pub(crate) fn survey_chip(word: &str) -> &'static str {
    match word {
        "open" => "now",
        "closed" => "good",
        _ => "",
    }
}

#[derive(Template)]
#[template(path = "demand/form.html")]
struct FormPage {
    shell: Shell,
    sheet: Sheet,
    action: String,
    back: String,
}

async fn round(service: &Service, visitor: &Visitor, id: String) -> Result<RoundView, Refused> {
    let round =
        service.read(visitor.call.clone(), move |ctx, call| app::rounds::get_round_alone(ctx, call, &id)).await?;
    visitor.permit(Action::ManageRounds, &round.consortium_id, None)?;
    Ok(round)
}

/// The frame of a page under a round.
pub(crate) fn under_round(service: &Service, visitor: &Visitor, round: &RoundView, title: impl Into<String>) -> Shell {
    Shell::new(service, visitor, title)
        .under("調達回", format!("/consortia/{}/rounds", round.consortium_id))
        .under(round.title.clone(), format!("/rounds/{}", round.id))
}

fn new_page(service: &Service, visitor: &Visitor, round: &RoundView, sheet: Sheet) -> FormPage {
    let back = format!("/rounds/{}", round.id);
    let shell = under_round(service, visitor, round, "調査を用意する");
    FormPage { shell, sheet, action: format!("{back}/surveys/new"), back }
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let round = round(&service, &visitor, id).await?;
    let title = format!("{} 利用席数の意向調査", round.fiscal_year_label);
    let sheet = Sheet::blank(&visitor).set("title", title).set("kind", "intent");
    show::page(&new_page(&service, &visitor, &round, sheet))
}

async fn create(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let round_id = id.clone();
    let sent = form
        .send(&service, SURVEY, move |ctx, call, cmd: &SurveyContent| {
            area::create_survey(ctx, call, &round_id, cmd).map(|survey| format!("/surveys/{}?done=created", survey.id))
        })
        .await;
    show::answer(&form, sent, async |sheet| {
        let round = round(&service, &form.visitor, id).await?;
        Ok(new_page(&service, &form.visitor, &round, sheet))
    })
    .await
}

/// A survey with its round.
async fn survey(service: &Service, visitor: &Visitor, id: String) -> Result<(SurveyView, RoundView), Refused> {
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let survey = area::get_survey(ctx, call, &id)?;
        let round = app::rounds::get_round_alone(ctx, call, &survey.round_id)?;
        Ok((survey, round))
    };
    let (survey, round) = service.read(visitor.call.clone(), read).await?;
    visitor.permit(Action::ManageRounds, &survey.consortium_id, None)?;
    Ok((survey, round))
}

fn edit_page(service: &Service, visitor: &Visitor, survey: &SurveyView, round: &RoundView, sheet: Sheet) -> FormPage {
    let back = format!("/surveys/{}", survey.id);
    let shell = under_round(service, visitor, round, "調査を直す").under(survey.title.clone(), back.clone());
    FormPage { shell, sheet, action: format!("{back}/edit"), back }
}

async fn edit(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (survey, round) = survey(&service, &visitor, id).await?;
    let sheet = Sheet::editing(&visitor, &survey, survey.version);
    show::page(&edit_page(&service, &visitor, &survey, &round, sheet))
}

async fn change(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let survey_id = id.clone();
    let sent = form
        .send(&service, SURVEY, move |ctx, call, cmd: &SurveyContent| {
            area::change_survey(ctx, call, &survey_id, cmd)?;
            Ok(format!("/surveys/{survey_id}?done=saved"))
        })
        .await;
    let stale = crate::rounds::is_stale(&sent);
    show::answer(&form, sent, async |sheet| {
        let (survey, round) = survey(&service, &form.visitor, id).await?;
        let sheet = if stale { sheet.beside(&survey, survey.version) } else { sheet };
        Ok(edit_page(&service, &form.visitor, &survey, &round, sheet))
    })
    .await
}

#[derive(Template)]
#[template(path = "demand/board.html")]
struct BoardPage {
    shell: Shell,
    sheet: Sheet,
    survey: SurveyView,
    lines: Vec<OverviewLine>,
    totals: OverviewTotals,
    pager: Pager,
    filter: String,
    steps: Vec<crate::rounds::steps::Step>,
    manages: bool,
    /// The member for which the visitor answers.
    own: Option<String>,
    /// Whether quotes are what comes next.
    quoting: bool,
}

impl BoardPage {
    /// Whether an answer waits for the lead.
    fn reviews(&self) -> bool {
        self.manages && self.lines.iter().any(|line| state_of(line) == "submitted")
    }

    fn kind(&self) -> &'static str {
        match self.survey.kind {
            SurveyKind::Intent => "意向調査（回答は席数の見込みで、申込みではありません）",
            SurveyKind::Binding => "本申込（回答が申込みになります）",
        }
    }

    fn is(&self, state: &str) -> bool {
        self.survey.state == state
    }

    /// Whether the visitor is to answer this line, as the lead for its own staff.
    fn answers(&self, line: &OverviewLine) -> bool {
        self.is("open") && self.own.as_deref() == Some(line.member_id.as_str()) && line.answer.is_none()
    }

    fn waits(line: &OverviewLine) -> bool {
        matches!(state_of(line), "none" | "draft" | "returned")
    }
}

/// How the towns of a survey can stand.
pub(crate) const LINES: &[Key<OverviewLine>] = &[
    ("code", |a, b| a.municipality_code.cmp(&b.municipality_code)),
    ("state", |a, b| progress(a).cmp(&progress(b))),
    ("used", |a, b| a.last_year_seats.cmp(&b.last_year_seats)),
    ("low", |a, b| seats(a, |answer| answer.low_seats).cmp(&seats(b, |answer| answer.low_seats))),
    ("base", |a, b| seats(a, |answer| answer.base_seats).cmp(&seats(b, |answer| answer.base_seats))),
    ("high", |a, b| seats(a, |answer| answer.high_seats).cmp(&seats(b, |answer| answer.high_seats))),
    ("minimum", |a, b| seats(a, |answer| answer.minimum_seats).cmp(&seats(b, |answer| answer.minimum_seats))),
    ("cap", |a, b| cap(a).cmp(&cap(b))),
];

fn seats(line: &OverviewLine, of: fn(&AnswerView) -> i64) -> Option<i64> {
    line.answer.as_ref().map(of)
}

fn cap(line: &OverviewLine) -> Option<i64> {
    line.answer.as_ref().and_then(|answer| answer.budget_cap_yen)
}

/// How far a town's answer has come.
fn progress(line: &OverviewLine) -> Option<usize> {
    ["none", "draft", "returned", "submitted", "fixed"].iter().position(|state| *state == state_of(line))
}

/// The state of a town's answer; `none` when nothing was written.
fn state_of(line: &OverviewLine) -> &str {
    line.answer.as_ref().map_or("none", |answer| answer.state.as_str())
}

fn answer_word(line: &OverviewLine) -> (&'static str, &'static str) {
    match state_of(line) {
        "none" | "draft" if line.drafting => ("warn", "下書き中"),
        "none" => ("warn", "未回答"),
        "draft" => ("warn", "下書き"),
        "submitted" => ("now", "提出済み"),
        "returned" => ("bad", "差戻し"),
        "fixed" => ("good", "確定"),
        _ => ("", "不明"),
    }
}

/// `単価24,000円以下なら100席`, one for each price point.
fn points(line: &OverviewLine) -> Vec<String> {
    line.answer.as_ref().map(points_of).unwrap_or_default()
}

/// As [`points`], of one answer.
fn points_of(answer: &AnswerView) -> Vec<String> {
    let word = |point: &app::demand::answers::PricePoint| {
        let (yen, seats) = (&point.unit_price_at_most_yen, &point.seats);
        format!("{}以下なら{}", crate::words::yen(yen), crate::words::seats(seats))
    };
    answer.price_points.iter().map(word).collect()
}

/// Leaves the towns of a filter.
pub(crate) fn narrow(lines: &mut Vec<OverviewLine>, filter: &str) {
    lines.retain(|line| match filter {
        "answered" => matches!(state_of(line), "submitted" | "fixed"),
        "unanswered" => matches!(state_of(line), "none" | "draft"),
        "returned" => state_of(line) == "returned",
        _ => true,
    });
}

enum Board {
    Lead(Box<BoardPage>),
    /// A contact answers for this town.
    Town(String),
}

async fn read_board(service: &Service, visitor: &Visitor, id: String, sheet: Option<Sheet>) -> Result<Board, Refused> {
    let (filter, asked) = (visitor.query("state"), Asked::of(visitor));
    let (state, part) = (filter.clone(), asked.reads(&["sort"]));
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let survey = area::get_survey(ctx, call, &id)?;
        if let Some(towns) = call.actor.towns(Action::ReadAnswers, &survey.consortium_id)? {
            return Ok(Err(towns.into_iter().next().ok_or(app::Error::NotFound)?));
        }
        let round = app::rounds::get_round_alone(ctx, call, &survey.round_id)?;
        let kept = |of: Option<&str>| match state.as_str() {
            "answered" => matches!(of, Some("submitted" | "fixed")),
            "unanswered" => matches!(of, None | Some("draft")),
            "returned" => of == Some("returned"),
            _ => true,
        };
        let overview = overview::show_answers(ctx, call, &id, &part, kept)?;
        Ok(Ok((survey, round, overview)))
    };
    let (survey, round, (overview, found)) = match service.read(visitor.call.clone(), read).await? {
        Ok(found) => found,
        Err(town) => return Ok(Board::Town(town)),
    };
    let mut lines = overview.lines;
    let order = Sorting::called("sort", "", &visitor.uri).put(&mut lines, LINES)?;
    asked.shows(&["sort"], &mut lines);
    let manages = visitor.may(Action::ManageRounds, &survey.consortium_id, None);
    let own = visitor.call.actor.own_town(Action::AnswerSurvey, &survey.consortium_id).map(str::to_owned);
    let shell = under_round(service, visitor, &round, survey.title.clone()).sorted(order);
    let sheet = sheet.unwrap_or_else(|| Sheet::blank(visitor)).at_version(survey.version);
    let progress = crate::rounds::steps::Progress { quotes: 1, scenarios: 1 };
    let steps = crate::rounds::steps::steps(&round, progress);
    let totals = overview.totals.unwrap_or_default();
    let quoting = round.stage == "quoting";
    let pager = asked.with(found, usize::try_from(totals.invited).unwrap_or_default());
    Ok(Board::Lead(Box::new(BoardPage {
        shell,
        sheet,
        survey,
        lines,
        totals,
        pager,
        filter,
        steps,
        manages,
        own,
        quoting,
    })))
}

async fn board(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    match read_board(&service, &visitor, id.clone(), None).await? {
        Board::Lead(page) => show::page(&*page),
        Board::Town(town) => Ok(show::to(&format!("/surveys/{id}/answers/{town}"))),
    }
}

/// The board again after a button was refused.
async fn board_again(service: &Service, form: &Form, id: String, sent: Result<HttpResponse, Problem>) -> Shown {
    show::answer(form, sent, async |sheet| match read_board(service, &form.visitor, id, Some(sheet)).await? {
        Board::Lead(page) => Ok(*page),
        Board::Town(_) => Err(app::Error::Forbidden.into()),
    })
    .await
}

async fn open(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let survey_id = id.clone();
    let asked = survey_id.clone();
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let survey = area::get_survey(ctx, call, &asked)?;
        let round = app::rounds::get_round_alone(ctx, call, &survey.round_id)?;
        Ok((survey, round))
    };
    let (survey, round) = service.read(form.visitor.call.clone(), read).await?;
    form.visitor.permit(Action::ManageRounds, &survey.consortium_id, None)?;
    let shell = under_round(&service, &form.visitor, &round, survey.title.clone());
    let facts = vec![("調査", survey.title), ("締切日", crate::words::date(&survey.deadline_on))];
    let about = About::new(shell, format!("/surveys/{id}"), facts);
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::open_survey(ctx, call, &survey_id)?;
        Ok(format!("/surveys/{survey_id}?done=opened"))
    };
    let sent = form.submit_sure(&service, about, act).await;
    board_again(&service, &form, id, sent).await
}

async fn extend(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let survey_id = id.clone();
    let sent = form
        .send(&service, EXTEND, move |ctx, call, cmd: &ExtendSurvey| {
            area::extend_survey(ctx, call, &survey_id, cmd)?;
            Ok(format!("/surveys/{survey_id}?done=saved"))
        })
        .await;
    board_again(&service, &form, id, sent).await
}

async fn remind(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let survey_id = id.clone();
    let everybody = form.fields.get("all") == "true";
    let sent = form
        .send(&service, REMIND, move |ctx, call, cmd: &RemindTowns| {
            let cmd = if everybody { RemindTowns::default() } else { cmd.clone() };
            area::remind_towns(ctx, call, &survey_id, &cmd)?;
            Ok(format!("/surveys/{survey_id}?done=reminded"))
        })
        .await;
    board_again(&service, &form, id, sent).await
}

async fn close_page(service: &Service, visitor: &Visitor, id: String) -> Result<ConfirmPage, Refused> {
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let survey = area::get_survey(ctx, call, &id)?;
        let round = app::rounds::get_round_alone(ctx, call, &survey.round_id)?;
        let waited_for = |state: Option<&str>| !state.and_then(AnswerState::parse).is_some_and(AnswerState::counts);
        let (answers, _) = overview::show_answers(ctx, call, &id, &Part::whole(), waited_for)?;
        Ok((survey, round, answers.totals.unwrap_or_default(), answers.lines))
    };
    let (survey, round, totals, missing) = service.read(visitor.call.clone(), read).await?;
    visitor.permit(Action::ManageRounds, &survey.consortium_id, None)?;
    let back = format!("/surveys/{}", survey.id);
    let shell = under_round(service, visitor, &round, "調査を締め切る").under(survey.title.clone(), back.clone());
    let mut page = ConfirmPage::new(shell, visitor, format!("{back}/close"), "締め切る", back);
    page.facts = vec![
        ("調査", survey.title),
        ("締切日", crate::words::date(&survey.deadline_on)),
        ("提出済み", format!("{}団体のうち{}団体", totals.invited, totals.answered)),
        ("標準の席数の合計", crate::words::seats(&totals.base_seats)),
    ];
    page.consequences = vec![
        "締め切ると、各団体は回答も修正もできなくなります。この調査を再び開くことはできません。".to_owned(),
        "提出済みと確定の回答だけが、試算に使われます。".to_owned(),
    ];
    if totals.unanswered > 0 {
        let missing: Vec<String> = missing.into_iter().map(|town| town.name).collect();
        let named = crate::words::some_names(&missing);
        page.consequences.push(format!(
            "まだ回答のない団体が{}団体あります（{named}）。締め切ると、これらの団体の席は試算に入りません。",
            totals.unanswered
        ));
    }
    Ok(page)
}

async fn ask_close(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&close_page(&service, &visitor, id).await?)
}

async fn close(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let survey_id = id.clone();
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let survey = area::close_survey(ctx, call, &survey_id)?;
        Ok(format!("/rounds/{}?done=closed", survey.round_id))
    };
    let sent = form.submit(&service, act).await;
    show::answer(&form, sent, async |sheet| Ok(ConfirmPage { sheet, ..close_page(&service, &form.visitor, id).await? }))
        .await
}
