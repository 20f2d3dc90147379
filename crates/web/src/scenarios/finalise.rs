//! Finalising a scenario: asked once more, and a page with the receipt number when it is done.

use super::{facts, scenario, under_scenario};
use crate::confirm::ConfirmPage;
use crate::errors::Refused;
use crate::form::Form;
use crate::pages::Pages;
use crate::pricing::expired;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::Service;
use app::part::Part;
use app::rounds::RoundView;
use app::scenarios::finalise::finalise_scenario;
use app::scenarios::{ScenarioPart, ScenarioView};
use askama::Template;
use domain::access::Action;
use http_kit::Id;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/scenarios/{scenario_id}/finalise", "page_ask_finalise", ask)
        .post("/scenarios/{scenario_id}/finalise", "page_finalise_scenario", finalise)
        .get("/scenarios/{scenario_id}/finalised", "page_finalised", finalised);
}

async fn page(
    service: &Service,
    visitor: &Visitor,
    (detail, round): (ScenarioPart, RoundView),
) -> Result<ConfirmPage, Refused> {
    visitor.permit(Action::ManageScenarios, &round.consortium_id, None)?;
    let back = format!("/scenarios/{}", detail.scenario.id);
    let shell = under_scenario(service, visitor, &round, "試算を確定する".to_owned())
        .under(detail.scenario.name.clone(), back.clone());
    let (round_id, quote_id) = (round.id.clone(), detail.plan.view.inputs.quote.id.clone());
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let members = app::rounds::get_round(ctx, call, &round_id)?.members;
        Ok((members, app::pricing::get_quote(ctx, call, &quote_id)?))
    };
    let (members, quote) = service.read(visitor.call.clone(), read).await?;
    let left_out = detail.plan.left_out(&members);
    let until = words::date(&quote.valid_until_on);
    let late = if expired(&quote, &shell.at) {
        "（期限切れのため、このままでは確定できません）"
    } else {
        ""
    };
    let mut page = ConfirmPage::new(shell, visitor, format!("{back}/finalise"), "この試算で確定する", back);
    page.facts = facts(&detail.scenario);
    page.facts.push(("見積の有効期限", format!("{until}{late}")));
    if !left_out.is_empty() {
        page.facts.push(("回答がなく、含めていない団体", words::some_names(&left_out)));
    }
    page.facts.push(("按分の方法", detail.plan.view.sharing_rule));
    page.facts.push(("団体ごとの比較", detail.plan.view.fairness_sentence));
    page.consequences = vec![
        "確定は1つの調達回に1回だけで、取り消せません。ほかの試算では契約できなくなります。".to_owned(),
        "試算に含めた団体の担当者に、負担金の見込額をメールでお知らせします。".to_owned(),
        "計算のもとになった見積・回答・方法は、この時点のまま保存されます。".to_owned(),
    ];
    Ok(page)
}

async fn ask(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (detail, round) = scenario(&service, &visitor, id.clone(), Part::nothing()).await?;
    let is_settled = detail.scenario.finalised_at.is_some();
    let page = page(&service, &visitor, (detail, round)).await?;
    // There is nothing left to ask.
    if is_settled {
        return Ok(show::to(&format!("/scenarios/{id}/finalised")));
    }
    show::page(&page)
}

async fn finalise(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let scenario_id = id.clone();
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        finalise_scenario(ctx, call, &scenario_id)?;
        Ok(format!("/scenarios/{scenario_id}/finalised"))
    };
    let sent = form.submit(&service, act).await;
    let again = async |sheet| {
        let plan = scenario(&service, &form.visitor, id, Part::nothing()).await?;
        Ok(ConfirmPage { sheet, ..page(&service, &form.visitor, plan).await? })
    };
    show::answer(&form, sent, again).await
}

#[derive(Template)]
#[template(path = "scenarios/finalised.html")]
struct FinalisedPage {
    shell: Shell,
    scenario: ScenarioView,
    contracts: bool,
}

async fn finalised(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (detail, round) = scenario(&service, &visitor, id, Part::nothing()).await?;
    if detail.scenario.finalised_at.is_none() {
        return Ok(show::to(&format!("/scenarios/{}", detail.scenario.id)));
    }
    let contracts = round.stage == "finalised" && visitor.may(Action::ManageContracts, &round.consortium_id, None);
    let shell = under_scenario(&service, &visitor, &round, "試算を確定しました".to_owned());
    show::page(&FinalisedPage { shell, scenario: detail.scenario, contracts })
}
