//! The steps of a call that cannot be taken back: open, close, draw. Each asks first, on a page of its own.

use super::{Desk, below, desk};
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::entries::calls::{CloseEntryCall, close_entry_call, open_entry_call, unsettled};
use app::entries::lottery::{DrawLottery, draw_lottery};
use app::{Call, Ctx, Error, Service};
use askama::Template;
use domain::access::Action;
use http_kit::{Id, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/entry-calls/{call_id}/open", "page_ask_open_entry_call", ask_open)
        .post("/entry-calls/{call_id}/open", "page_open_entry_call", open)
        .get("/entry-calls/{call_id}/close", "page_ask_close_entry_call", ask_close)
        .post("/entry-calls/{call_id}/close", "page_close_entry_call", close)
        .get("/entry-calls/{call_id}/draw", "page_ask_draw_lottery", ask_draw)
        .post("/entry-calls/{call_id}/draw", "page_draw_lottery", draw);
}

const CLOSE: &Spec = &[("lottery_source", Kind::Text)];
const DRAW: &Spec = &[("public_value", Kind::Text)];

/// Which step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Open,
    Close,
    Draw,
}

impl Step {
    const fn title(self) -> &'static str {
        match self {
            Self::Open => "募集を始める",
            Self::Close => "募集を締め切る",
            Self::Draw => "抽選を行う",
        }
    }
}

#[derive(Template)]
#[template(path = "entries/step.html")]
struct StepPage {
    shell: Shell,
    desk: Desk,
    sheet: Sheet,
    step: Step,
    /// Applications with an objection, and those that wait for the supervisor.
    unsettled: (usize, usize),
    /// Seats of the account that are free now.
    free: i64,
}

impl StepPage {
    /// Whether fewer seats are free than people are looked for.
    const fn is_short(&self) -> bool {
        self.free < self.desk.call.capacity
    }

    fn is(&self, step: &str) -> bool {
        match self.step {
            Step::Open => step == "open",
            Step::Close => step == "close",
            Step::Draw => step == "draw",
        }
    }
}

async fn step_page(
    service: &Service,
    visitor: &Visitor,
    id: &str,
    step: Step,
    sheet: Sheet,
) -> Result<StepPage, crate::errors::Refused> {
    let id = id.to_owned();
    let action = if step == Step::Draw { Action::SelectApplicants } else { Action::ManageEntryCalls };
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let desk = desk(ctx, call, &id)?;
        call.actor.permit(action, &desk.call.consortium_id, Some(&desk.call.member_id))?;
        let unsettled = unsettled(ctx, call, &id)?;
        let free = app::seats::accounts::get_seat_account(ctx, call, &desk.call.account_id)?.free;
        Ok((desk, unsettled, free))
    };
    let (desk, unsettled, free) = service.read(visitor.call.clone(), look).await?;
    let shell = below(service, visitor, step.title(), &desk);
    Ok(StepPage { shell, desk, sheet, step, unsettled, free })
}

async fn ask(service: &Service, visitor: &Visitor, id: &str, step: Step) -> Shown {
    show::page(&step_page(service, visitor, id, step, Sheet::blank(visitor)).await?)
}

async fn ask_open(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    ask(&service, &visitor, &id, Step::Open).await
}

async fn ask_close(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    ask(&service, &visitor, &id, Step::Close).await
}

async fn ask_draw(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    ask(&service, &visitor, &id, Step::Draw).await
}

/// Takes a step and leads back to the call.
async fn take<F>(
    service: &Service,
    id: &str,
    form: &Form,
    step: Step,
    done: &'static str,
    act: Result<F, Problem>,
) -> Shown
where
    F: Fn(&mut Ctx<'_>, &Call, &str) -> Result<(), Error> + Send + Sync + 'static,
{
    let call_id = id.to_owned();
    let sent = match act {
        Ok(act) => {
            let act = move |ctx: &mut Ctx<'_>, call: &Call| {
                act(ctx, call, &call_id)?;
                Ok(format!("/entry-calls/{call_id}/applications?done={done}"))
            };
            form.submit(service, act).await
        }
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(form, problem)?;
            show::again(&step_page(service, &form.visitor, id, step, sheet).await?)
        }
    }
}

async fn open(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = |ctx: &mut Ctx<'_>, call: &Call, id: &str| open_entry_call(ctx, call, id).map(drop);
    take(&service, &id, &form, Step::Open, "opened", Ok(act)).await
}

async fn close(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = form
        .command::<CloseEntryCall>(CLOSE)
        .map(|cmd| move |ctx: &mut Ctx<'_>, call: &Call, id: &str| close_entry_call(ctx, call, id, &cmd).map(drop));
    take(&service, &id, &form, Step::Close, "closed", act).await
}

async fn draw(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = form
        .command::<DrawLottery>(DRAW)
        .map(|cmd| move |ctx: &mut Ctx<'_>, call: &Call, id: &str| draw_lottery(ctx, call, id, &cmd).map(drop));
    take(&service, &id, &form, Step::Draw, "drawn", act).await
}
