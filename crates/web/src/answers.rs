//! The town's answer to a survey: draft, hand in, correct until the deadline, read afterwards.

use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::demand::answers::{self as area, AnswerContent};
use app::demand::drafts::{AnswerDraft, save_answer_draft};
use app::demand::sheet::{AnswerSheet, get_answer_sheet};
use app::{Call, Code, Ctx, Service};
use askama::Template;
use domain::access::Action;
use domain::demand::AnswerState;
use http_kit::{Ids, Problem};

pub(crate) fn pages(pages: &mut Pages<'_>) {
    let path = "/surveys/{survey_id}/answers/{member_id}";
    pages.get(path, "page_answer", one).post(path, "page_save_answer", save);
}

const ANSWER: &Spec = &[
    ("low_seats", Kind::Number),
    ("base_seats", Kind::Number),
    ("high_seats", Kind::Number),
    ("minimum_seats", Kind::Number),
    ("budget_cap_yen", Kind::Number),
    ("price_points/*/unit_price_at_most_yen", Kind::Number),
    ("price_points/*/seats", Kind::Number),
    ("reason", Kind::Empty),
];
/// As [`ANSWER`], but kept as typed.
const DRAFT: &Spec = &[
    ("low_seats", Kind::Text),
    ("base_seats", Kind::Text),
    ("high_seats", Kind::Text),
    ("minimum_seats", Kind::Text),
    ("budget_cap_yen", Kind::Text),
    ("price_points/*/unit_price_at_most_yen", Kind::Text),
    ("price_points/*/seats", Kind::Text),
    ("reason", Kind::Text),
];
/// Empty rows that a blank form offers.
const SPARE: usize = 2;
/// Rows that 「行を追加」 adds.
const MORE: usize = 3;

#[derive(Template)]
#[template(path = "answers/one.html")]
struct AnswerPage {
    shell: Shell,
    around: AnswerSheet,
    member_id: String,
    /// The form; none where the answer is only read.
    sheet: Option<Sheet>,
    spare: usize,
    days: i64,
    may_answer: bool,
}

impl AnswerPage {
    /// 状態 of the answer.
    fn state(&self) -> &'static str {
        let state = self.around.answer.as_ref().and_then(|answer| AnswerState::parse(&answer.state));
        let none = if self.around.draft.is_some() { "下書き" } else { "未回答" };
        state.map_or(none, AnswerState::ja)
    }

    /// Numbers of the rows for price points; the service takes ten.
    fn rows(&self, sheet: &Sheet) -> Vec<usize> {
        let mut rows = sheet.rows("price_points", self.spare);
        rows.truncate(10);
        rows
    }

    fn submitted(&self) -> bool {
        self.around.answer.as_ref().is_some_and(|answer| answer.state == "submitted")
    }

    fn returned(&self) -> Option<&str> {
        let answer = self.around.answer.as_ref().filter(|answer| answer.state == "returned")?;
        answer.return_reason.as_deref()
    }
}

async fn load(
    service: &Service,
    visitor: &Visitor,
    survey_id: &str,
    member_id: &str,
) -> Result<AnswerPage, crate::errors::Refused> {
    let (survey, member) = (survey_id.to_owned(), member_id.to_owned());
    let around =
        service.read(visitor.call.clone(), move |ctx, call| get_answer_sheet(ctx, call, &survey, &member)).await?;
    let may_answer = around.open && visitor.may(Action::AnswerSurvey, &around.survey.consortium_id, Some(member_id));
    let today = domain::clock::japan_date(service.env().clock.now());
    let days = around.survey.deadline_on.signed_duration_since(today).num_days();
    let shell = Shell::new(service, visitor, format!("{}への回答", around.survey.title))
        .under(around.member_name.clone(), format!("/members/{member_id}"));
    let member_id = member_id.to_owned();
    Ok(AnswerPage { shell, around, member_id, sheet: None, spare: SPARE, days, may_answer })
}

async fn one(service: Data<Service>, visitor: Visitor, Ids([survey_id, member_id]): Ids<2>) -> Shown {
    let mut page = load(&service, &visitor, &survey_id, &member_id).await?;
    // What was handed in is read first; who wants to correct it says so.
    if page.may_answer && (!page.submitted() || visitor.query_some("edit").is_some()) {
        let sheet = match &page.around.answer {
            Some(answer) => Sheet::editing(&visitor, answer, answer.version),
            None => Sheet::blank(&visitor).with(Fields::default()),
        };
        page.sheet = Some(match &page.around.draft {
            // What was typed last comes before what was saved before it.
            Some(draft) => {
                let mut typed = Fields::of(&draft.typed);
                typed.set("_draft", draft.version.to_string());
                sheet.with(typed)
            }
            None => sheet,
        });
    }
    show::page(&page)
}

async fn save(service: Data<Service>, Ids([survey_id, member_id]): Ids<2>, form: Form) -> Shown {
    if !form.fields.get("_more").is_empty() {
        let mut page = load(&service, &form.visitor, &survey_id, &member_id).await?;
        (page.sheet, page.spare) = (Some(Sheet::typed(&form)), MORE);
        return show::page(&page);
    }
    let sent = match sent(&service, &survey_id, &member_id, &form).await {
        // A draft need not be right: it is kept as typed.
        Err(problem) if problem.code() == Code::InvalidFields.as_str() && form.fields.get("_act") == "save" => {
            kept(&service, &survey_id, &member_id, &form).await
        }
        sent => sent,
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let stale = problem.code() == "stale";
            let mut sheet = Sheet::refused(&form, problem)?;
            let mut page = load(&service, &form.visitor, &survey_id, &member_id).await?;
            if let Some(answer) = page.around.answer.as_ref().filter(|_| stale) {
                sheet = sheet.beside(answer, answer.version);
            }
            if let Some(draft) = page.around.draft.as_ref().filter(|_| stale) {
                sheet.values.set("_draft", draft.version.to_string());
            }
            page.sheet = Some(sheet);
            show::again(&page)
        }
    }
}

/// Keeps what was typed as a draft.
async fn kept(
    service: &Service,
    survey_id: &str,
    member_id: &str,
    form: &Form,
) -> Result<actix_web::HttpResponse, Problem> {
    let cmd = form.command::<AnswerDraft>(DRAFT)?;
    let mut form = form.clone();
    form.visitor.call.expected_version = form.fields.get("_draft").parse().ok();
    let (survey, member) = (survey_id.to_owned(), member_id.to_owned());
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        save_answer_draft(ctx, call, &survey, &member, &cmd)?;
        Ok(format!("/surveys/{survey}/answers/{member}?done=drafted"))
    };
    match form.submit(service, act).await {
        // Somebody else began a draft meanwhile.
        Err(problem) if problem.code() == Code::PreconditionRequired.as_str() => Err(Problem::new(Code::Stale)),
        kept => kept,
    }
}

async fn sent(
    service: &Service,
    survey_id: &str,
    member_id: &str,
    form: &Form,
) -> Result<actix_web::HttpResponse, Problem> {
    let (survey, member) = (survey_id.to_owned(), member_id.to_owned());
    let hand_in = form.fields.get("_act") == "submit";
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &AnswerContent| {
        let saved = area::save_answer(ctx, call, &survey, &member, cmd)?;
        let submitted = AnswerState::Submitted.as_str();
        if hand_in && saved.state != submitted {
            area::submit_answer(ctx, call, &survey, &member)?;
        }
        let done = if hand_in { "submitted" } else { "saved" };
        Ok(format!("/surveys/{survey}/answers/{member}?done={done}"))
    };
    form.send(service, ANSWER, act).await
}
