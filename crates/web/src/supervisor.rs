//! The supervisor's page behind the one-time link: no account, one look, one button.
//!
//! The token travels in bodies only: the module puts what stands behind `#token=` into the field, and
//! without JavaScript people paste the link itself. Who does not agree says why (差戻し), on the same page.

use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{OpenForm, Sheet, command};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use actix_web::web::Data;
use app::entries::acknowledgements::{
    AcknowledgementView, ObjectToApplication, PresentLink, acknowledge_application, object_to_application,
    view_acknowledgement,
};
use app::{Code, Error, FieldCode, Service};
use askama::Template;
use http_kit::Problem;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/acknowledgements", "page_acknowledgement", open)
        .post("/acknowledgements", "page_show_acknowledgement", look)
        .post("/acknowledgements/confirm", "page_acknowledge", acknowledge)
        .post("/acknowledgements/object", "page_object_to_application", object)
        .get("/acknowledgements/objected", "page_objected", objected)
        .get("/acknowledgements/done", "page_acknowledged", done);
}

const LINK: &Spec = &[("token", Kind::Empty)];

const OBJECTION: &Spec = &[("token", Kind::Empty), ("reason", Kind::Empty)];

const TITLE: &str = "上長の確認";

#[derive(Template)]
#[template(path = "supervisor/open.html")]
struct OpenPage {
    shell: Shell,
    sheet: Sheet,
}

async fn open(service: Data<Service>) -> Shown {
    show::page(&OpenPage { shell: Shell::open(&service, TITLE), sheet: Sheet::open() })
}

#[derive(Template)]
#[template(path = "supervisor/look.html")]
struct LookPage {
    shell: Shell,
    sheet: Sheet,
    application: AcknowledgementView,
}

/// The token of what was pasted: the token itself, or the whole link.
fn token(typed: &str) -> &str {
    let typed = typed.trim();
    typed.split_once("#token=").map_or(typed, |(_, token)| token.split('&').next().unwrap_or(token))
}

fn presented(form: &OpenForm) -> Result<(PresentLink, Fields), Problem> {
    let mut fields = Fields::default();
    fields.set("token", token(form.fields.get("token")));
    command(&fields, LINK).map(|cmd| (cmd, fields))
}

/// A link that opens nothing is a field to be typed again, not a missing page.
fn refused(service: &Service, form: &OpenForm, problem: Problem) -> Result<OpenPage, Refused> {
    let sentence = "この文字列では開けません。メールのリンク全体を、もう一度貼り付けてください。";
    let problem = match problem.code() {
        code if code == Code::NotFound.as_str() => Error::field("/token", FieldCode::Refused { sentence }).into(),
        _ => problem,
    };
    let sheet = Sheet::refused_open(&form.fields, problem)?;
    Ok(OpenPage { shell: Shell::open(service, TITLE), sheet })
}

async fn look(service: Data<Service>, form: OpenForm) -> Shown {
    let found = match presented(&form) {
        Ok((cmd, fields)) => {
            view_acknowledgement(&service, &form.meta, cmd).await.map(|view| (view, fields)).map_err(Into::into)
        }
        Err(problem) => Err(problem),
    };
    match found {
        Ok((application, fields)) => {
            let sheet = Sheet::open().with(fields);
            show::page(&LookPage { shell: Shell::open(&service, TITLE), sheet, application })
        }
        Err(problem) => show::again(&refused(&service, &form, problem)?),
    }
}

async fn acknowledge(service: Data<Service>, form: OpenForm) -> Shown {
    let sent = match presented(&form) {
        Ok((cmd, _)) => acknowledge_application(&service, &form.meta, cmd).await.map_err(Into::into),
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(_acknowledged) => Ok(show::to("/acknowledgements/done")),
        Err(problem) => show::again(&refused(&service, &form, problem)?),
    }
}

/// With a reason that is refused the same page comes back, the link still usable and what was typed in its field.
async fn object(service: Data<Service>, form: OpenForm) -> Shown {
    let mut fields = form.fields.clone();
    fields.set("token", token(form.fields.get("token")));
    let sent = match command::<ObjectToApplication>(&fields, OBJECTION) {
        Ok(cmd) => object_to_application(&service, &form.meta, cmd).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    let problem = match sent {
        Ok(_noted) => return Ok(show::to("/acknowledgements/objected")),
        Err(problem) => problem,
    };
    if problem.field_errors().iter().any(|error| error.pointer == "/reason") {
        let link = PresentLink { token: fields.get("token").to_owned() };
        if let Ok(application) = view_acknowledgement(&service, &form.meta, link).await {
            let sheet = Sheet::refused_open(&fields, problem)?;
            return show::again(&LookPage { shell: Shell::open(&service, TITLE), sheet, application });
        }
    }
    show::again(&refused(&service, &form, problem)?)
}

#[derive(Template)]
#[template(path = "supervisor/objected.html")]
struct ObjectedPage {
    shell: Shell,
}

async fn objected(service: Data<Service>) -> Shown {
    show::page(&ObjectedPage { shell: Shell::open(&service, "差し戻しました") })
}

#[derive(Template)]
#[template(path = "supervisor/done.html")]
struct DonePage {
    shell: Shell,
}

async fn done(service: Data<Service>) -> Shown {
    show::page(&DonePage { shell: Shell::open(&service, "確認しました") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_taken_as_a_whole_or_as_its_token() {
        for typed in [
            "yui_ack_x",
            " yui_ack_x\n",
            "https://yui.example.lg.jp/acknowledgements#token=yui_ack_x",
            "#token=yui_ack_x&a=b",
        ] {
            assert_eq!(token(typed), "yui_ack_x", "{typed}");
        }
    }
}
