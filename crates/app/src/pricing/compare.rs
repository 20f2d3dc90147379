//! Quotes side by side over a range of quantities: totals, where the cheapest changes, what buying up saves.
//! Compared is what is paid in the end: the total with tax.

use super::tariff;
use super::tariff::{Priced, Tariff};
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use domain::access::Action;
use domain::demand::AnswerState;
use domain::values::MAX_SEATS;
use serde::{Deserialize, Serialize};
use store::pricing::Quote;
use utoipa::{IntoParams, ToSchema};

/// Longest range, in quantities.
const LONGEST_RANGE: i64 = 1_000;
/// Most quotes that one comparison shows.
const MOST_QUOTES: i64 = 20;

/// `?from=&to=&at=`.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CompareQuery {
    /// First quantity, 1 or more.
    #[param(minimum = 1)]
    pub from: i64,
    /// Last quantity; at most 1,000 quantities in all.
    pub to: i64,
    /// Quantity for the tier advice; the surveyed one (標準の合計) when absent.
    pub at: Option<i64>,
}

/// Several quotes over a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComparisonView {
    /// One entry for each quote, oldest first.
    pub quotes: Vec<QuoteCurve>,
    /// Which quote is the cheapest where; ties go to the older quote.
    pub cheapest: Vec<CheapestStretch>,
    /// Quantities at which the cheapest quote changes.
    pub crossings: Vec<i64>,
    /// The quantity of the advice; null when nothing was surveyed and none was asked for.
    pub at: Option<i64>,
}

/// One quote over the range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuoteCurve {
    /// The quote.
    pub quote_id: String,
    /// Vendor.
    pub vendor: String,
    /// Title.
    pub title: String,
    /// Totals for each quantity.
    pub totals: Vec<QuantityTotal>,
    /// Tier advice at the quantity `at`; null where the schedule has one tier.
    pub advice: Option<TierAdvice>,
}

/// What one quantity costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuantityTotal {
    /// The quantity.
    pub seats: i64,
    /// Seats bought; null, like the amounts, where the schedule ends before.
    pub bought: Option<i64>,
    /// Without tax.
    pub ex_tax_yen: Option<i64>,
    /// The tax.
    pub tax_yen: Option<i64>,
    /// With tax.
    pub total_yen: Option<i64>,
    /// Yen without tax for each seat wanted, as an exact decimal or ratio, before the bill is cut to the yen.
    #[schema(example = "24000")]
    pub unit_yen: Option<String>,
}

/// A stretch of quantities with the same cheapest quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CheapestStretch {
    /// First quantity.
    pub from: i64,
    /// Last quantity.
    pub to: i64,
    /// The quote.
    pub quote_id: String,
}

/// What buying up to a later tier saves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TierAdvice {
    /// Seats wanted.
    pub seats: i64,
    /// Seats to buy.
    pub buy: i64,
    /// What that saves against buying exactly the wanted seats, in the prices of the schedule.
    pub saving_yen: i64,
    /// The same as a sentence.
    #[schema(example = "290席の代わりに300席を購入すると、630,000円（税抜）安くなります。")]
    pub sentence: String,
}

/// Compares the quotes of a round over a range of quantities.
///
/// # Errors
/// A range that is empty, too long or out of bounds; [`Error::NotFound`] outside the caller's consortia.
pub fn compare_quotes(
    ctx: &mut Ctx<'_>,
    call: &Call,
    round_id: &str,
    query: &CompareQuery,
) -> Result<ComparisonView, Error> {
    let round = crate::rounds::load(ctx, call, Action::ReadQuotes, round_id)?;
    check_range(query)?;
    let rows = store::pricing::of_round(ctx.db, &round.id, &store::pricing::QUOTES.top(MOST_QUOTES))?;
    let at = match query.at {
        Some(at) => Some(at),
        None => surveyed_seats(ctx, &round.id)?,
    };
    let mut quotes = Vec::with_capacity(rows.len());
    for (row, _) in &rows {
        let tariff = tariff(row)?;
        quotes.push(curve(row, &tariff, query, at));
    }
    let cheapest = cheapest(&quotes, query);
    let crossings = cheapest.iter().skip(1).map(|stretch| stretch.from).collect();
    Ok(ComparisonView { quotes, cheapest, crossings, at })
}

/// Sum of the base seats in the last survey that was opened.
fn surveyed_seats(ctx: &mut Ctx<'_>, round_id: &str) -> Result<Option<i64>, Error> {
    let Some(survey) = crate::scenarios::last_survey(ctx, round_id)? else { return Ok(None) };
    let seats = store::demand::base_seats(ctx.db, &survey.id, &AnswerState::COUNTED)?;
    Ok((seats > 0).then_some(seats))
}

/// Tier advice for a quantity; `None` where the schedule does not reach it.
#[must_use]
pub fn advise(tariff: &Tariff, tax_included: bool, seats: i64) -> Option<TierAdvice> {
    let advice = tariff.schedule().advice(u64::try_from(seats).ok()?).ok()?;
    let buy = i64::try_from(advice.buy).ok()?;
    let saving_yen = cost_sharing::Yen::round(&advice.saving, cost_sharing::RoundingMode::Floor)?.0;
    let tax = if tax_included { "税込" } else { "税抜" };
    let sentence = if buy > seats {
        let (seats, buy, yen) = (grouped(seats), grouped(buy), grouped(saving_yen));
        format!("{seats}席の代わりに{buy}席を購入すると、{yen}円（{tax}）安くなります。")
    } else {
        format!("{}席では、多く購入しても安くなりません。", grouped(seats))
    };
    Some(TierAdvice { seats, buy, saving_yen, sentence })
}

/// `1,234,567`.
#[must_use]
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("△{text}") } else { text }
}

fn check_range(query: &CompareQuery) -> Result<(), Error> {
    let mut check = crate::input::Checker::new();
    check.range("from", query.from, 1, MAX_SEATS);
    check.range("to", query.to, 1, MAX_SEATS);
    if let Some(at) = query.at {
        check.range("at", at, 1, MAX_SEATS);
    }
    let length = query.to.saturating_sub(query.from).saturating_add(1);
    let backwards = "範囲の終わりの席数は、始めの席数以上にしてください。";
    check.ensure(query.from <= query.to, "to", FieldCode::Order { rule: backwards });
    let long = "範囲は、始めの席数から1,000席分までにしてください。";
    check.ensure(length <= LONGEST_RANGE, "to", FieldCode::Order { rule: long });
    check.finish()
}

fn curve(row: &Quote, tariff: &Tariff, query: &CompareQuery, at: Option<i64>) -> QuoteCurve {
    // Advice is to buy up to a later tier.
    let has_tiers = tariff.schedule().tiers().len() > 1;
    QuoteCurve {
        quote_id: row.id.clone(),
        vendor: row.vendor.clone(),
        title: row.title.clone(),
        totals: (query.from..=query.to).map(|seats| total(tariff, seats)).collect(),
        advice: at.filter(|_| has_tiers).and_then(|at| advise(tariff, row.tax_included, at)),
    }
}

fn total(tariff: &Tariff, seats: i64) -> QuantityTotal {
    let priced: Option<Priced> = tariff.price(seats).ok();
    QuantityTotal {
        seats,
        bought: priced.map(|priced| priced.bought),
        ex_tax_yen: priced.map(|priced| priced.ex_tax_yen),
        tax_yen: priced.map(|priced| priced.tax_yen),
        total_yen: priced.map(|priced| priced.total_yen),
        unit_yen: priced.and_then(|_| tariff.unit(seats)).map(|unit| unit.to_decimal()),
    }
}

fn cheapest(quotes: &[QuoteCurve], query: &CompareQuery) -> Vec<CheapestStretch> {
    let mut stretches: Vec<CheapestStretch> = Vec::new();
    for (index, seats) in (query.from..=query.to).enumerate() {
        let priced = quotes.iter().filter_map(|quote| Some((quote.totals.get(index)?.total_yen?, quote)));
        let Some((_, best)) = priced.min_by_key(|(yen, _)| *yen) else { continue };
        match stretches.last_mut() {
            Some(last) if last.quote_id == best.quote_id && last.to.saturating_add(1) == seats => last.to = seats,
            Some(_) | None => {
                stretches.push(CheapestStretch { from: seats, to: seats, quote_id: best.quote_id.clone() });
            }
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_tier_advice_is_that_of_the_worked_example() {
        let schedule = json!({"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}]});
        let tariff = Tariff::read(&schedule, "0.10", false).unwrap();
        let saving = |seats| advise(&tariff, false, seats).map(|advice| (advice.buy, advice.saving_yen));
        assert_eq!([saving(290), saving(267), saving(266)], [Some((300, 630_000)), Some((300, 9_000)), Some((266, 0))]);
        let sentence = advise(&tariff, false, 290).unwrap().sentence;
        assert_eq!(sentence, "290席の代わりに300席を購入すると、630,000円（税抜）安くなります。");
    }

    #[test]
    fn amounts_are_grouped_as_officials_write_them() {
        assert_eq!(
            [grouped(0), grouped(999), grouped(1_234_567), grouped(-1_000)],
            ["0", "999", "1,234,567", "△1,000"]
        );
    }
}
