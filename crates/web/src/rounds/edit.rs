//! Changing a round: its basis and members while it is a draft, and its end.

use super::{OnePage, one_page};
use crate::confirm::ConfirmPage;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::Data;
use app::Service;
use app::rounds::{self as area, RoundBasis, RoundView};
use askama::Template;
use domain::access::Action;
use http_kit::{Id, Ids, Problem};
use serde::Deserialize;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/rounds/{round_id}/edit", "page_edit_round", edit)
        .post("/rounds/{round_id}/edit", "page_change_round", change)
        .post("/rounds/{round_id}/members", "page_invite_member", invite)
        .post("/rounds/{round_id}/members/{member_id}/uninvite", "page_uninvite_member", uninvite)
        .get("/rounds/{round_id}/close", "page_ask_close_round", ask_close)
        .post("/rounds/{round_id}/close", "page_close_round", close);
}

const BASIS: &Spec = &[
    ("title", Kind::Text),
    ("product", Kind::Text),
    ("fiscal_year", Kind::Number),
    ("contract_mode", Kind::Text),
    ("census_year", Kind::Year),
    ("seats_counted_on", Kind::Date),
];
const INVITE: &Spec = &[("member_id", Kind::Text)];

#[derive(Template)]
#[template(path = "rounds/edit.html")]
struct EditPage {
    shell: Shell,
    sheet: Sheet,
    round: RoundView,
}

async fn read(service: &Service, visitor: &Visitor, id: String) -> Result<RoundView, Refused> {
    let round = service.read(visitor.call.clone(), move |ctx, call| area::get_round_alone(ctx, call, &id)).await?;
    visitor.permit(Action::ManageRounds, &round.consortium_id, None)?;
    Ok(round)
}

fn edit_page(service: &Service, visitor: &Visitor, sheet: Sheet, round: RoundView) -> EditPage {
    let shell = Shell::new(service, visitor, "調達回の内容を直す")
        .under("調達回", format!("/consortia/{}/rounds", round.consortium_id))
        .under(round.title.clone(), format!("/rounds/{}", round.id));
    EditPage { shell, sheet, round }
}

async fn edit(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let round = read(&service, &visitor, id).await?;
    let sheet = Sheet::editing(&visitor, &round, round.version);
    show::page(&edit_page(&service, &visitor, sheet, round))
}

async fn change(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let round_id = id.clone();
    let sent = form
        .send(&service, BASIS, move |ctx, call, cmd: &RoundBasis| {
            area::change_round(ctx, call, &round_id, cmd)?;
            Ok(format!("/rounds/{round_id}?done=saved"))
        })
        .await;
    let stale = is_stale(&sent);
    show::answer(&form, sent, async |sheet| {
        let round = read(&service, &form.visitor, id).await?;
        let sheet = if stale { sheet.beside(&round, round.version) } else { sheet };
        Ok(edit_page(&service, &form.visitor, sheet, round))
    })
    .await
}

/// Whether somebody else changed it first.
pub(crate) fn is_stale(sent: &Result<HttpResponse, Problem>) -> bool {
    sent.as_ref().is_err_and(|problem| problem.code() == app::Code::Stale.as_str())
}

async fn round_again(service: &Service, form: &Form, id: String, sent: Result<HttpResponse, Problem>) -> Shown {
    show::answer(form, sent, async |sheet| -> Result<OnePage, Refused> {
        one_page(service, &form.visitor, id, Some(sheet)).await
    })
    .await
}

#[derive(Deserialize)]
struct Invite {
    member_id: String,
}

async fn invite(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let round_id = id.clone();
    let sent = form
        .send(&service, INVITE, move |ctx, call, cmd: &Invite| {
            let consortium_id = area::get_round_alone(ctx, call, &round_id)?.consortium_id;
            let member = crate::towns::named(ctx, call, &consortium_id, "/member_id", &cmd.member_id)?;
            area::invite_member(ctx, call, &round_id, &member.id)?;
            Ok(format!("/rounds/{round_id}?done=saved#members"))
        })
        .await;
    round_again(&service, &form, id, sent).await
}

async fn uninvite(service: Data<Service>, Ids([id, member_id]): Ids<2>, form: Form) -> Shown {
    let round_id = id.clone();
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::uninvite_member(ctx, call, &round_id, &member_id)?;
        Ok(format!("/rounds/{round_id}?done=saved#members"))
    };
    let sent = form.submit(&service, act).await;
    round_again(&service, &form, id, sent).await
}

fn close_page(service: &Service, visitor: &Visitor, round: &RoundView) -> ConfirmPage {
    let back = format!("/rounds/{}", round.id);
    let shell = Shell::new(service, visitor, "調達回を終了する")
        .under("調達回", format!("/consortia/{}/rounds", round.consortium_id))
        .under(round.title.clone(), back.clone());
    let mut page = ConfirmPage::new(shell, visitor, format!("{back}/close"), "調達回を終了する", back);
    page.facts = vec![("件名", round.title.clone()), ("状態", super::stage(&round.stage).to_owned())];
    page.consequences = vec![
        "契約と席の台帳が締め切られ、席の割当て・移動・変更契約はできなくなります。".to_owned(),
        "終了した調達回は、元に戻せません。記録は引き続き閲覧できます。".to_owned(),
    ];
    page.danger = true;
    page
}

async fn ask_close(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let round = read(&service, &visitor, id).await?;
    show::page(&close_page(&service, &visitor, &round))
}

async fn close(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let round_id = id.clone();
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::close_round(ctx, call, &round_id)?;
        Ok(format!("/rounds/{round_id}?done=closed"))
    };
    let sent = form.submit(&service, act).await;
    show::answer(&form, sent, async |sheet| {
        let round = read(&service, &form.visitor, id).await?;
        Ok(ConfirmPage { sheet, ..close_page(&service, &form.visitor, &round) })
    })
    .await
}
