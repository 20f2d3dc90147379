//! Price schedules: what a quantity of seats costs, read from the tiers of a quote, ex tax.
//! Guards two rules: tiers are contiguous and their mode is always explicit (the same tiers read as graduated or as
//! volume differ by millions), and prices are exact. Buying up and advice are in `price/envelope.rs`, comparing quotes in
//! `price/quotes.rs`, several years and mid-term additions in `price/contract.rs`. Tax is not here.

mod contract;
mod envelope;
mod quotes;
mod tiers;

pub use contract::{AddOn, AddOnPrice, co_term, multi_year};
pub use envelope::{Advice, BreakEven, Effective};
pub use quotes::{Segment, compare_quotes};

use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use serde::Serialize;
use tiers::{Scaled, ScaledTier, check_amount, check_tiers};

/// Most seats that one schedule prices.
pub const MOST_SEATS: u64 = 1_000_000_000;

/// How the tiers of a schedule are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceMode {
    /// One amount for everything (定額); with several tiers, the amount of the tier that the quantity falls in.
    Flat,
    /// The same unit price for each seat (単価).
    PerSeat,
    /// Each seat at the price of its own tier (超過累進): the first 99 stay at the first price.
    Graduated,
    /// Every seat at the price of the tier that the total falls in (全量適用); falls at thresholds.
    Volume,
    /// Whole packages: the flat amount of the tier, plus its unit price for each started package.
    Package,
}

/// One tier of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tier {
    /// Last quantity of the tier; `None` for no end.
    pub up_to: Option<u64>,
    /// Price of one seat (of one package in package mode).
    pub unit: Ratio,
    /// Amount that entering the tier costs whatever the quantity.
    pub flat: Ratio,
}

impl Tier {
    /// A tier that charges per seat only.
    #[must_use]
    pub fn unit(up_to: Option<u64>, unit: Ratio) -> Self {
        Self { up_to, unit, flat: Ratio::zero() }
    }

    /// A tier that charges one amount only.
    #[must_use]
    pub fn flat(up_to: Option<u64>, flat: Ratio) -> Self {
        Self { up_to, unit: Ratio::zero(), flat }
    }
}

/// A validated price schedule, exact, ex tax.
///
/// ```
/// use cost_sharing::{PriceMode, PriceSchedule, Ratio, Tier};
/// let schedule = PriceSchedule::new(PriceMode::Volume, vec![
///     Tier::unit(Some(99), Ratio::whole(30_000)),
///     Tier::unit(Some(299), Ratio::whole(27_000)),
///     Tier::unit(None, Ratio::whole(24_000)),
/// ])?;
/// assert_eq!(schedule.price(290)?, Ratio::whole(7_830_000));
/// let effective = schedule.effective_price(290)?;
/// assert_eq!((effective.price, effective.buy), (Ratio::whole(7_200_000), 300));
/// # Ok::<(), cost_sharing::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceSchedule {
    mode: PriceMode,
    tiers: Vec<Tier>,
    fixed_fee: Ratio,
    minimum_commitment: Ratio,
    buy_up: bool,
    pack_size: u64,
    /// The same in integers over one denominator: the form that prices are computed in.
    scaled: Scaled,
}

impl PriceSchedule {
    /// A schedule that may buy up, without fixed fee or minimum.
    ///
    /// # Errors
    /// Tiers that are missing, overlap, leave a gap, follow an open end, carry a negative or too large price, or carry
    /// a field without meaning in the mode; the pointer names the tier (`/tiers/1/up_to`).
    pub fn new(mode: PriceMode, tiers: Vec<Tier>) -> Result<Self, Error> {
        check_tiers(mode, &tiers)?;
        let (fixed_fee, minimum_commitment) = (Ratio::zero(), Ratio::zero());
        let scaled = Scaled::new(mode, &tiers, &fixed_fee, &minimum_commitment)?;
        Ok(Self { mode, tiers, fixed_fee, minimum_commitment, buy_up: true, pack_size: 1, scaled })
    }

    /// The same with an amount that any purchase costs once (基本料).
    ///
    /// # Errors
    /// A negative or too large amount.
    pub fn with_fixed_fee(mut self, fee: Ratio) -> Result<Self, Error> {
        check_amount(&fee).map_err(|fault| Error::at("/fixed_fee", fault))?;
        self.fixed_fee = fee;
        self.rescale()
    }

    /// The same with a least total, fixed fee included (最低利用料): `max(P(s), minimum)`.
    ///
    /// # Errors
    /// A negative or too large amount.
    pub fn with_minimum_commitment(mut self, minimum: Ratio) -> Result<Self, Error> {
        check_amount(&minimum).map_err(|fault| Error::at("/minimum_commitment", fault))?;
        self.minimum_commitment = minimum;
        self.rescale()
    }

    /// The same where the contract allows or forbids buying more seats than are wanted.
    #[must_use]
    pub fn with_buy_up(mut self, allowed: bool) -> Self {
        self.buy_up = allowed;
        self
    }

    /// The same sold in packages of this many seats (package mode).
    ///
    /// # Errors
    /// A size of 0 or past the range, or another mode.
    pub fn with_pack_size(mut self, seats: u64) -> Result<Self, Error> {
        let fault = match self.mode {
            _ if seats == 0 => Some(Fault::NotPositive),
            _ if seats > MOST_SEATS => Some(Fault::OutOfRange),
            PriceMode::Package => None,
            PriceMode::Flat | PriceMode::PerSeat | PriceMode::Graduated | PriceMode::Volume => {
                (seats != 1).then_some(Fault::NotInThisMode)
            }
        };
        if let Some(fault) = fault {
            return Err(Error::at("/pack_size", fault));
        }
        self.pack_size = seats;
        Ok(self)
    }

    fn rescale(mut self) -> Result<Self, Error> {
        self.scaled = Scaled::new(self.mode, &self.tiers, &self.fixed_fee, &self.minimum_commitment)?;
        Ok(self)
    }

    /// How the tiers are read.
    #[must_use]
    pub fn mode(&self) -> PriceMode {
        self.mode
    }

    /// The tiers in ascending order.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The amount that any purchase costs once.
    #[must_use]
    pub fn fixed_fee(&self) -> &Ratio {
        &self.fixed_fee
    }

    /// The least total.
    #[must_use]
    pub fn minimum_commitment(&self) -> &Ratio {
        &self.minimum_commitment
    }

    /// Whether the contract allows buying more seats than are wanted.
    #[must_use]
    pub fn buy_up(&self) -> bool {
        self.buy_up
    }

    /// Seats in one package; 1 outside package mode.
    #[must_use]
    pub fn pack_size(&self) -> u64 {
        self.pack_size
    }

    /// The seats of the packs that hold so many: what is paid for is bought.
    pub(crate) fn whole_packs(&self, seats: u64) -> u64 {
        match self.mode {
            PriceMode::Package => seats.checked_next_multiple_of(self.pack_size).unwrap_or(seats),
            PriceMode::PerSeat | PriceMode::Graduated | PriceMode::Volume | PriceMode::Flat => seats,
        }
    }

    /// Position of the tier that the quantity falls in; `None` for 0 or beyond the last tier.
    #[must_use]
    pub fn tier_of(&self, seats: u64) -> Option<usize> {
        let covers = |tier: &ScaledTier| tier.from <= seats && seats <= tier.to;
        self.scaled.tiers.iter().position(covers)
    }

    /// First quantity of each tier, ascending.
    #[must_use]
    pub fn thresholds(&self) -> Vec<u64> {
        self.scaled.tiers.iter().map(|tier| tier.from).collect()
    }

    /// `P(s)`: what exactly this quantity costs, without buying up. `P(0) = 0`.
    ///
    /// # Errors
    /// A quantity beyond the last tier or past the range.
    pub fn price(&self, seats: u64) -> Result<Ratio, Error> {
        self.price_scaled(seats).map(|price| self.unscale(price))
    }

    pub(crate) fn unscale(&self, price: i128) -> Ratio {
        Ratio::new(price, self.scaled.scale).unwrap_or_else(Ratio::zero)
    }

    /// The denominator of all scaled prices.
    pub(crate) fn scale(&self) -> i128 {
        self.scaled.scale
    }

    pub(crate) fn price_scaled(&self, seats: u64) -> Result<i128, Error> {
        if seats == 0 {
            return Ok(0);
        }
        let last = self.scaled.tiers.last().map_or(0, |tier| tier.to);
        let tier = self.scaled.tiers.iter().find(|tier| tier.from <= seats && seats <= tier.to);
        let Some(tier) = tier else {
            return Err(Error::at("/seats", Fault::BeyondLastTier { last }));
        };
        self.in_tier(tier, seats).ok_or_else(|| Error::at("/seats", Fault::OutOfRange))
    }

    fn in_tier(&self, tier: &ScaledTier, seats: u64) -> Option<i128> {
        let counted = match self.mode {
            PriceMode::Flat => 0,
            PriceMode::PerSeat | PriceMode::Volume => seats,
            PriceMode::Graduated => seats.checked_sub(tier.from)?.checked_add(1)?,
            PriceMode::Package => seats.checked_add(self.pack_size.checked_sub(1)?)?.checked_div(self.pack_size)?,
        };
        let charged = tier.unit.checked_mul(i128::from(counted))?;
        let tiers = tier.before.checked_add(tier.flat)?.checked_add(charged)?;
        Some(self.scaled.fixed.checked_add(tiers)?.max(self.scaled.minimum))
    }

    /// True when each seat costs no more than the one before it (graduated schedules with falling prices): then the
    /// Shapley value and every join order are in the core.
    #[must_use]
    pub fn is_concave(&self) -> bool {
        let tiers = &self.scaled.tiers;
        let falling = tiers.windows(2).all(|pair| match pair {
            [a, b] => a.unit >= b.unit,
            _ => true,
        });
        let no_later_flats = tiers.iter().skip(1).all(|tier| tier.flat == 0);
        let open_ended = self.open_ended();
        match self.mode {
            PriceMode::PerSeat | PriceMode::Graduated => {
                falling && no_later_flats && open_ended && self.minimum_is_harmless()
            }
            PriceMode::Volume => {
                let one_price = tiers.windows(2).all(|pair| match pair {
                    [a, b] => a.unit == b.unit && a.flat == b.flat,
                    _ => true,
                });
                one_price && open_ended && self.minimum_is_harmless()
            }
            PriceMode::Flat => tiers.len() == 1 && open_ended,
            PriceMode::Package => {
                tiers.len() == 1
                    && open_ended
                    && (self.pack_size == 1 || tiers.iter().all(|tier| tier.unit == 0))
                    && self.minimum_is_harmless()
            }
        }
    }

    fn open_ended(&self) -> bool {
        self.tiers.last().is_some_and(|tier| tier.up_to.is_none())
    }

    /// A minimum bends the curve upward where it stops to bind, unless it never binds.
    fn minimum_is_harmless(&self) -> bool {
        let first = self.scaled.tiers.first();
        first
            .and_then(|tier| tier.unit.checked_add(tier.flat))
            .and_then(|one| one.checked_add(self.scaled.fixed))
            .is_some_and(|one| one >= self.scaled.minimum)
            || self.scaled.tiers.iter().all(|tier| tier.unit == 0 && tier.flat == 0)
    }
}
