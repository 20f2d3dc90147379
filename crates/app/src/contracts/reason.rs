//! Why a member pays its share, step by step from what was stored: bill, rule, arithmetic, rounding, tie.
//! Of the other members only sums are told: a town's own numbers and the totals suffice to check by hand.

use super::load;
use super::shares::{ShareView, get_share};
use crate::pricing::compare::grouped;
use crate::requests::Ordered;
use crate::scenarios::{kept_of, model, words};
use crate::service::Call;
use crate::{Ctx, Error};
use cost_sharing::Ratio;
use domain::access::Action;
use serde::Serialize;
use serde_json::Value;

/// A share with the steps that lead to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShareReasonView {
    /// The share.
    pub share: ShareView,
    /// The consortium.
    pub consortium_id: String,
    /// The contract.
    pub contract_id: String,
    /// Title of the round.
    pub round_title: String,
    /// Contract number.
    pub contract_number: String,
    /// Vendor.
    pub vendor: String,
    /// Name of the scenario that was finalised.
    pub scenario: String,
    /// SHA-256 of its result.
    pub result_hash: String,
    /// The sharing rule in words.
    pub rule: String,
    /// The bill that was shared.
    pub bill: model::BillOutcome,
    /// Seats of the bill.
    pub seats: model::SeatsOutcome,
    /// How the bill ex tax comes from the schedule (`24,000円 × 300席`); empty where it is no sum of such products.
    pub bill_arithmetic: String,
    /// The same for buying alone, tax included.
    pub alone_arithmetic: String,
    /// Tax rate in percent, as a decimal.
    pub tax_percent: String,
    /// Whether the prices include the tax.
    pub tax_included: bool,
    /// Whether each seat has the price of its tier (段階適用).
    pub graduated: bool,
    /// The price schedule, as far as it has tiers.
    pub tiers: Vec<TierLine>,
    /// The parts of the share; empty for rules that are no sum of proportional parts.
    pub terms: Vec<TermLine>,
    /// Facts of other rules: name and amount.
    pub facts: Vec<(String, String)>,
    /// The share before rounding, exact.
    pub exact: String,
    /// The same as a decimal, cut to four places.
    pub exact_decimal: String,
    /// The share before rounding as whole units.
    pub cut_yen: i64,
    /// How shares become whole yen, in words.
    pub rounding: String,
    /// What rounding did to this share, in words.
    pub rounded: String,
    /// How equal fractions were decided, in words.
    pub tie: String,
    /// Why these seats.
    pub allocation: String,
    /// Does any group pay more than by itself?
    pub fairness: String,
    /// What the town ordered in addition, and pays for apart from this share.
    pub ordered: Ordered,
    /// Asked for, and guaranteed.
    pub request: i64,
    /// Seats it got at least.
    pub guarantee: i64,
}

/// A tier of the price schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TierLine {
    /// First seat.
    pub from: i64,
    /// Last seat; null for the last tier.
    pub up_to: Option<i64>,
    /// Price of a seat as the vendor quotes it, as a decimal.
    pub unit: String,
    /// The consortium's quantity falls here.
    pub joint: bool,
    /// The town's own quantity falls here.
    pub alone: bool,
}

/// A proportional part of a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TermLine {
    /// 均等割, 人口割, 席数割.
    pub name: String,
    /// What the weights count: 席, 人, 団体.
    pub unit: &'static str,
    /// Part of the bill in percent.
    pub percent: String,
    /// The town's weight.
    pub weight: String,
    /// Sum of all weights.
    pub sum: String,
    /// `bill × part × weight ÷ sum`, cut to four places.
    pub amount: String,
}

/// Why a member pays its share.
///
/// # Errors
/// [`Error::NotFound`] for another town's, and for a member without a share.
pub fn explain_share(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    member_id: &str,
) -> Result<ShareReasonView, Error> {
    let contract = load(ctx, call, Action::ReadConsortium, contract_id)?;
    call.actor.permit(Action::ReadShares, &contract.consortium_id, Some(member_id))?;
    let share = get_share(ctx, call, contract_id, member_id)?;
    let round = store::rounds::find(ctx.db, &contract.round_id)?;
    let scenario = store::scenarios::head(ctx.db, &contract.scenario_id)?;
    let kept = kept_of(ctx, &scenario)?;
    let (inputs, outcome) = (&kept.inputs, &kept.outcome);
    let line = kept.line(member_id).ok_or(Error::NotFound)?;
    let exact: Ratio = line.exact_share.parse().map_err(|_not_a_ratio| Error::internal("an exact share"))?;
    let rate: Ratio = inputs.quote.tax_rate.parse().unwrap_or_else(|_| Ratio::zero());
    let added = if inputs.quote.tax_included { Ratio::zero() } else { rate.clone() };
    let untaxed = Ratio::zero();
    let joint = if inputs.quote.tax_included { outcome.bill.total_yen } else { outcome.bill.ex_tax_yen };
    Ok(ShareReasonView {
        bill_arithmetic: product(outcome, outcome.seats.bought, joint, &untaxed),
        alone_arithmetic: product(outcome, line.seats, line.stand_alone_yen, &added),
        ordered: crate::requests::ordered(ctx, &contract.id, Some(member_id))?,
        contract_id: contract.id,
        consortium_id: contract.consortium_id,
        round_title: round.title,
        contract_number: contract.number,
        vendor: contract.vendor,
        scenario: scenario.name,
        result_hash: scenario.result_hash,
        rule: words::sharing_name(&inputs.sharing),
        tax_percent: (&rate * &Ratio::whole(100)).to_decimal(),
        tax_included: inputs.quote.tax_included,
        graduated: outcome.sharing_explanation.pointer("/price/mode").and_then(Value::as_str) == Some("graduated"),
        tiers: tiers(outcome, line.seats),
        terms: terms(&line.sharing_reason, outcome.bill.total_yen),
        facts: facts(&line.sharing_reason),
        exact: line.exact_share.clone(),
        exact_decimal: decimal(&exact),
        cut_yen: line.share_yen.saturating_sub(line.remainder_yen),
        rounding: rounding(inputs, outcome),
        rounded: rounded(line),
        tie: tie(outcome, &line.municipality_code),
        allocation: words::allocation(inputs, outcome, line),
        fairness: fairness(outcome, &line.municipality_code),
        request: line.request,
        guarantee: line.guarantee,
        bill: outcome.bill.clone(),
        seats: outcome.seats,
        share,
    })
}

/// The core check in words that name nobody but the town itself.
fn fairness(outcome: &model::Outcome, own: &str) -> String {
    let report = &outcome.fairness;
    let holds = !report.checked || report.in_core || report.up_to_rounding;
    if holds || report.coalition.iter().all(|code| code == own) {
        return words::fairness(outcome);
    }
    "この案では、一部の団体の組合せにとって、自分たちだけで契約した方が安くなります。詳しくは代表団体にお尋ねください。"
        .to_owned()
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Cut to four places, grouped, and marked where that leaves something out.
fn decimal(value: &Ratio) -> String {
    let exact = &value.abs() * &Ratio::whole(10_000);
    let scaled: i64 = exact.floor().to_string().parse().unwrap_or(i64::MAX);
    let whole = grouped(scaled.checked_div(10_000).unwrap_or(0));
    let sign = if value.is_negative() { "△" } else { "" };
    let places = format!("{:04}", scaled.checked_rem(10_000).unwrap_or(0));
    match (value.is_whole(), exact.is_whole()) {
        (true, _) => format!("{sign}{whole}"),
        (false, true) => format!("{sign}{whole}.{}", places.trim_end_matches('0')),
        (false, false) => format!("{sign}{whole}.{places}…"),
    }
}

/// An exact ratio (`129211/550`) as a decimal, cut to four places.
#[must_use]
pub fn decimal_of(exact: &str) -> Option<String> {
    exact.parse::<Ratio>().ok().map(|ratio| decimal(&ratio))
}

/// An exact amount in whole yen, cut.
#[must_use]
pub fn whole_of(exact: &str) -> Option<i64> {
    exact.parse::<Ratio>().ok()?.floor().to_string().parse().ok()
}

/// The proportional parts of a share of this bill; none for rules that are no sum of them.
#[must_use]
pub fn terms(reason: &Value, total_yen: i64) -> Vec<TermLine> {
    let bill = Ratio::whole(total_yen);
    let rows = reason.get("terms").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |row: &Value| {
        let of = |field: &str| text(row, field).parse::<Ratio>().ok();
        let (weight, sum) = (of("weight")?, of("sum")?);
        let part = of("part").unwrap_or_else(Ratio::one);
        let amount = (&(&bill * &part) * &weight).checked_div(&sum)?;
        let plain = |ratio: &Ratio| if ratio.is_whole() { decimal(ratio) } else { ratio.to_decimal() };
        let key = text(row, "key");
        Some(TermLine {
            name: words::key_name(&key),
            unit: match key.as_str() {
                "seats" => "席",
                "population" => "人",
                "equal" => "団体",
                _ => "",
            },
            percent: (&part * &Ratio::whole(100)).to_decimal(),
            weight: plain(&weight),
            sum: plain(&sum),
            amount: decimal(&amount),
        })
    };
    rows.iter().filter_map(read).collect()
}

/// The facts of rules that are no sum of proportional parts, in words.
fn facts(reason: &Value) -> Vec<(String, String)> {
    const NAMES: [(&str, &str); 11] = [
        ("alone", "単独で契約した場合の費用"),
        ("alone_sum", "全団体の単独費用の合計"),
        ("saving", "1団体当たりの節約額"),
        ("separable", "分離費用（この団体の参加で増える費用）"),
        ("remaining_benefit", "残余便益"),
        ("non_separable", "分離できない共通費用"),
        ("non_separable_share", "共通費用のうちこの団体の分"),
        ("before", "参加する前の費用"),
        ("after", "参加した後の費用"),
        ("before_bounds", "上限・下限を当てる前の額"),
        ("bounds_adjustment", "上限・下限による調整額"),
    ];
    let amount = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.parse::<Ratio>().map(|ratio| format!("{}円", decimal(&ratio))).unwrap_or(text)
    };
    NAMES.iter().filter_map(|(key, name)| Some(((*name).to_owned(), amount(reason.get(key)?)))).collect()
}

/// How a bill comes from the schedule: `24,000円 × 300席`, tier by tier where each seat has the price of its tier, with
/// the fixed fee and, as a factor, the tax. Buying up is tried, too. Empty where none of it gives the bill: in packs, and at
/// the least amount of a contract.
fn product(outcome: &model::Outcome, seats: i64, yen: i64, rate: &Ratio) -> String {
    let Some(price) = outcome.sharing_explanation.get("price") else { return String::new() };
    let rows = price.get("tiers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let first = |row: &Value| row.get("from").and_then(Value::as_i64).unwrap_or(1);
    let of_packs = price.get("mode").and_then(Value::as_str) == Some("package");
    let (Some((_, own, _)), false) = (summed(price, rows, seats), of_packs) else { return String::new() };
    let least = text(price, "minimum_commitment").parse().unwrap_or_else(|_not| Ratio::zero());
    let up = rows.iter().map(first).filter(|from| *from > seats);
    let factor = &Ratio::one() + rate;
    for bought in std::iter::once(seats).chain(up) {
        let Some((words, sum, parts)) = summed(price, rows, bought) else { continue };
        let paid = &sum * &factor;
        // More seats are bought only for less, and not where the least amount of a contract decides.
        let cheaper = bought == seats || (sum < own && sum > least);
        if !cheaper || paid.floor().to_string() != yen.to_string() {
            continue;
        }
        let up = if bought == seats {
            String::new()
        } else {
            format!("（{}席を購入する方が安いため）", grouped(bought))
        };
        return match (rate.is_zero(), parts) {
            (true, _) if sum.is_whole() => format!("{words}{up}"),
            (true, _) => format!("{words}（1円未満切捨て）{up}"),
            (false, 1) => format!("{words} × {}（1円未満切捨て）{up}", factor.to_decimal()),
            (false, _) => format!("（{words}） × {}（1円未満切捨て）{up}", factor.to_decimal()),
        };
    }
    String::new()
}

/// The price of a quantity as a sum: in words, its value, and how many parts it has.
fn summed(price: &Value, rows: &[Value], seats: i64) -> Option<(String, Ratio, usize)> {
    let graduated = price.get("mode").and_then(Value::as_str) == Some("graduated");
    let amount = |value: &Value, field: &str| text(value, field).parse::<Ratio>().ok();
    let (mut parts, mut sum) = (Vec::new(), Ratio::zero());
    for row in rows {
        let from = row.get("from").and_then(Value::as_i64).unwrap_or(1);
        let last = row.get("up_to").and_then(Value::as_i64).unwrap_or(i64::MAX);
        if seats < from || (!graduated && seats > last) {
            continue;
        }
        let own = if graduated { seats.min(last).saturating_sub(from).saturating_add(1) } else { seats };
        let (unit, flat) = (amount(row, "unit")?, amount(row, "flat")?);
        if !unit.is_zero() {
            parts.push(format!("{}円 × {}席", decimal(&unit), grouped(own)));
        }
        if !flat.is_zero() {
            parts.push(format!("定額{}円", decimal(&flat)));
        }
        sum = &(&sum + &flat) + &(&unit * &Ratio::whole(own));
    }
    let fee = amount(price, "fixed_fee")?;
    if !fee.is_zero() {
        parts.push(format!("固定費{}円", decimal(&fee)));
    }
    let count = parts.len();
    (count > 0).then(|| (parts.join(" ＋ "), &sum + &fee, count))
}

fn tiers(outcome: &model::Outcome, own: i64) -> Vec<TierLine> {
    // The unit price of a pack is none of a seat.
    let by_seats = |price: &&Value| price.get("mode").and_then(Value::as_str) != Some("package");
    let price = outcome.sharing_explanation.get("price").filter(by_seats);
    let rows = price.and_then(|price| price.get("tiers")).and_then(Value::as_array);
    let read = |row: &Value| {
        let from = row.get("from")?.as_i64()?;
        let up_to = row.get("up_to").and_then(Value::as_i64);
        let within = |seats: i64| seats >= from && up_to.is_none_or(|last| seats <= last);
        Some(TierLine {
            from,
            up_to,
            unit: text(row, "unit").parse::<Ratio>().map(|unit| decimal(&unit)).unwrap_or_default(),
            joint: within(outcome.seats.bought),
            alone: within(own),
        })
    };
    rows.map(Vec::as_slice).unwrap_or_default().iter().filter_map(read).collect()
}

fn rounding(inputs: &model::Inputs, outcome: &model::Outcome) -> String {
    let chosen = inputs.sharing.rounding.as_ref();
    let unit = chosen.and_then(|rounding| rounding.get("unit_yen")).and_then(Value::as_i64).unwrap_or(1);
    let mode = chosen.map(|rounding| text(rounding, "mode")).unwrap_or_default();
    let rest = chosen.and_then(|rounding| rounding.get("remainder_to")).and_then(Value::as_str);
    let name = rest.and_then(|code| outcome.members.iter().find(|line| line.municipality_code == code));
    let rest = name.map_or_else(String::new, |line| format!("残った端数は{}が負担します。", line.name));
    let unit = grouped(unit);
    match mode.as_str() {
        "floor" => format!("各団体の額の{unit}円未満を切り捨てます。{rest}"),
        "ceil" => format!("各団体の額の{unit}円未満を切り上げます。{rest}"),
        "half_up" => format!("各団体の額の{unit}円未満を四捨五入します。{rest}"),
        _ => format!(
            "{unit}円未満を切り捨て、切捨てで不足した分を、切り捨てた端数の大きい団体から順に{unit}円ずつ加えます。{rest}"
        ),
    }
}

fn rounded(line: &model::MemberOutcome) -> String {
    match line.remainder_yen {
        0 => "端数の調整はありません。".to_owned(),
        more if more > 0 => format!("端数の調整として{}円を加えました。", grouped(more)),
        less => format!("端数の調整として{}円を減らしました。", grouped(less.saturating_neg())),
    }
}

fn tie(outcome: &model::Outcome, code: &str) -> String {
    let facts = outcome.sharing_explanation.get("rounding");
    let tied = facts.and_then(|facts| facts.get("tied")).and_then(Value::as_array);
    if tied.is_some_and(|tied| tied.iter().any(|id| id.as_str() == Some(code))) {
        return "端数が同じ大きさの団体があったため、団体コードの小さい順で決めました。".to_owned();
    }
    let given = facts.and_then(|facts| facts.get("given_to")).and_then(Value::as_array).map_or(0, Vec::len);
    match given {
        0 => "端数を配分する必要はありませんでした。".to_owned(),
        given => format!("端数を加えたのは{given}団体です。この団体では、同じ大きさの端数による順位決めはありません。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bill_is_a_sum_that_can_be_keyed_in() {
        let price = |mode: &str, fee: &str| {
            json!({"mode": mode, "fixed_fee": fee, "tiers": [
                {"from": 1, "up_to": 20, "unit": "35200", "flat": "0"},
                {"from": 21, "up_to": 50, "unit": "33000", "flat": "5000"},
                {"from": 51, "up_to": null, "unit": "19800", "flat": "0"}]})
        };
        let said = |price: &Value, seats| {
            let rows = price["tiers"].as_array().unwrap().clone();
            summed(price, &rows, seats).map(|(words, sum, _)| (words, sum.to_string())).unwrap()
        };
        let wanted = |words: &str, sum: i64| (words.to_owned(), sum.to_string());
        assert_eq!(
            said(&price("graduated", "110000"), 12),
            wanted("35,200円 × 12席 ＋ 固定費110,000円", 35_200 * 12 + 110_000)
        );
        assert_eq!(
            said(&price("graduated", "0"), 60),
            wanted(
                "35,200円 × 20席 ＋ 33,000円 × 30席 ＋ 定額5,000円 ＋ 19,800円 × 10席",
                35_200 * 20 + 33_000 * 30 + 5_000 + 19_800 * 10
            )
        );
        assert_eq!(said(&price("volume", "0"), 60), wanted("19,800円 × 60席", 19_800 * 60));
        assert_eq!(
            said(&price("volume", "7"), 30),
            wanted("33,000円 × 30席 ＋ 定額5,000円 ＋ 固定費7円", 33_000 * 30 + 5_007)
        );
    }
}
