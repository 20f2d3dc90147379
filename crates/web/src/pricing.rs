//! Quotes (見積) of a round: the list, entering and changing one. Comparing them stands in `pricing/compare.rs`.

mod compare;

use crate::demand::under_round;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::pricing::{self as area, QuoteContent, QuoteView};
use app::rounds::RoundView;
use app::{Page, Service};
use askama::Template;
use chrono::{DateTime, Utc};
use domain::access::Action;
use http_kit::Id;
use serde_json::Value;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/rounds/{round_id}/quotes", "page_quotes", list)
        .get("/rounds/{round_id}/quotes/new", "page_new_quote", new)
        .post("/rounds/{round_id}/quotes/new", "page_create_quote", create)
        .get("/quotes/{quote_id}", "page_quote", one)
        .get("/quotes/{quote_id}/edit", "page_edit_quote", edit)
        .post("/quotes/{quote_id}/edit", "page_change_quote", change);
    compare::pages(pages);
}

const QUOTE: &Spec = &[
    ("vendor", Kind::Text),
    ("title", Kind::Text),
    ("valid_until_on", Kind::Date),
    ("schedule/mode", Kind::Text),
    ("schedule/tiers/*/up_to", Kind::Number),
    ("schedule/tiers/*/unit", Kind::Price),
    ("schedule/tiers/*/flat", Kind::Number),
    ("schedule/fixed_fee", Kind::Number),
    ("schedule/minimum_commitment", Kind::Number),
    ("schedule/buy_up", Kind::Flag),
    ("schedule/pack_size", Kind::Number),
    ("tax_rate", Kind::Percent),
    ("tax_included", Kind::Flag),
    ("note", Kind::Text),
];

/// The price modes with what they mean.
pub(crate) const MODES: [(&str, &str); 5] = [
    ("volume", "全量適用（総席数が入る区分の単価を、全席に適用する）"),
    ("graduated", "段階適用（区分ごとに、その区分の席だけに単価を適用する）"),
    ("per_seat", "一律単価（席数によらず同じ単価）"),
    ("flat", "定額（席数によらず同じ金額）"),
    ("package", "パッケージ（決まった席数の組で購入する）"),
];

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// 価格方式 of a schedule, short.
fn mode(quote: &QuoteView) -> &'static str {
    let mode = quote.schedule.get("mode").and_then(Value::as_str).unwrap_or_default();
    let found = MODES.iter().find(|(word, _)| *word == mode);
    found.and_then(|(_, name)| name.split('（').next()).unwrap_or("―")
}

/// An exact amount of a schedule as people write it.
pub(crate) fn amount(exact: &str) -> String {
    match exact.split_once('/') {
        Some((over, under)) => {
            let nearest = over.parse().ok().zip(under.parse().ok());
            let nearest = nearest.and_then(|(over, under)| words::nearest(over, under));
            nearest.map_or_else(|| exact.to_owned(), |whole| format!("約{}円", words::number(&whole)))
        }
        None => match exact.split_once('.') {
            Some((whole, part)) => {
                whole.parse::<i64>().map_or_else(|_| exact.to_owned(), |w| format!("{}.{part}円", words::number(&w)))
            }
            None => exact.parse::<i64>().map_or_else(|_| exact.to_owned(), |whole| words::yen(&whole)),
        },
    }
}

/// The seats of a pack, where seats are sold in packs.
fn pack(quote: &QuoteView) -> Option<String> {
    let schedule = &quote.schedule;
    let in_packs = schedule.get("mode").and_then(Value::as_str) == Some("package");
    schedule.get("pack_size").filter(|_| in_packs).map(text)
}

/// The tiers in words: `1～99席：1席30,000円`.
fn tiers(quote: &QuoteView) -> Vec<(String, String)> {
    let each = pack(quote).map_or_else(|| "1席".to_owned(), |size| format!("1組（{size}席）"));
    let mut from = 1_u64;
    let mut rows = Vec::new();
    for tier in quote.schedule.get("tiers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
        let up_to = tier.get("up_to").and_then(Value::as_u64);
        let range = match up_to {
            Some(up_to) => format!("{from}～{up_to}席"),
            None if from == 1 => "席数によらず".to_owned(),
            None => format!("{from}席以上"),
        };
        let part = |key: &str| tier.get(key).map(text).filter(|amount| amount != "0");
        let unit = part("unit").map(|unit| format!("{each}{}", amount(&unit)));
        let flat = part("flat").map(|flat| format!("区分の定額{}", amount(&flat)));
        let prices: Vec<String> = unit.into_iter().chain(flat).collect();
        rows.push((range, if prices.is_empty() { "0円".to_owned() } else { prices.join("＋") }));
        from = up_to.map_or(from, |up_to| up_to.saturating_add(1));
    }
    rows
}

fn tax(quote: &QuoteView) -> String {
    format!("{}％（{}）", words::percent(&quote.tax_rate), if quote.tax_included { "税込価格" } else { "税抜価格" })
}

/// Whether the vendor no longer stands by a quote, at this instant.
pub(crate) fn expired(quote: &QuoteView, at: &DateTime<Utc>) -> bool {
    !area::stands(quote.valid_until_on, *at)
}

#[derive(Template)]
#[template(path = "pricing/list.html")]
struct ListPage {
    shell: Shell,
    round: RoundView,
    quotes: Page<QuoteView>,
    next: Option<String>,
    manages: bool,
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = visitor.page(None);
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        Ok((app::rounds::get_round_alone(ctx, call, &id)?, area::list_quotes(ctx, call, &id, &query)?))
    };
    let (round, quotes) = service.read(visitor.call.clone(), read).await?;
    let next = visitor.next_page(quotes.next_cursor.as_deref());
    let manages = visitor.may(Action::ManageQuotes, &round.consortium_id, None);
    let shell = under_round(&service, &visitor, &round, "見積");
    show::page(&ListPage { shell, round, quotes, next, manages })
}

#[derive(Template)]
#[template(path = "pricing/form.html")]
struct FormPage {
    shell: Shell,
    sheet: Sheet,
    action: String,
    back: String,
    sample: [(&'static str, &'static str); 5],
}

impl FormPage {
    fn new(shell: Shell, sheet: Sheet, action: String, back: String) -> Self {
        Self { shell, sheet, action, back, sample: MODES }
    }

    /// Rows of tiers to draw: what is filled in and two more, three at least.
    fn rows(&self) -> Vec<usize> {
        let rows = self.sheet.rows("schedule/tiers", 2);
        if rows.len() < 4 { self.sheet.rows("schedule/tiers", 4) } else { rows }
    }
}

async fn round(service: &Service, visitor: &Visitor, id: String) -> Result<RoundView, Refused> {
    let round =
        service.read(visitor.call.clone(), move |ctx, call| app::rounds::get_round_alone(ctx, call, &id)).await?;
    visitor.permit(Action::ManageQuotes, &round.consortium_id, None)?;
    Ok(round)
}

fn new_page(service: &Service, visitor: &Visitor, round: &RoundView, sheet: Sheet) -> FormPage {
    let back = format!("/rounds/{}/quotes", round.id);
    let shell = under_round(service, visitor, round, "見積を登録する").under("見積", back.clone());
    FormPage::new(shell, sheet, format!("{back}/new"), back)
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let round = round(&service, &visitor, id).await?;
    let sheet =
        Sheet::blank(&visitor).set("tax_rate", "10").set("schedule/mode", "volume").set("schedule/buy_up", "true");
    show::page(&new_page(&service, &visitor, &round, sheet))
}

async fn create(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let round_id = id.clone();
    let sent = form
        .send(&service, QUOTE, move |ctx, call, cmd: &QuoteContent| {
            area::create_quote(ctx, call, &round_id, cmd)?;
            Ok(format!("/rounds/{round_id}/quotes?done=created"))
        })
        .await;
    show::answer(&form, sent, async |sheet| {
        let round = round(&service, &form.visitor, id).await?;
        Ok(new_page(&service, &form.visitor, &round, sheet))
    })
    .await
}

async fn quote(service: &Service, visitor: &Visitor, id: String) -> Result<(QuoteView, RoundView), Refused> {
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let quote = area::get_quote(ctx, call, &id)?;
        let round = app::rounds::get_round_alone(ctx, call, &quote.round_id)?;
        Ok((quote, round))
    };
    Ok(service.read(visitor.call.clone(), read).await?)
}

#[derive(Template)]
#[template(path = "pricing/one.html")]
struct OnePage {
    shell: Shell,
    quote: QuoteView,
    manages: bool,
}

/// Whether there is a later tier up to which more could be bought.
pub(crate) fn has_tiers(schedule: &Value) -> bool {
    schedule.get("tiers").and_then(Value::as_array).is_some_and(|tiers| tiers.len() > 1)
}

/// What else the schedule says: label and words.
fn terms(quote: &QuoteView) -> Vec<(&'static str, String)> {
    let schedule = &quote.schedule;
    let some = |key: &str| schedule.get(key).filter(|value| !value.is_null()).map(text).filter(|text| text != "0");
    let mut terms = Vec::new();
    terms.extend(some("fixed_fee").map(|fee| ("固定費", amount(&fee))));
    terms.extend(some("minimum_commitment").map(|least| ("最低契約額", amount(&least))));
    terms.extend(pack(quote).map(|size| ("組の席数", format!("{size}席"))));
    if has_tiers(schedule) {
        let buys = schedule.get("buy_up").and_then(Value::as_bool) == Some(true);
        terms.push(("多めの購入", if buys { "安くなる場合は上の区分まで購入する" } else { "しない" }.to_owned()));
    }
    terms
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (quote, round) = quote(&service, &visitor, id).await?;
    let manages = visitor.may(Action::ManageQuotes, &round.consortium_id, None)
        && matches!(round.stage.as_str(), "draft" | "surveying" | "quoting");
    let shell = under_round(&service, &visitor, &round, quote.title.clone())
        .under("見積", format!("/rounds/{}/quotes", round.id));
    show::page(&OnePage { shell, quote, manages })
}

/// A quote as its form shows it: the tax in percent.
fn typed(quote: &QuoteView) -> Value {
    let mut view = serde_json::to_value(quote).unwrap_or_default();
    if let Some(fields) = view.as_object_mut() {
        fields.insert("tax_rate".to_owned(), words::percent(&quote.tax_rate).into());
    }
    view
}

fn edit_page(service: &Service, visitor: &Visitor, quote: &QuoteView, round: &RoundView, sheet: Sheet) -> FormPage {
    let back = format!("/quotes/{}", quote.id);
    let shell = under_round(service, visitor, round, "見積を直す")
        .under("見積", format!("/rounds/{}/quotes", round.id))
        .under(quote.title.clone(), back.clone());
    FormPage::new(shell, sheet, format!("{back}/edit"), back)
}

async fn edit(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (quote, round) = quote(&service, &visitor, id).await?;
    visitor.permit(Action::ManageQuotes, &round.consortium_id, None)?;
    let sheet = Sheet::editing(&visitor, &typed(&quote), quote.version);
    show::page(&edit_page(&service, &visitor, &quote, &round, sheet))
}

async fn change(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let quote_id = id.clone();
    let sent = form
        .send(&service, QUOTE, move |ctx, call, cmd: &QuoteContent| {
            area::change_quote(ctx, call, &quote_id, cmd)?;
            Ok(format!("/quotes/{quote_id}?done=saved"))
        })
        .await;
    let stale = crate::rounds::is_stale(&sent);
    show::answer(&form, sent, async |sheet| {
        let (quote, round) = quote(&service, &form.visitor, id).await?;
        let sheet = if stale { sheet.beside(&typed(&quote), quote.version) } else { sheet };
        Ok(edit_page(&service, &form.visitor, &quote, &round, sheet))
    })
    .await
}
