//! Exports of what is planned and agreed: members of a round, scenarios, contracts, amendments, requests.

use super::lists::{CODE, ID, REQUESTS, SEATS, TOWN, at, c, request_rows};
use super::{Asked, Export, Rows};
use crate::sorting::Sorting;
use app::page::every_by;
use app::{Call, Ctx};
use documents::Cell;

/// Every export of this file.
pub(super) const EXPORTS: &[Export] = &[
    Export {
        path: "/rounds/{round_id}/members/export",
        operation: "page_round_members_export",
        title: "調達回の参加団体",
        personal: None,
        columns: &[CODE, TOWN, c("区分", "代表団体、正会員、準会員"), c("人口", "人口（人）")],
        rows: members,
    },
    Export {
        path: "/rounds/{round_id}/scenarios/export",
        operation: "page_scenarios_export",
        title: "試算の一覧",
        personal: None,
        columns: &[
            ID,
            c("名前", "試算の名前"),
            c("状態", "試算、確定"),
            SEATS,
            c("総額", "総額（円、税込）"),
            c("作成日時", "作成した日時（日本時間）"),
            c("確定日時", "確定した日時（日本時間）"),
            c("結果の検証番号（SHA-256）", "結果のSHA-256"),
        ],
        rows: scenarios,
    },
    Export {
        path: "/consortia/{consortium_id}/contracts/export",
        operation: "page_contracts_export",
        title: "契約の一覧",
        personal: None,
        columns: &[
            ID,
            c("契約番号", "契約の番号"),
            c("事業者", "契約の相手方"),
            c("開始日", "契約の始まる日（西暦）"),
            c("終了日", "契約の終わる日（西暦）"),
            SEATS,
            c("税抜額", "税抜きの額（円）"),
            c("消費税額", "消費税の額（円）"),
            c("税込額", "税込みの額（円）"),
            c("状態", "開始前、契約中、終了"),
        ],
        rows: contracts,
    },
    Export {
        path: "/contracts/{contract_id}/amendments/export",
        operation: "page_amendments_export",
        title: "変更契約・追加発注",
        personal: None,
        columns: &[
            ID,
            c("適用日", "適用する日（西暦）"),
            SEATS,
            c("税抜額", "税抜きの額（円）"),
            c("消費税額", "消費税の額（円）"),
            c("税込額", "税込みの額（円）"),
            c("理由", "変更の理由"),
            c("登録日時", "登録した日時（日本時間）"),
        ],
        rows: amendments,
    },
    Export {
        path: "/consortia/{consortium_id}/seat-requests/export",
        operation: "page_consortium_requests_export",
        title: "追加配分の申請",
        personal: None,
        columns: REQUESTS,
        rows: requests,
    },
];

fn members(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let mut members = app::rounds::get_round(ctx, call, &asked.id)?.members;
    let _order = Sorting::asked(asked.query.get("sort")).put(&mut members, crate::rounds::MEMBERS)?;
    let row = |member: app::rounds::InvitedView| {
        let class = match (member.is_lead, member.member_class.as_str()) {
            (true, _) => "代表団体",
            (false, "associate") => "準会員",
            (false, _) => "正会員",
        };
        vec![member.municipality_code.into(), member.name.into(), class.into(), member.population.into()]
    };
    Ok(members.into_iter().map(row).collect())
}

fn scenarios(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| app::scenarios::list_scenarios(ctx, call, &asked.id, page))?;
    let row = |scenario: app::scenarios::ScenarioView| {
        vec![
            scenario.id.into(),
            scenario.name.into(),
            if scenario.state == "finalised" { "確定" } else { "試算" }.into(),
            scenario.seats.into(),
            scenario.total_yen.into(),
            at(scenario.created_at),
            scenario.finalised_at.map_or(Cell::Empty, at),
            scenario.result_hash.into(),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn contracts(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let items = every_by(&asked.page(), |page| app::contracts::list_contracts(ctx, call, &asked.id, page))?;
    let now = ctx.now;
    let row = |contract: app::contracts::ContractView| {
        let state = crate::contracts::state(&contract, &now).1;
        vec![
            contract.id.into(),
            contract.number.into(),
            contract.vendor.into(),
            contract.starts_on.to_string().into(),
            contract.ends_on.to_string().into(),
            contract.seats.into(),
            contract.ex_tax_yen.into(),
            contract.tax_yen.into(),
            contract.total_yen.into(),
            state.into(),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn amendments(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let mut items = app::contracts::list_amendments(ctx, call, &asked.id)?.items;
    let _order = Sorting::asked(asked.query.get("amendments")).put(&mut items, crate::contracts::AMENDMENTS)?;
    let row = |amendment: app::contracts::AmendmentView| {
        let total = amendment.total_yen();
        vec![
            amendment.id.into(),
            amendment.effective_on.to_string().into(),
            amendment.seats.into(),
            amendment.ex_tax_yen.into(),
            amendment.tax_yen.into(),
            total.into(),
            amendment.reason.into(),
            at(amendment.created_at),
        ]
    };
    Ok(items.into_iter().map(row).collect())
}

fn requests(ctx: &mut Ctx<'_>, call: &Call, asked: &Asked) -> Rows {
    let wanted = asked.some("state");
    let list = app::requests::list_consortium_seat_requests;
    let items = every_by(&asked.page(), |page| list(ctx, call, &asked.id, wanted.as_deref(), page))?;
    request_rows(ctx, call, &asked.id, items)
}
