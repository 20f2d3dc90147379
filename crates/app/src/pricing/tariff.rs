//! A quote as a function from seats to yen: price schedule, tax rate, and whether the prices include the tax.
//!
//! Pure. The tax is rounded once on the whole bill, cut to the yen; when the prices include it, it
//! is taken out of the total by the same single cut.

use cost_sharing::json::PriceRequest;
use cost_sharing::{Error, Fault, Invoice, PriceSchedule, Ratio, RoundingMode, Yen};
use serde_json::{Value, json};

/// A quote that can be priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    invoice: Invoice,
    /// The rate contained in the prices; `None` when the tax is added on top.
    contained: Option<Ratio>,
}

/// Faults that are told at once.
const MOST_FAULTS: usize = 50;

/// What a quantity costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priced {
    /// Seats bought; more than wanted where buying up is cheaper, and where seats come in packs.
    pub bought: i64,
    /// Without tax.
    pub ex_tax_yen: i64,
    /// The tax, cut once.
    pub tax_yen: i64,
    /// What is paid.
    pub total_yen: i64,
}

impl Tariff {
    /// Reads a quote; pointers of faults begin with `/schedule` or `/tax_rate`.
    ///
    /// # Errors
    /// The first fault of the schedule or of the rate.
    pub fn read(schedule: &Value, tax_rate: &str, tax_included: bool) -> Result<Self, Error> {
        let request = PriceRequest::from_value(&json!({"price": schedule, "seats": []}))
            .map_err(|error| Error { pointer: error.pointer.replacen("/price", "/schedule", 1), fault: error.fault })?;
        let rate: Ratio = tax_rate.trim().parse().map_err(|_not| Error::at("/tax_rate", Fault::NotANumber))?;
        if rate.is_negative() || rate >= Ratio::one() {
            return Err(Error::at("/tax_rate", Fault::OutOfRange));
        }
        let (added, contained) = if tax_included { (Ratio::zero(), Some(rate)) } else { (rate, None) };
        let invoice = Invoice { schedule: request.price, tax_rate: added, tax_rounding: RoundingMode::Floor };
        Ok(Self { invoice, contained })
    }

    /// Every fault of a quote, of a field the first: a form shows them all at once. What is faulty is taken out, and the
    /// rest is read again.
    #[must_use]
    pub fn faults(schedule: &Value, tax_rate: &str, tax_included: bool) -> Vec<Error> {
        let (mut schedule, mut tax_rate) = (schedule.clone(), tax_rate);
        // Where each tier that is left stood.
        let mut places: Vec<usize> = (0..schedule.get("tiers").and_then(Value::as_array).map_or(0, Vec::len)).collect();
        let mut found: Vec<Error> = Vec::new();
        while found.len() < MOST_FAULTS
            && let Err(error) = Self::read(&schedule, tax_rate, tax_included)
        {
            let path: Vec<String> = error.pointer.split('/').skip(1).map(str::to_owned).collect();
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let mut told = error;
            let tier = match path.as_slice() {
                ["schedule", "tiers", tier, ..] => tier.parse().ok(),
                _ => None,
            };
            if let Some(place) = tier.and_then(|tier: usize| places.get(tier)) {
                let rest = path.get(3..).unwrap_or_default();
                let place = place.to_string();
                let whole = ["", "schedule", "tiers", place.as_str()];
                told.pointer = whole.iter().chain(rest).copied().collect::<Vec<_>>().join("/");
            }
            if found.iter().any(|known| known.pointer == told.pointer) {
                break;
            }
            found.push(told);
            match (path.as_slice(), tier) {
                (["tax_rate"], _) => tax_rate = "0",
                // A price of its own; a tier without one is a fault, too.
                (["schedule", "tiers", _, amount @ ("unit" | "flat")], Some(tier)) => {
                    put(&mut schedule, tier, amount, json!("0"));
                }
                (["schedule", "tiers", _, "from"], Some(tier)) => put(&mut schedule, tier, "from", Value::Null),
                (["schedule", "tiers", ..], Some(tier)) if tier < places.len() => {
                    places.remove(tier);
                    if let Some(tiers) = schedule.get_mut("tiers").and_then(Value::as_array_mut) {
                        tiers.remove(tier);
                        // Nothing begins any more where the one before ends.
                        tiers.iter_mut().filter_map(|tier| tier.get_mut("from")).for_each(|from| *from = Value::Null);
                        if tiers.is_empty() {
                            tiers.push(json!({"unit": "0"}));
                        }
                    }
                }
                (["schedule", key @ ("fixed_fee" | "minimum_commitment" | "pack_size" | "buy_up")], _) => {
                    drop(schedule.get_mut(*key).map(Value::take));
                }
                _ => break,
            }
        }
        found
    }

    /// The schedule.
    #[must_use]
    pub fn schedule(&self) -> &PriceSchedule {
        &self.invoice.schedule
    }

    /// The rate that is added on top of the schedule's prices; zero when they contain the tax.
    #[must_use]
    pub fn added_rate(&self) -> &Ratio {
        &self.invoice.tax_rate
    }

    /// The tax on an amount without tax, cut or raised to the yen.
    ///
    /// # Errors
    /// A rate past what can be counted.
    pub fn tax_on(&self, ex_tax_yen: i64, rounding: RoundingMode) -> Result<i64, Error> {
        let rate = self.contained.as_ref().unwrap_or(&self.invoice.tax_rate);
        let tax = Yen::round(&(&Ratio::whole(ex_tax_yen) * rate), rounding);
        tax.map(|yen| yen.0).ok_or_else(|| Error::at("/tax_rate", Fault::OutOfRange))
    }

    /// What a wanted seat costs without tax, exactly: before anything is cut to the yen. None where the schedule has no
    /// price or the number is past what can be counted.
    #[must_use]
    pub fn unit(&self, seats: i64) -> Option<Ratio> {
        let price = self.schedule().effective_price(u64::try_from(seats).ok()?).ok()?.price;
        let net = match &self.contained {
            None => price,
            Some(rate) => price.checked_div(&(&Ratio::one() + rate))?,
        };
        net.checked_div(&Ratio::whole(seats))
    }

    /// The bill for a quantity, buying up where the schedule allows it.
    ///
    /// # Errors
    /// A quantity that the schedule does not cover.
    pub fn price(&self, seats: i64) -> Result<Priced, Error> {
        let seats = u64::try_from(seats).map_err(|_negative| Error::at("/seats", Fault::Negative))?;
        let bill = self.invoice.bill(seats)?;
        let bought = i64::try_from(bill.bought).map_err(|_large| Error::at("/seats", Fault::OutOfRange))?;
        let total = bill.total.0;
        let tax = match &self.contained {
            None => bill.tax.0,
            Some(rate) => contained_tax(total, rate)?,
        };
        Ok(Priced { bought, ex_tax_yen: total.saturating_sub(tax), tax_yen: tax, total_yen: total })
    }
}

/// Writes a field of a tier.
fn put(schedule: &mut Value, tier: usize, key: &str, value: Value) {
    if let Some(tier) = schedule.pointer_mut(&format!("/tiers/{tier}")).and_then(Value::as_object_mut) {
        tier.insert(key.to_owned(), value);
    }
}

/// `⌊total × r / (1 + r)⌋`.
fn contained_tax(total: i64, rate: &Ratio) -> Result<i64, Error> {
    let fault = || Error::at("/tax_rate", Fault::OutOfRange);
    let part = rate.checked_div(&(&Ratio::one() + rate)).ok_or_else(fault)?;
    Yen::round(&(&Ratio::whole(total) * &part), RoundingMode::Floor).map(|yen| yen.0).ok_or_else(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_seat(yen: u32) -> Value {
        json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": yen.to_string()}]})
    }

    #[test]
    fn the_tax_is_rounded_once_on_the_bill() {
        let added = Tariff::read(&per_seat(105), "0.10", false).unwrap().price(3).unwrap();
        assert_eq!((added.ex_tax_yen, added.tax_yen, added.total_yen), (315, 31, 346));
        let contained = Tariff::read(&per_seat(115), "1/10", true).unwrap().price(3).unwrap();
        assert_eq!((contained.ex_tax_yen, contained.tax_yen, contained.total_yen), (314, 31, 345));
    }

    #[test]
    fn the_price_of_a_seat_is_exact() {
        let parts = json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "33000.5"}]});
        let unit = |included| Tariff::read(&parts, "0.10", included).unwrap().unit(3).unwrap().to_decimal();
        assert_eq!([unit(false), unit(true)], ["33000.5", "330005/11"]);
        assert_eq!(Tariff::read(&per_seat(1), "0.10", false).unwrap().unit(0), None);
    }

    #[test]
    fn the_tax_of_an_amount_is_that_of_the_rate_whether_prices_contain_it_or_not() {
        for included in [false, true] {
            let tariff = Tariff::read(&per_seat(1), "0.10", included).unwrap();
            let tax = |yen| [RoundingMode::Floor, RoundingMode::Ceil].map(|mode| tariff.tax_on(yen, mode).unwrap());
            assert_eq!([tax(120_000), tax(315), tax(0)], [[12_000, 12_000], [31, 32], [0, 0]], "{included}");
        }
    }

    #[test]
    fn faults_name_the_field_of_the_quote() {
        let tiers = json!({"mode": "volume", "tiers": [{"up_to": 99, "unit": "3"}, {"up_to": 50, "unit": "2"}]});
        assert_eq!(Tariff::read(&tiers, "0.10", false).unwrap_err().pointer, "/schedule/tiers/1/up_to");
        for rate in ["1", "-0.1", "10%", ""] {
            assert_eq!(Tariff::read(&per_seat(1), rate, false).unwrap_err().pointer, "/tax_rate", "{rate}");
        }
    }

    #[test]
    fn every_fault_of_a_quote_is_told_at_once() {
        let schedule = json!({"mode": "volume", "fixed_fee": "-1", "minimum_commitment": "x", "tiers": [
            {"up_to": 99, "unit": "-3"}, {"up_to": 50, "unit": "2"}, {"up_to": 80, "unit": "2"}, {"up_to": 200},
            {"up_to": null, "unit": "many", "flat": "-5"}, {"up_to": 900, "unit": "1"}]});
        let found: Vec<String> = Tariff::faults(&schedule, "2", false).into_iter().map(|error| error.pointer).collect();
        let wanted = [
            "/schedule/tiers/3/unit",
            "/schedule/tiers/4/unit",
            "/schedule/tiers/0/unit",
            "/schedule/tiers/1/up_to",
            "/schedule/tiers/2/up_to",
            "/schedule/tiers/4/flat",
            "/schedule/tiers/5",
            "/schedule/fixed_fee",
            "/schedule/minimum_commitment",
            "/tax_rate",
        ];
        assert_eq!(found, wanted);
        assert_eq!(Tariff::faults(&per_seat(1), "0.10", false), []);
        let last = json!({"mode": "flat", "fixed_fee": "-1", "tiers": [{"up_to": 0, "unit": "many"}]});
        let found: Vec<String> = Tariff::faults(&last, "2", false).into_iter().map(|error| error.pointer).collect();
        assert_eq!(
            found,
            ["/schedule/tiers/0/unit", "/schedule/tiers/0/up_to", "/schedule/fixed_fee", "/tax_rate"],
            "no tier is left, and the rest is told"
        );
        let many = json!({"mode": "volume", "tiers": vec![json!({}); 80_000]});
        assert_eq!(Tariff::faults(&many, "0.10", false).len(), MOST_FAULTS);
        let unreadable = [json!(null), json!({"mode": "no"}), json!({"mode": "volume", "tiers": []})];
        for schedule in unreadable {
            assert_eq!(Tariff::faults(&schedule, "0.10", false).len(), 1, "{schedule}");
        }
    }
}
