//! Pricing: the vendors' quotes (見積) of a round, as exact price schedules with their tax.
//!
//! How the tiers are read is always explicit (`mode`): the same tiers as volume or as graduated
//! differ by millions. Comparing quotes over quantities stands in `pricing/compare.rs`.

pub mod compare;
pub mod tariff;

use crate::audit::Entry;
use crate::calculators::cost_errors;
use crate::input::Checker;
use crate::page::{Page, PageQuery};
use crate::rounds::allow;
use crate::service::Call;
use crate::{Ctx, Error};
use chrono::{DateTime, NaiveDate, Utc};
use domain::access::Action;
use domain::clock::japan_date;
use domain::rounds::Work;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::pricing::{Quote, QuoteChange};
use tariff::Tariff;
use utoipa::ToSchema;

/// A quote to be entered, or its new content.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteContent {
    /// Vendor, 1 to 100 characters.
    #[schema(example = "架空ラーニング株式会社", max_length = 100)]
    pub vendor: String,
    /// Title, 1 to 100 characters.
    #[schema(example = "年間ライセンス見積（全量適用）", max_length = 100)]
    pub title: String,
    /// Last day on which the vendor stands by it.
    #[schema(example = "2027-03-31")]
    pub valid_until_on: NaiveDate,
    /// Price schedule: `mode` (`volume`, `graduated`, `per_seat`, `flat`, `package`), `tiers` (`up_to`, `unit`,
    /// `flat`), `fixed_fee`, `minimum_commitment`, `buy_up`, `pack_size`; amounts are text.
    #[schema(value_type = Object)]
    pub schedule: Value,
    /// Tax rate as an exact ratio, 0 or more and below 1.
    #[schema(example = "0.10", max_length = 20)]
    pub tax_rate: String,
    /// Whether the prices include the tax.
    pub tax_included: bool,
    /// A note, up to 2,000 characters.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub note: String,
}

/// A quote.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QuoteView {
    /// UUIDv7.
    pub id: String,
    /// The consortium.
    pub consortium_id: String,
    /// The round.
    pub round_id: String,
    /// Vendor.
    pub vendor: String,
    /// Title.
    pub title: String,
    /// Last day on which the vendor stands by it.
    pub valid_until_on: NaiveDate,
    /// Price schedule, defaults written out.
    #[schema(value_type = Object)]
    pub schedule: Value,
    /// Tax rate as an exact ratio.
    pub tax_rate: String,
    /// Whether the prices include the tax.
    pub tax_included: bool,
    /// A note.
    pub note: String,
    /// For `If-Match`.
    pub version: i64,
}

impl TryFrom<Quote> for QuoteView {
    type Error = Error;

    fn try_from(row: Quote) -> Result<Self, Error> {
        Ok(Self {
            schedule: serde_json::from_str(&row.schedule).map_err(Error::internal)?,
            id: row.id,
            consortium_id: row.consortium_id,
            round_id: row.round_id,
            vendor: row.vendor,
            title: row.title,
            valid_until_on: row.valid_until_on,
            tax_rate: row.tax_rate,
            tax_included: row.tax_included,
            note: row.note,
            version: row.version,
        })
    }
}

/// Whether the vendor still stands by a quote with this last day, at an instant.
#[must_use]
pub fn stands(valid_until_on: NaiveDate, at: DateTime<Utc>) -> bool {
    japan_date(at) <= valid_until_on
}

/// Enters a quote.
///
/// # Errors
/// Refused fields (tiers that overlap or leave gaps among them); [`Code::RoundStage`](crate::Code) after finalising.
pub fn create_quote(ctx: &mut Ctx<'_>, call: &Call, round_id: &str, cmd: &QuoteContent) -> Result<QuoteView, Error> {
    let round = crate::rounds::load(ctx, call, Action::ManageQuotes, round_id)?;
    allow(&round, Work::Quote)?;
    let change = checked(ctx, cmd)?;
    let row = Quote {
        id: ctx.id(),
        consortium_id: round.consortium_id,
        round_id: round.id,
        vendor: change.vendor,
        title: change.title,
        valid_until_on: change.valid_until_on,
        schedule: change.schedule,
        tax_rate: change.tax_rate,
        tax_included: change.tax_included,
        note: change.note,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    store::pricing::insert(ctx.db, &row)?;
    record(ctx, call, &row, "quote.created");
    row.try_into()
}

/// The quotes of a round, oldest first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_quotes(
    ctx: &mut Ctx<'_>,
    call: &Call,
    round_id: &str,
    query: &PageQuery,
) -> Result<Page<QuoteView>, Error> {
    let round = crate::rounds::load(ctx, call, Action::ReadQuotes, round_id)?;
    let list = format!("quotes/{}", round.id);
    let listing = query.listing(ctx.env, &list, &store::pricing::QUOTES)?;
    let rows = store::pricing::of_round(ctx.db, &round.id, &listing.slice)?;
    listing.try_page(ctx.env, rows, QuoteView::try_from)
}

/// One quote.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn get_quote(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<QuoteView, Error> {
    load(ctx, call, Action::ReadQuotes, id)?.try_into()
}

/// Changes a quote. Scenarios keep the prices they were calculated with.
///
/// # Errors
/// Refused fields; a stale version; [`Code::RoundStage`](crate::Code) after finalising.
pub fn change_quote(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &QuoteContent) -> Result<QuoteView, Error> {
    let row = load(ctx, call, Action::ManageQuotes, id)?;
    let version = call.expected()?;
    let round = store::rounds::find(ctx.db, &row.round_id)?;
    allow(&round, Work::Quote)?;
    let change = checked(ctx, cmd)?;
    if !store::pricing::change(ctx.db, id, version, &change)? {
        return Err(Error::Stale);
    }
    record(ctx, call, &row, "quote.changed");
    get_quote(ctx, call, id)
}

pub(crate) fn load(ctx: &mut Ctx<'_>, call: &Call, action: Action, id: &str) -> Result<Quote, Error> {
    let row = store::pricing::find(ctx.db, id)?;
    call.actor.permit(action, &row.consortium_id, None)?;
    Ok(row)
}

/// The quote as a function from seats to yen.
pub(crate) fn tariff(row: &Quote) -> Result<Tariff, Error> {
    let schedule: Value = serde_json::from_str(&row.schedule).map_err(Error::internal)?;
    Tariff::read(&schedule, &row.tax_rate, row.tax_included).map_err(Error::internal)
}

fn checked(ctx: &Ctx<'_>, cmd: &QuoteContent) -> Result<QuoteChange, Error> {
    let mut check = Checker::new();
    let vendor = check.line("/vendor", &cmd.vendor, 100);
    let title = check.line("/title", &cmd.title, 100);
    let note = check.optional_lines("/note", &cmd.note, 2000);
    let tax_rate = check.line("/tax_rate", &cmd.tax_rate, 20);
    let read = Tariff::read(&cmd.schedule, &tax_rate, cmd.tax_included)
        .map_err(|_first| cost_errors(&Tariff::faults(&cmd.schedule, &tax_rate, cmd.tax_included)));
    let tariff = check.with(read)?;
    Ok(QuoteChange {
        vendor,
        title,
        valid_until_on: cmd.valid_until_on,
        schedule: tariff.schedule().to_value().to_string(),
        tax_rate,
        tax_included: cmd.tax_included,
        note,
        updated_at: ctx.stamp(),
    })
}

fn record(ctx: &mut Ctx<'_>, call: &Call, row: &Quote, action: &'static str) {
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), action, "quote", &row.id)
            .details(json!({"round": row.round_id})),
    );
}
