//! The supervisor's page behind the one-time link: no account, one look, one button.
//!
//! The token travels in bodies only: the module puts what stands behind `#token=` into the field, and
//! without JavaScript people paste the link itself. Declining is a conversation, not a button.

use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{OpenForm, Sheet, command};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use actix_web::web::Data;
use app::entries::acknowledgements::{AcknowledgementView, PresentLink, acknowledge_application, view_acknowledgement};
use app::{Code, Error, FieldCode, Service};
use askama::Template;
use http_kit::Problem;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/acknowledgements", "page_acknowledgement", open)
        .post("/acknowledgements", "page_show_acknowledgement", look)
        .post("/acknowledgements/confirm", "page_acknowledge", acknowledge)
        .get("/acknowledgements/done", "page_acknowledged", done);
}

const LINK: &Spec = &[("token", Kind::Empty)];

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
