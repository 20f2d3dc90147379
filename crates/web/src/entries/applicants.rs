//! One call with its applicants, and one application with all that was written; the way on depends on the state.

use super::{Desk, below, desk, shell};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::entries::acknowledgements::resend_acknowledgement;
use app::entries::applications::{ApplicationView, get_application, list_applications};
use app::entries::selection::{ProposalView, propose_selection};
use app::{Call, Code, Ctx, Error, Page, Service};
use askama::Template;
use http_kit::{Id, Ids};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/entry-calls/{call_id}/applications", "page_applications", list)
        .get("/entry-calls/{call_id}/applications/{application_id}", "page_application", one)
        .post("/entry-calls/{call_id}/applications/{application_id}", "page_resend_acknowledgement", resend);
}

#[derive(Template)]
#[template(path = "entries/applications.html")]
struct ListPage {
    shell: Shell,
    desk: Desk,
    people: Page<ApplicationView>,
    proposal: Option<ProposalView>,
    next: Option<String>,
}

impl ListPage {
    /// Place in the proposed order.
    fn rank(&self, application_id: &str) -> Option<i64> {
        let proposal = self.proposal.as_ref()?;
        proposal.items.iter().find(|one| one.application_id == application_id).map(|one| one.rank)
    }

    fn drawn(&self) -> bool {
        self.desk.call.lottery.as_ref().is_some_and(|lottery| lottery.seed.is_some())
    }
}

/// The order that the policy proposes; none before a draw, for drafts and after the selection.
fn proposal(ctx: &mut Ctx<'_>, call: &Call, desk: &Desk) -> Result<Option<ProposalView>, Error> {
    if !desk.may_select || !["open", "closed"].contains(&desk.call.state.as_str()) {
        return Ok(None);
    }
    match propose_selection(ctx, call, &desk.call.id) {
        Err(Error::Rule(rule)) if rule.code == Code::LotteryNotDrawn => Ok(None),
        other => other.map(Some),
    }
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = visitor.page(Some(100));
    let (desk, people, proposal) = service
        .read(visitor.call.clone(), move |ctx, call| {
            let desk = desk(ctx, call, &id)?;
            let people = list_applications(ctx, call, &id, &query)?;
            let proposal = proposal(ctx, call, &desk)?;
            Ok((desk, people, proposal))
        })
        .await?;
    let next = visitor.next_page(people.next_cursor.as_deref());
    let shell = shell(&service, &visitor, desk.call.title.clone(), &desk);
    show::page(&ListPage { shell, desk, people, proposal, next })
}

#[derive(Template)]
#[template(path = "entries/application.html")]
struct OnePage {
    shell: Shell,
    desk: Desk,
    sheet: Sheet,
    one: ApplicationView,
}

impl OnePage {
    /// What was asked.
    fn question(&self, id: &str) -> &str {
        self.desk.call.questions.iter().find(|question| question.id == id).map_or("", |question| &question.text)
    }
}

async fn one_page(
    service: &Service,
    visitor: &Visitor,
    [call_id, id]: [String; 2],
    sheet: Sheet,
) -> Result<OnePage, crate::errors::Refused> {
    let (desk, one) = service
        .read(visitor.call.clone(), move |ctx, call| {
            let desk = desk(ctx, call, &call_id)?;
            let one = get_application(ctx, call, &id)?;
            if one.call_id == call_id { Ok((desk, one)) } else { Err(Error::NotFound) }
        })
        .await?;
    let shell = below(service, visitor, &format!("{}さんの申込み", one.applicant_name), &desk);
    Ok(OnePage { shell, desk, sheet, one })
}

async fn one(service: Data<Service>, visitor: Visitor, Ids(ids): Ids<2>) -> Shown {
    show::page(&one_page(&service, &visitor, ids, Sheet::blank(&visitor)).await?)
}

async fn resend(service: Data<Service>, Ids(ids): Ids<2>, form: Form) -> Shown {
    let [call_id, id] = ids.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        resend_acknowledgement(ctx, call, &id)?;
        Ok(format!("/entry-calls/{call_id}/applications/{id}?done=reminded"))
    };
    match form.submit(&service, act).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&one_page(&service, &form.visitor, ids, sheet).await?)
        }
    }
}
