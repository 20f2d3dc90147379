//! Lotteries that anybody can repeat: the close commits to the list of applications, to a secret and to a
//! public value that is not known yet; the draw reveals all three (`seat_allocator::lottery`).
//!
//! The secret is derived from the service's own until the draw, so that no row of the database tells it.

use super::calls::{EntryCallView, entry, get_entry_call};
use super::{after, hold, permitted, policy_of};
use crate::input::Checker;
use crate::{Call, Code, Ctx, Error};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::access::Action;
use domain::entries::CallAct;
use domain::entries::selection::Policy;
use domain::typed::narrow;
use identity::secret::Label;
use seat_allocator::lottery::{self as draws, Commitment, Draw, Entrant, Reveal};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::entries::EntryCall;
use utoipa::ToSchema;

/// The record as it is stored beside the call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    commitment: Commitment,
    entrants: Vec<String>,
    reveal: Option<Reveal>,
    draw: Option<Draw>,
}

impl Record {
    fn read(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(Error::internal)
    }

    fn write(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(Error::internal)
    }
}

/// The public value that decides.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawLottery {
    /// What the source named at the close has given, 1 to 200 characters.
    #[schema(example = "4071", max_length = 200)]
    pub public_value: String,
}

/// A lottery's record: before the draw the commitment, after it all that is needed to repeat it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LotteryView {
    /// The scheme.
    #[schema(example = "seat-lottery/v1")]
    pub version: String,
    /// The public value to come, as named at the close.
    pub source: String,
    /// SHA-256 of the list: the ids below in the order of their bytes, a line each.
    pub list_hash: String,
    /// SHA-256 of the secret followed by the salt.
    pub secret_hash: String,
    /// The ids of the applications that take part.
    pub entrants: Vec<String>,
    /// The secret; null until the draw.
    pub secret: Option<String>,
    /// The salt; null until the draw.
    pub salt: Option<String>,
    /// What the source gave; null until the draw.
    pub public_value: Option<String>,
    /// SHA-256 of version, list hash, secret and public value; null until the draw.
    pub seed: Option<String>,
    /// Everybody in the order of drawing; empty until the draw.
    pub tickets: Vec<TicketView>,
}

/// One ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TicketView {
    /// The application.
    pub application_id: String,
    /// SHA-256 of the seed followed by the id; the smallest are drawn first.
    pub ticket: String,
    /// Rank, from 1.
    pub rank: u64,
    /// Whether a place was left.
    pub drawn: bool,
}

impl LotteryView {
    pub(super) fn of_record(json: &str) -> Result<Self, Error> {
        let Record { commitment, entrants, reveal, draw } = Record::read(json)?;
        let (secret, salt, public_value) = match reveal {
            Some(reveal) => (Some(reveal.secret), Some(reveal.salt), Some(reveal.public_value)),
            None => (None, None, None),
        };
        let seed = draw.as_ref().map(|draw| draw.seed.to_string());
        let tickets = draw.into_iter().flat_map(|draw| draw.tickets).map(|ticket| TicketView {
            application_id: ticket.id,
            ticket: ticket.ticket.to_string(),
            rank: ticket.rank,
            drawn: ticket.drawn,
        });
        Ok(Self {
            version: commitment.version,
            source: commitment.source,
            list_hash: commitment.list.to_string(),
            secret_hash: commitment.secret.to_string(),
            entrants,
            secret,
            salt,
            public_value,
            seed,
            tickets: tickets.collect(),
        })
    }
}

/// The tickets of a drawn lottery.
///
/// # Errors
/// [`Code::LotteryNotDrawn`] before the draw.
pub(super) fn drawn(row: &EntryCall) -> Result<Draw, Error> {
    let record = row.lottery_seed.as_deref().map(Record::read).transpose()?;
    record.and_then(|record| record.draw).ok_or_else(|| Error::rule(Code::LotteryNotDrawn))
}

/// Commits to the list at the close; the call's row is held by the caller.
pub(super) fn commit(ctx: &mut Ctx<'_>, call: &Call, row: &EntryCall, source: &str) -> Result<(), Error> {
    let entrants: Vec<String> =
        store::entries::applications::undecided(ctx.db, &row.id)?.into_iter().map(|one| one.id).collect();
    let commitment =
        draws::commit(&taking_part(&entrants), &secret(ctx, row), &row.id, source).map_err(Error::internal)?;
    ctx.record(entry(call, row, "entry_call.lottery_committed").details(json!({
        "list": commitment.list.to_string(), "secret": commitment.secret.to_string(), "entrants": entrants.len(),
    })));
    let record = Record { commitment, entrants, reveal: None, draw: None };
    Ok(store::entries::keep_lottery(ctx.db, &row.id, &record.write()?, ctx.stamp())?)
}

/// Draws the lottery of a closed call, once.
///
/// # Errors
/// [`Code::NotALottery`], [`Code::EntryCallState`] before the close, [`Code::LotteryDrawn`].
pub fn draw_lottery(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &DrawLottery) -> Result<EntryCallView, Error> {
    let row = permitted(ctx, call, id, Action::SelectApplicants)?;
    if policy_of(&row)? != Policy::Lottery {
        return Err(Error::rule(Code::NotALottery));
    }
    after(&row, CallAct::Draw)?;
    let mut check = Checker::new();
    // Whoever checks the draw types the digits of the announcement, not those of this keyboard.
    let public_value: String = check.line("/public_value", &cmd.public_value, 200).chars().map(narrow).collect();
    check.finish()?;
    hold(ctx, &row)?;
    let row = store::entries::find(ctx.db, id)?;
    let stored = row.lottery_seed.as_deref().ok_or_else(|| Error::internal("a closed lottery without commitment"))?;
    let mut record = Record::read(stored)?;
    if record.draw.is_some() {
        return Err(Error::rule(Code::LotteryDrawn));
    }
    let reveal = Reveal { secret: secret(ctx, &row), salt: row.id.clone(), public_value };
    let places = u64::try_from(row.capacity).map_err(Error::internal)?;
    let draw =
        draws::draw(&record.commitment, &taking_part(&record.entrants), &reveal, places).map_err(Error::internal)?;
    ctx.record(entry(call, &row, "entry_call.lottery_drawn").details(json!({
        "seed": draw.seed.to_string(), "public_value": reveal.public_value,
        "tickets": draw.tickets.iter().map(|ticket| ticket.id.as_str()).collect::<Vec<_>>(),
    })));
    record.reveal = Some(reveal);
    record.draw = Some(draw);
    store::entries::keep_lottery(ctx.db, id, &record.write()?, ctx.stamp())?;
    get_entry_call(ctx, call, id)
}

fn taking_part(ids: &[String]) -> Vec<Entrant> {
    ids.iter().map(Entrant::new).collect()
}

fn secret(ctx: &Ctx<'_>, row: &EntryCall) -> String {
    URL_SAFE_NO_PAD.encode(ctx.env.secret.derive(Label::Lottery, row.id.as_bytes()))
}
