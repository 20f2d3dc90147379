//! The scenario lab: every change of the form is calculated by the server without saving, with and without JavaScript.
//! The form is sent by GET, so that its address is the scenario; what is shown is saved by a second, small form.

use super::plan::Plan;
use super::under_scenario;
use crate::errors::Refused;
use crate::fields::Fields;
use crate::form::{Form, Sheet};
use crate::pager::Asked;
use crate::pages::Pages;
use crate::pricing::expired;
use crate::shell::Shell;
use crate::show::{self, Shown, encode};
use crate::towns::{FEW, Towns};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::demand::SurveyView;
use app::pricing::QuoteView;
use app::pricing::compare::{CompareQuery, compare_quotes};
use app::rounds::{InvitedView, RoundView};
use app::scenarios::presets::{mixture, presets};
use app::scenarios::{self as area, CreateScenario};
use app::{Code, PageQuery, Service};
use askama::Template;
use domain::access::Action;
use domain::municipality::MunicipalityCode;
use http_kit::{Id, Problem};
use serde_json::{Map, Value, json};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/rounds/{round_id}/scenarios/new", "page_new_scenario", lab).post(
        "/rounds/{round_id}/scenarios/new",
        "page_create_scenario",
        save,
    );
}

const DEMANDS: [(&str, &str); 4] = [
    ("base", "標準の席数"),
    ("low", "少なめの席数"),
    ("high", "多めの席数"),
    ("price_points", "標準の席数（単価の条件を満たせば増やす）"),
];
/// A method: its word, its name, what it does.
pub(crate) type Method = (&'static str, &'static str, &'static str);

const RULES: [Method; 9] = [
    (
        "webster",
        "ウェブスター方式（サン・ラグ方式）",
        "重みに比例した席数を四捨五入し、合計が合うように割る数を調整します。大きい団体にも小さい団体にも偏りません。",
    ),
    (
        "largest_remainder",
        "最大剰余法",
        "重みに比例した席数の整数部分をまず配り、残った席を端数の大きい団体から1席ずつ配ります。",
    ),
    (
        "adams",
        "アダムズ方式（小さい団体に手厚い）",
        "重みに比例した席数の端数を切り上げ、合計が合うように割る数を調整します。",
    ),
    (
        "hill",
        "ハンティントン・ヒル方式",
        "四捨五入の境目を、前後の席数の相乗平均とします。ウェブスター方式より、わずかに小さい団体に手厚くなります。",
    ),
    (
        "jefferson",
        "ジェファーソン方式（ドント方式）",
        "重みに比例した席数の端数を切り捨て、合計が合うように割る数を調整します。大きい団体に手厚くなります。",
    ),
    (
        "proportional_to_request",
        "希望席数への比例配分",
        "どの団体にも、希望した席数の同じ割合を配ります。多めに希望した団体が得をします。",
    ),
    (
        "constrained_equal_awards",
        "均等配分（希望席数を上限）",
        "希望した席数に届くまで、どの団体にも同じ席数を配ります。希望の少ない団体から満たされます。",
    ),
    (
        "constrained_equal_losses",
        "不足の均等配分",
        "足りない席を、どの団体も同じ席数だけ減らします（0席より少なくはなりません）。",
    ),
    (
        "talmud",
        "タルムード方式",
        "席が希望の半分に足りないときは希望の半分を上限に均等に配り、半分を超えるときは足りない分を均等に減らします。",
    ),
];
const WEIGHTS: [(&str, &str); 3] = [("population", "人口"), ("equal", "各団体を同じ"), ("request", "希望席数")];
const KINDS: [Method; 8] = [
    (
        "mixture",
        "均等割・人口割・席数割を組み合わせる",
        "金額を3つに分け、団体の数、人口、席数のそれぞれで割ります。協議会の規約で割合を決めることの多い方法です。",
    ),
    (
        "stand_alone_proportional",
        "単独調達額に比例",
        "1団体だけで契約した場合の金額に比例して負担します。どの団体も、安くなる割合が同じになります。",
    ),
    ("equal_saving", "節約額の均等", "1団体だけで契約した場合より安くなる額が、どの団体も同じになるように負担します。"),
    (
        "shapley",
        "シャープレイ値",
        "団体が1つずつ加わるとき、加わったことで増える金額を、あらゆる順番について平均した額を負担します。",
    ),
    (
        "nucleolus",
        "仁（ニュークレオラス）",
        "どの団体の集まりも「自分たちだけで契約した方がよい」と思いにくいように、最も得の小さい集まりの得をできるだけ大きくします。",
    ),
    (
        "aumann_shapley",
        "オーマン・シャープレイ価格",
        "席が1席ずつ増えていくときの平均の単価を、席数に掛けた額を負担します。1種類の契約では席数割と同じです。",
    ),
    (
        "serial",
        "逐次費用配分",
        "席数の少ない団体と同じ席数までの金額は全団体で等しく分け、それを超える分は、より多くの席を使う団体だけで分けます。",
    ),
    (
        "scrb",
        "分離費用・残余便益法",
        "その団体が加わったことで増える金額をまず負担し、残りの共通の金額を、単独で契約した場合との差に比例して負担します。",
    ),
];

/// The methods as the options of a choice.
pub(crate) fn options(methods: &[Method]) -> Vec<(&'static str, &'static str)> {
    methods.iter().map(|(word, name, _)| (*word, *name)).collect()
}

const ROUNDINGS: [(&str, &str); 4] = [
    ("largest_remainder", "最大剰余法（端数の大きい団体から1単位ずつ）"),
    ("floor", "切捨て（残りは指定した団体が負担）"),
    ("half_up", "四捨五入（差額は指定した団体が負担）"),
    ("ceil", "切上げ（差額は指定した団体で調整）"),
];
const UNITS: [(&str, &str); 3] = [("1", "1円"), ("100", "100円"), ("1000", "1,000円")];

#[derive(Template)]
#[template(path = "scenarios/lab.html")]
struct LabPage {
    shell: Shell,
    sheet: Sheet,
    round: RoundView,
    quotes: Vec<QuoteView>,
    surveys: Vec<SurveyView>,
    /// Members that can be named; by code.
    towns: Towns,
    /// Rows for numbers that replace those of the answers: where they stand in the form, and the town they are of.
    rows: Vec<(usize, String)>,
    plan: Option<Plan>,
    /// Words and address of each published preset.
    presets: Vec<(String, String)>,
    /// What the second form carries.
    carried: Vec<(String, String)>,
    seats_percent: String,
    /// Why nothing can be saved here; none where it can.
    unsaved: Option<&'static str>,
    /// Nothing was asked for yet, and there are no answers to propose anything from.
    waits: bool,
    /// Members of the round that the calculation does not know, for want of an answer.
    left_out: Vec<String>,
}

impl LabPage {
    fn quote_options(&self) -> Vec<(&str, String)> {
        let option = |quote: &QuoteView| format!("{}「{}」", quote.vendor, quote.title);
        self.quotes.iter().map(|quote| (quote.id.as_str(), option(quote))).collect()
    }

    /// The quote that is used, when the vendor no longer stands by it.
    fn expired_quote(&self) -> Option<&QuoteView> {
        // What is settled needs no quote any more.
        let used = self.plan.as_ref().filter(|_| self.unsaved.is_none())?.view.inputs.quote.id.as_str();
        self.quotes.iter().find(|quote| quote.id == used && expired(quote, &self.shell.at))
    }

    fn survey_options(&self) -> Vec<(&str, &str)> {
        self.surveys.iter().map(|survey| (survey.id.as_str(), survey.title.as_str())).collect()
    }

    /// Whether a number of a town was refused: it stands behind a fold.
    fn overrides_refused(&self) -> bool {
        let errors = self.sheet.summary.iter().flat_map(|summary| &summary.errors);
        errors.into_iter().any(|(name, _)| name.starts_with("overrides/"))
    }

    fn mixes(&self) -> bool {
        matches!(self.sheet.value("sharing/rule/kind"), "" | "mixture")
    }
}

/// The command that the fields describe; named as its pointers, but equal and population parts leave the rest to seats.
fn command(fields: &Fields, members: &[InvitedView]) -> Result<CreateScenario, Problem> {
    let some = |name: &str| Some(fields.get(name).trim()).filter(|value| !value.is_empty());
    let number = |text: &str| domain::typed::read_number(text).map_or_else(|| json!(text), Value::from);
    let or = |name: &str, default: &str| some(name).unwrap_or(default).to_owned();
    let mut cmd = Map::new();
    cmd.insert("name".to_owned(), json!(some("name").unwrap_or_default()));
    cmd.insert("quote_id".to_owned(), json!(some("quote_id").unwrap_or_default()));
    cmd.insert("demand".to_owned(), json!(or("demand", "base")));
    if let Some(survey) = some("survey_id") {
        cmd.insert("survey_id".to_owned(), json!(survey));
    }
    if let Some(supply) = some("supply") {
        cmd.insert("supply".to_owned(), number(supply));
    }
    let tie = match some("allocation/tie_break/seed") {
        Some(seed) => json!({"by": "lottery", "seed": seed}),
        None => json!({"by": "key"}),
    };
    let allocation = json!({"rule": or("allocation/rule", "webster"), "weights": or("allocation/weights", "population"), "tie_break": tie});
    cmd.insert("allocation".to_owned(), allocation);
    cmd.insert("sharing".to_owned(), sharing(fields, members)?);
    let overrides = fields.rows("overrides").into_iter().map(|at| {
        let value = |part: &str| some(&format!("overrides/{at}/{part}")).map(number);
        // Where every town has its row, the row says which; else somebody typed it.
        let typed = fields.get(&format!("overrides/{at}/member_id"));
        let town = if typed.is_empty() { members.get(at) } else { named(members, typed) };
        let member_id = town.map_or(typed, |town| town.member_id.as_str());
        let (request, guarantee, cap) = (value("request"), value("guarantee"), value("budget_cap_yen"));
        json!({"member_id": member_id, "request": request, "guarantee": guarantee, "budget_cap_yen": cap})
    });
    cmd.insert("overrides".to_owned(), Value::Array(overrides.collect()));
    crate::form::whole(http_kit::json::form(Value::Object(cmd))?)
}

/// The member that somebody named by its code or its name.
fn named<'a>(members: &'a [InvitedView], typed: &str) -> Option<&'a InvitedView> {
    let code = MunicipalityCode::parse(typed).map(|code| code.as_str().to_owned()).unwrap_or_default();
    let is = |member: &&InvitedView| {
        [member.municipality_code.as_str(), member.name.as_str()].contains(&typed.trim())
            || member.municipality_code == code
    };
    members.iter().find(is)
}

/// Where numbers can be replaced: a row for each town, or, where there are too many, those in use and three more.
fn rows(fields: &Fields, members: &[InvitedView]) -> Vec<(usize, String)> {
    if members.len() <= FEW {
        return members.iter().enumerate().map(|(at, member)| (at, member.name.clone())).collect();
    }
    let used = fields.rows("overrides");
    let next = used.last().map_or(0, |last| last.saturating_add(1));
    used.into_iter().chain(next..next.saturating_add(3)).map(|at| (at, String::new())).collect()
}

/// `12.5％` as `12.5`.
fn percent(text: &str) -> String {
    domain::typed::read_percent(text).map_or_else(|| text.to_owned(), |ratio| words::percent(&ratio))
}

fn sharing(fields: &Fields, members: &[InvitedView]) -> Result<Value, Problem> {
    let get = |name: &str, default: &str| {
        Some(fields.get(name)).filter(|text| !text.is_empty()).unwrap_or(default).to_owned()
    };
    let kind = get("sharing/rule/kind", "mixture");
    let rule = if kind == "mixture" {
        let (equal, population) = (get("sharing/rule/equal", "0"), get("sharing/rule/population", "0"));
        let sentence = "均等割と人口割は、0以上の数で、合わせて100％以下にしてください。残りが席数割になります。";
        let refused = || app::Error::field("/sharing/rule/equal", app::FieldCode::Refused { sentence });
        mixture(&percent(&equal), &percent(&population)).ok_or_else(refused)?
    } else {
        json!({"kind": kind})
    };
    let unit: i64 = get("sharing/rounding/unit_yen", "1").parse().unwrap_or(1);
    let mode = get("sharing/rounding/mode", "largest_remainder");
    let mut rounding = json!({"mode": mode, "unit_yen": unit});
    let to = get("sharing/rounding/remainder_to", "");
    if let (false, Some(object)) = (to.is_empty(), rounding.as_object_mut()) {
        let code = named(members, &to).map_or(to.as_str(), |member| member.municipality_code.as_str());
        object.insert("remainder_to".to_owned(), json!(code));
    }
    Ok(json!({"rule": rule, "rounding": rounding}))
}

/// The quote that costs least for what was surveyed; none where nothing was.
fn cheapest(ctx: &mut app::Ctx<'_>, call: &app::Call, round_id: &str) -> Result<Option<String>, app::Error> {
    let at = |from: i64, at: Option<i64>| CompareQuery { from, to: from, at };
    let Some(surveyed) = compare_quotes(ctx, call, round_id, &at(1, None))?.at.filter(|seats| *seats > 0) else {
        return Ok(None);
    };
    let found = compare_quotes(ctx, call, round_id, &at(surveyed, Some(surveyed)))?;
    Ok(found.cheapest.into_iter().next().map(|stretch| stretch.quote_id))
}

/// The fields of a first visit: the cheapest quote, the last survey, everything by seats.
fn suggested(quotes: &[QuoteView], cheapest: Option<&str>, scenarios: usize) -> Fields {
    let mut fields = Fields::default();
    let name = format!("試算{}", scenarios.saturating_add(1));
    for (field, value) in [
        ("name", name.as_str()),
        ("quote_id", cheapest.or(quotes.last().map(|quote| quote.id.as_str())).unwrap_or_default()),
        ("demand", "base"),
        ("allocation/rule", "webster"),
        ("allocation/weights", "population"),
        ("sharing/rule/kind", "mixture"),
        ("sharing/rule/equal", "0"),
        ("sharing/rule/population", "0"),
        ("sharing/rounding/mode", "largest_remainder"),
        ("sharing/rounding/unit_yen", "1"),
    ] {
        fields.set(field, value);
    }
    fields
}

/// The lab with these fields; `refused` is a save that was not accepted.
async fn page(
    service: &Service,
    visitor: &Visitor,
    id: String,
    typed: Option<Fields>,
    refused: Option<Sheet>,
) -> Result<LabPage, Refused> {
    let asked = Asked::of(visitor);
    let part = asked.part();
    let first = typed.is_none();
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let all = PageQuery { limit: Some(100), ..PageQuery::default() };
        let detail = app::rounds::get_round(ctx, call, &id)?;
        let quotes = app::pricing::list_quotes(ctx, call, &id, &all)?.items;
        let mut surveys = app::demand::list_surveys(ctx, call, &id)?.items;
        surveys.retain(|survey| survey.state != "draft");
        let scenarios = area::list_scenarios(ctx, call, &id, &all)?.items.len();
        let cheapest = cheapest(ctx, call, &id)?;
        let mut fields = suggested(&quotes, cheapest.as_deref(), scenarios);
        typed.iter().flat_map(Fields::pairs).for_each(|(name, value)| fields.set(name, value));
        let preview = match (quotes.is_empty(), command(&fields, &detail.members)) {
            (true, _) => None,
            (false, Err(problem)) => Some(Err(problem)),
            (false, Ok(cmd)) => match area::show_preview(ctx, call, &id, &cmd, &part) {
                Err(error @ (app::Error::Invalid(_) | app::Error::Rule(_))) => Some(Err(Problem::from(error))),
                other => Some(Ok(other?)),
            },
        };
        Ok((detail, quotes, surveys, fields, preview))
    };
    let (detail, quotes, surveys, fields, preview) = service.read(visitor.call.clone(), read).await?;
    let round = detail.round;
    let manages = visitor.may(Action::ManageScenarios, &round.consortium_id, None);
    let unsaved = if manages { settled(&round.stage) } else { Some(ONLY_LEAD) };
    let left_out = match &preview {
        Some(Ok(plan)) => plan.left_out(&detail.members),
        _ => Vec::new(),
    };
    let (plan, fault) = match preview {
        Some(Ok(plan)) => (Some(Plan::new(plan, asked)), None),
        Some(Err(problem)) => (None, Some(problem)),
        None => (None, None),
    };
    let waits = first && fault.as_ref().is_some_and(|fault| fault.code() == Code::NoDemand.as_str());
    let fault = fault.filter(|_| !waits);
    let sheet = match (refused, fault) {
        (Some(sheet), _) => sheet,
        (None, Some(problem)) => Sheet::refused_open(&fields, problem)?.of(visitor),
        (None, None) => Sheet::blank(visitor).with(fields.clone()),
    };
    let carried: Vec<(String, String)> = fields
        .pairs()
        .filter(|(name, value)| !name.starts_with('_') && !["page", "town", "all"].contains(name) && !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let shell = under_scenario(service, visitor, &round, "試算する".to_owned());
    let part = |name: &str| Some(percent(fields.get(name))).filter(|part| !part.is_empty()).unwrap_or("0".to_owned());
    let seats_percent = seats_percent(&part("sharing/rule/equal"), &part("sharing/rule/population"));
    let lead = detail.members.iter().find(|member| member.is_lead).or(detail.members.first());
    let presets = preset_links(&round.id, &carried, lead.map_or("", |member| member.municipality_code.as_str()));
    let rows = rows(&fields, &detail.members);
    let by_code = |member: InvitedView| (member.municipality_code, member.name);
    let towns = Towns::listed(detail.members.into_iter().map(by_code).collect(), false);
    Ok(LabPage {
        shell,
        sheet,
        round,
        quotes,
        surveys,
        towns,
        rows,
        plan,
        presets,
        carried,
        seats_percent,
        unsaved,
        waits,
        left_out,
    })
}

const ONLY_LEAD: &str = "試算を保存できるのは県の担当者だけです。ここでは、条件を変えて見比べることだけができます。";

/// Why a scenario of a round in this stage can no longer be saved; none where it can.
fn settled(stage: &str) -> Option<&'static str> {
    match stage {
        "draft" | "surveying" | "quoting" => None,
        "finalised" => Some(
            "この調達回は試算が確定しているため、新しい試算は保存できません。ここでは、条件を変えて見比べることだけができます。",
        ),
        _ => Some(
            "この調達回は契約が済んでいるため、新しい試算は保存できません。ここでは、条件を変えて見比べることだけができます。",
        ),
    }
}

/// One link for each published agreement: the form as it is, with the parts of the agreement.
fn preset_links(round_id: &str, carried: &[(String, String)], remainder_to: &str) -> Vec<(String, String)> {
    let link = |preset: app::scenarios::presets::PresetView| {
        let mut fields = Fields::default();
        carried.iter().for_each(|(name, value)| fields.set(name, value.clone()));
        fields.set("sharing/rule/kind", "mixture");
        fields.set("sharing/rule/equal", preset.equal.clone());
        fields.set("sharing/rule/population", preset.population.clone());
        let cut = preset.cut_unit_yen.map(|unit| unit.to_string());
        fields.set("sharing/rounding/mode", if cut.is_some() { "floor" } else { "largest_remainder" });
        fields.set("sharing/rounding/unit_yen", cut.clone().unwrap_or_else(|| "1".to_owned()));
        fields.set("sharing/rounding/remainder_to", if cut.is_some() { remainder_to } else { "" });
        let query: Vec<String> =
            fields.pairs().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let words = format!("{}（{}）", preset.source, split(&preset.equal, &preset.population));
        (words, format!("/rounds/{round_id}/scenarios/new?{}", query.join("&")))
    };
    presets().into_iter().map(link).collect()
}

/// `均等割6％・人口割94％`: the parts that are not nothing.
fn split(equal: &str, population: &str) -> String {
    let seats = seats_percent(equal, population);
    [("均等割", equal), ("人口割", population), ("席数割", seats.as_str())]
        .into_iter()
        .filter(|(_, part)| *part != "0")
        .map(|(name, part)| format!("{name}{part}％"))
        .collect::<Vec<_>>()
        .join("・")
}

/// What equal parts and population leave to seats.
fn seats_percent(equal: &str, population: &str) -> String {
    let rule = mixture(equal, population);
    let seats = rule.as_ref().and_then(|rule| rule.get("seats")?.as_str());
    seats.unwrap_or("―").to_owned()
}

async fn lab(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let typed = visitor.uri.split_once('?').map(|(_, query)| Fields::parse(query.as_bytes()));
    let typed = typed.filter(|fields| !fields.get("quote_id").is_empty());
    show::page(&page(&service, &visitor, id, typed, None).await?)
}

async fn save(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let (round_id, fields) = (id.clone(), form.fields.clone());
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let members = app::rounds::get_round(ctx, call, &round_id)?.members;
        let cmd = command(&fields, &members).map_err(|_refused| unreadable())?;
        let made = area::create_scenario(ctx, call, &round_id, &cmd)?;
        Ok(format!("/scenarios/{}?done=saved", made.scenario.id))
    };
    let sent = form.submit(&service, act).await;
    show::answer(&form, sent, async |sheet| {
        page(&service, &form.visitor, id, Some(form.fields.clone()), Some(sheet)).await
    })
    .await
}

/// What the preview shows in detail already.
fn unreadable() -> app::Error {
    let sentence = "入力した値を読み取れません。上の欄を直してください。";
    app::Error::field("/sharing/rule/equal", app::FieldCode::Refused { sentence })
}
