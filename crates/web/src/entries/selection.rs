//! The selection: each applicant with an outcome and a reason, shown once more before it is decided and mailed.

use super::{Desk, below, desk};
use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::entries::applications::{ApplicationView, list_applications};
use app::entries::selection::{
    DecisionOutcome, ProposalView, ProposedView, SelectApplicants, propose_selection, select_applicants,
};
use app::{Call, Ctx, PageQuery, Service};
use askama::Template;
use domain::access::Action;
use http_kit::{Id, Problem, json};
use serde_json::{Value, json};

pub(super) fn pages(pages: &mut Pages<'_>) {
    let path = "/entry-calls/{call_id}/selection";
    pages.get(path, "page_selection", show_form).post(path, "page_select_applicants", select);
}

const DECISIONS: &Spec = &[
    ("decisions/*/application_id", Kind::Text),
    ("decisions/*/outcome", Kind::Text),
    ("decisions/*/reason", Kind::Empty),
];

const OUTCOMES: [(&str, &str); 3] =
    [("selected", "受講決定"), ("waitlisted", "補欠（順番待ち）"), ("declined", "見送り")];

#[derive(Template)]
#[template(path = "entries/selection.html")]
struct SelectionPage {
    shell: Shell,
    desk: Desk,
    sheet: Sheet,
    proposal: ProposalView,
    /// What the first hundred wrote, to be judged without leaving the form.
    written: Vec<ApplicationView>,
    /// Whether this is the page that asks once more.
    asks: bool,
}

impl SelectionPage {
    /// The rows by their numbers in the form: the order of the proposal may have moved since it was drawn.
    fn rows(&self) -> Vec<(usize, &ProposedView)> {
        let of = |at: &usize| {
            let id = self.sheet.value(&format!("decisions/{at}/application_id"));
            self.proposal.items.iter().find(|one| one.application_id == id)
        };
        self.sheet.rows("decisions", 0).into_iter().filter_map(|at| Some((at, of(&at)?))).collect()
    }

    /// What an applicant wrote.
    fn written(&self, application_id: &str) -> Option<&ApplicationView> {
        self.written.iter().find(|one| one.id == application_id)
    }

    /// How many were given an outcome.
    fn count(&self, outcome: &str) -> usize {
        let held = |at: &usize| self.sheet.value(&format!("decisions/{at}/outcome")) == outcome;
        self.sheet.rows("decisions", 0).iter().filter(|at| held(at)).count()
    }

    fn outcome(&self, at: &usize) -> &'static str {
        let value = self.sheet.value(&format!("decisions/{at}/outcome"));
        OUTCOMES.iter().find(|(word, _)| *word == value).map_or("未決定", |(_, label)| label)
    }
}

async fn page(
    service: &Service,
    visitor: &Visitor,
    id: &str,
    sheet: Sheet,
    asks: bool,
) -> Result<SelectionPage, Refused> {
    let id = id.to_owned();
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let desk = desk(ctx, call, &id)?;
        call.actor.permit(Action::SelectApplicants, &desk.call.consortium_id, Some(&desk.call.member_id))?;
        let proposal = propose_selection(ctx, call, &id)?;
        let written = list_applications(ctx, call, &id, &PageQuery { limit: Some(100), ..PageQuery::default() })?.items;
        Ok((desk, proposal, written))
    };
    let (desk, proposal, written) = service.read(visitor.call.clone(), look).await?;
    let shell = below(service, visitor, if asks { "選考結果の確認" } else { "選考する" }, &desk);
    Ok(SelectionPage { shell, desk, sheet, proposal, written, asks })
}

/// The form filled in as the policy proposes.
fn proposed(proposal: &ProposalView) -> Fields {
    let mut fields = Fields::default();
    for (at, one) in proposal.items.iter().enumerate() {
        fields.set(&format!("decisions/{at}/application_id"), one.application_id.clone());
        let outcome = match one.outcome {
            DecisionOutcome::Selected => "selected",
            DecisionOutcome::Waitlisted => "waitlisted",
            DecisionOutcome::Declined => "declined",
        };
        fields.set(&format!("decisions/{at}/outcome"), outcome);
        fields.set(&format!("decisions/{at}/reason"), one.reason.clone());
    }
    fields
}

async fn show_form(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let mut page = page(&service, &visitor, &id, Sheet::blank(&visitor), false).await?;
    page.sheet = Sheet::blank(&visitor).with(proposed(&page.proposal));
    show::page(&page)
}

/// The command; a call nobody applied to is decided with an empty list.
fn command(form: &Form) -> Result<SelectApplicants, Problem> {
    let mut value = form.fields.json(DECISIONS);
    if let Value::Object(object) = &mut value {
        object.entry("decisions").or_insert_with(|| json!([]));
    }
    json::fields(&value)
}

async fn select(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let step = form.fields.get("_act");
    if step == "back" {
        return show::page(&page(&service, &form.visitor, &id, Sheet::typed(&form), false).await?);
    }
    let call_id = id.clone();
    let sent = match command(&form) {
        Ok(_) if step != "decide" => {
            return show::page(&page(&service, &form.visitor, &id, Sheet::typed(&form), true).await?);
        }
        Ok(cmd) => {
            let act = move |ctx: &mut Ctx<'_>, call: &Call| {
                select_applicants(ctx, call, &call_id, &cmd)?;
                Ok(format!("/entry-calls/{call_id}/applications?done=decided"))
            };
            form.submit(&service, act).await
        }
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&page(&service, &form.visitor, &id, sheet, false).await?)
        }
    }
}
