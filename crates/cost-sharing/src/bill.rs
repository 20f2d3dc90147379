//! The bill of a quantity: effective price, one tax rounding, total.
//! Guards "tax once per rate on the bill": 3 x 105 yen at 10 %, cut, is 31 yen of tax, never 30. A price with fractions of
//! a yen becomes whole by the same mode before tax, so that `ex_tax + tax = total` in yen.

use crate::error::{Error, Fault};
use crate::price::PriceSchedule;
use crate::ratio::Ratio;
use crate::yen::{LARGEST, RoundingMode, Yen};

/// A schedule with its tax: everything that turns a number of seats into a tax-inclusive bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// The price schedule, ex tax.
    pub schedule: PriceSchedule,
    /// The tax rate, for example 1/10.
    pub tax_rate: Ratio,
    /// How the tax of one bill becomes whole yen.
    pub tax_rounding: RoundingMode,
}

/// Most seats that a cost table is made for.
pub(crate) const MOST_TABLE: u64 = 4_000_000;

/// One bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// Seats wanted.
    pub seats: u64,
    /// Seats bought; more than wanted where buying up is cheaper, and where seats come in packs.
    pub bought: u64,
    /// Price ex tax.
    pub ex_tax: Yen,
    /// Tax, rounded once.
    pub tax: Yen,
    /// What is paid.
    pub total: Yen,
}

impl Invoice {
    /// The bill for a quantity.
    ///
    /// ```
    /// use cost_sharing::{Invoice, PriceMode, PriceSchedule, Ratio, RoundingMode, Tier, Yen};
    /// let schedule = PriceSchedule::new(PriceMode::PerSeat, vec![Tier::unit(None, Ratio::whole(105))])?;
    /// let invoice = Invoice { schedule, tax_rate: "0.10".parse().unwrap(), tax_rounding: RoundingMode::Floor };
    /// assert_eq!(invoice.bill(3)?.tax, Yen(31));
    /// # Ok::<(), cost_sharing::Error>(())
    /// ```
    ///
    /// # Errors
    /// A quantity beyond the last tier, a total past the range, or a tax rate outside 0 to 1.
    pub fn bill(&self, seats: u64) -> Result<Bill, Error> {
        let too_large = || Error::at("/seats", Fault::OutOfRange);
        let (price, bought) = self.schedule.effective_scaled(seats)?;
        let ex_tax = self.tax_rounding.divide(price, self.schedule.scale()).ok_or_else(too_large)?;
        let (rate, per) = match self.tax_rate.parts() {
            Some((rate, per)) if rate >= 0 && rate <= per => (rate, per),
            Some(_) | None => return Err(Error::at("/tax_rate", Fault::OutOfRange)),
        };
        let tax = ex_tax.checked_mul(rate).and_then(|tax| self.tax_rounding.divide(tax, per));
        let tax = tax.ok_or_else(too_large)?;
        let total = ex_tax.checked_add(tax).ok_or_else(too_large)?;
        if total > i128::from(LARGEST) {
            return Err(too_large());
        }
        let yen = |amount: i128| i64::try_from(amount).map(Yen).map_err(|_error| too_large());
        let bought = self.schedule.whole_packs(bought);
        Ok(Bill { seats, bought, ex_tax: yen(ex_tax)?, tax: yen(tax)?, total: yen(total)? })
    }

    /// Totals of all quantities from 0 to `seats`: the cost function of the seat game.
    ///
    /// # Errors
    /// As [`Invoice::bill`], or more than four million seats.
    pub fn table(&self, seats: u64) -> Result<Vec<i64>, Error> {
        if seats > MOST_TABLE {
            return Err(Error::at("/seats", Fault::OutOfRange));
        }
        (0..=seats).map(|quantity| self.bill(quantity).map(|bill| bill.total.0)).collect()
    }
}
