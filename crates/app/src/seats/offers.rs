//! Timed offers: a seat that becomes free is held for the first who waits, for 72 hours.
//!
//! Each step locks the account first, so that offers, claims and transfers follow one another. The
//! deadline counts, not the worker: an answer after it is refused even before [`expire_offers`] ran.

use crate::audit::Entry;
use crate::seats::mails;
use crate::{Call, Code, Ctx, Error, Page, PageQuery};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::seats::{OfferAct, OfferRule, OfferState, Supply, offer_ends};
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use store::StoreError;
use store::seats::offers::Offer;
use store::seats::settings::Setting;
use store::seats::waiting::WaitingEntry;
use store::seats::{Account, Assignment, Use};
use utoipa::ToSchema;

/// Offers ended by one run of the worker.
const RUN: i64 = 200;

/// An offer as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfferView {
    /// UUIDv7.
    pub id: String,
    /// The town's account.
    pub account_id: String,
    /// `open`, `accepted`, `declined` or `expired`.
    #[schema(example = "open")]
    pub state: String,
    /// What the seat is for.
    pub product: String,
    /// 団体名.
    pub member_name: String,
    /// When it was made.
    pub offered_at: DateTime<Utc>,
    /// Until when it stands (72 hours).
    pub expires_at: DateTime<Utc>,
    /// When it was answered or ended.
    pub answered_at: Option<DateTime<Utc>>,
}

/// Offers the free seats of an account to those who wait; the account is locked by the caller.
pub(crate) fn offer_free_seats(ctx: &mut Ctx<'_>, account_id: &str) -> Result<usize, Error> {
    offer_free_seats_up_to(ctx, account_id, i64::MAX)
}

/// As [`offer_free_seats`], at most so many.
pub(crate) fn offer_free_seats_up_to(ctx: &mut Ctx<'_>, account_id: &str, most: i64) -> Result<usize, Error> {
    let ids = [account_id.to_owned()];
    let account = store::seats::find_account(ctx.db, account_id)?;
    if account.member_id.is_none() || account.free() <= 0 {
        return Ok(0);
    }
    let waiting = store::seats::waiting::count(ctx.db, &ids)?.first().map_or(0, |(_, waiting)| *waiting);
    let due = Supply { free: account.free(), waiting }.offers_due().min(most);
    if due <= 0 {
        return Ok(0);
    }
    let setting = setting(ctx, account_id)?;
    if setting.contract_state == "closed" {
        return Ok(0);
    }
    let next = store::seats::waiting::first(ctx.db, account_id, due)?;
    let offers: Vec<Offer> = next.iter().map(|entry| offer(ctx, entry)).collect();
    let entry_ids: Vec<String> = next.iter().map(|entry| entry.id.clone()).collect();
    store::seats::offers::insert(ctx.db, &offers)?;
    let moved = store::seats::waiting::move_on(ctx.db, &entry_ids, "waiting", "offered", ctx.stamp())?;
    let held = i64::try_from(offers.len()).map_err(Error::internal)?;
    let holds = store::seats::change_use(ctx.db, account_id, &Use { held, ..Use::default() })?;
    if !holds || moved != offers.len() {
        return Err(Error::Busy);
    }
    for offer in &offers {
        ctx.record(note(&account, "offer.made", &offer.id).details(json!({"expires_at": offer.expires_at.and_utc()})));
    }
    let titled = titled(ctx, offers, &next)?;
    mails::offers_made(ctx, &setting, &titled)?;
    Ok(titled.len())
}

fn offer(ctx: &Ctx<'_>, entry: &WaitingEntry) -> Offer {
    Offer {
        id: ctx.id(),
        consortium_id: entry.consortium_id.clone(),
        account_id: entry.account_id.clone(),
        waiting_entry_id: entry.id.clone(),
        user_id: entry.user_id.clone(),
        state: OfferState::Open.as_str().to_owned(),
        offered_at: ctx.stamp(),
        expires_at: offer_ends(ctx.now).naive_utc(),
        answered_at: None,
        version: 1,
    }
}

fn note(account: &Account, action: &'static str, offer_id: &str) -> Entry {
    let entry = Entry::by_service(Some(&account.consortium_id), action, "offer", offer_id);
    match &account.member_id {
        Some(town) => entry.member(town),
        None => entry,
    }
}

/// Offers with the title of the entry call behind each.
fn titled(
    ctx: &mut Ctx<'_>,
    offers: Vec<Offer>,
    entries: &[WaitingEntry],
) -> Result<Vec<(Offer, Option<String>)>, Error> {
    let applications: Vec<String> = entries.iter().filter_map(|entry| entry.application_id.clone()).collect();
    if applications.is_empty() {
        return Ok(offers.into_iter().map(|offer| (offer, None)).collect());
    }
    let titles: HashMap<String, String> =
        store::seats::offers::call_titles(ctx.db, &applications)?.into_iter().collect();
    let by_entry: HashMap<&str, &str> = entries
        .iter()
        .filter_map(|entry| Some((entry.id.as_str(), titles.get(entry.application_id.as_ref()?)?.as_str())))
        .collect();
    Ok(offers
        .into_iter()
        .map(|offer| {
            let title = by_entry.get(offer.waiting_entry_id.as_str()).map(|title| (*title).to_owned());
            (offer, title)
        })
        .collect())
}

fn setting(ctx: &mut Ctx<'_>, account_id: &str) -> Result<Setting, Error> {
    store::seats::settings::of_accounts(ctx.db, &[account_id.to_owned()])?.pop().ok_or(Error::NotFound)
}

/// The caller's offers, newest first.
///
/// # Errors
/// A cursor or limit that was refused.
pub fn list_my_offers(ctx: &mut Ctx<'_>, call: &Call, query: &PageQuery) -> Result<Page<OfferView>, Error> {
    let list = format!("offers/{}", call.actor.user_id);
    let listing = query.listing(ctx.env, &list, &store::seats::offers::OFFERS)?;
    let rows = store::seats::offers::of_person(ctx.db, &call.actor.user_id, &listing.slice)?;
    let accounts: Vec<String> = rows.iter().map(|(offer, _)| offer.account_id.clone()).collect();
    let settings: HashMap<String, Setting> = store::seats::settings::of_accounts(ctx.db, &accounts)?
        .into_iter()
        .map(|setting| (setting.account_id.clone(), setting))
        .collect();
    Ok(listing.page(ctx.env, rows, |row| {
        let setting = settings.get(&row.account_id);
        view(row, setting)
    }))
}

/// One offer of the caller.
///
/// # Errors
/// [`Error::NotFound`] unless it was made to the caller.
pub fn get_my_offer(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<OfferView, Error> {
    let offer = store::seats::offers::find(ctx.db, id)?;
    if offer.user_id != call.actor.user_id {
        return Err(Error::NotFound);
    }
    let setting = setting(ctx, &offer.account_id)?;
    Ok(view(offer, Some(&setting)))
}

fn view(row: Offer, setting: Option<&Setting>) -> OfferView {
    OfferView {
        id: row.id,
        account_id: row.account_id,
        state: row.state,
        product: setting.map(|setting| setting.product.clone()).unwrap_or_default(),
        member_name: setting.and_then(|setting| setting.member.clone()).unwrap_or_default(),
        offered_at: row.offered_at.and_utc(),
        expires_at: row.expires_at.and_utc(),
        answered_at: row.answered_at.map(|at| at.and_utc()),
    }
}

/// An open offer of the caller, with its account locked and its surroundings.
struct Open {
    offer: Offer,
    account: Account,
    setting: Setting,
}

fn answer(ctx: &mut Ctx<'_>, call: &Call, id: &str, act: OfferAct) -> Result<Open, Error> {
    let offer = store::seats::offers::find(ctx.db, id)?;
    if offer.user_id != call.actor.user_id {
        return Err(Error::NotFound);
    }
    let account = lock(ctx, &offer.account_id)?;
    call.actor.permit(Action::ClaimSeat, &account.consortium_id, account.member_id.as_deref())?;
    let offer = store::seats::offers::find(ctx.db, id)?;
    let setting = setting(ctx, &account.id)?;
    let state = OfferState::parse(&offer.state).ok_or_else(|| Error::internal("unknown state of an offer"))?;
    let next = state.after(act, ctx.now, offer.expires_at.and_utc()).map_err(|rule| match rule {
        OfferRule::Expired => Error::rule(Code::OfferExpired),
        OfferRule::Answered | OfferRule::Standing => Error::rule(Code::OfferAnswered),
    })?;
    end(ctx, &offer, next)?;
    Ok(Open { offer, account, setting })
}

/// Ends the offer and its place on the list alike.
fn end(ctx: &mut Ctx<'_>, offer: &Offer, state: OfferState) -> Result<(), Error> {
    let ended = store::seats::offers::end(ctx.db, &offer.id, state.as_str(), ctx.stamp())?;
    let entry = std::slice::from_ref(&offer.waiting_entry_id);
    let moved = store::seats::waiting::move_on(ctx.db, entry, "offered", state.as_str(), ctx.stamp())?;
    if ended && moved == 1 { Ok(()) } else { Err(Error::Busy) }
}

fn lock(ctx: &mut Ctx<'_>, account_id: &str) -> Result<Account, Error> {
    store::seats::lock_accounts(ctx.db, &[account_id.to_owned()])?.pop().ok_or(Error::NotFound)
}

/// Takes the seat that is held for the caller.
///
/// # Errors
/// [`Code::OfferExpired`], [`Code::OfferAnswered`], [`Code::AlreadySeated`], [`Code::ContractClosed`].
pub fn accept_offer(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<OfferView, Error> {
    let Open { offer, account, setting } = answer(ctx, call, id, OfferAct::Accept)?;
    if setting.contract_state == "closed" {
        return Err(Error::rule(Code::ContractClosed));
    }
    let entry = store::seats::waiting::find(ctx.db, &offer.waiting_entry_id)?;
    let row = seat(ctx, &account, &entry);
    match store::seats::assignments::insert(ctx.db, std::slice::from_ref(&row)) {
        Err(StoreError::Constraint(constraint)) if constraint.name == "assignments_active_key" => {
            return Err(Error::rule(Code::AlreadySeated));
        }
        other => other?,
    }
    if !store::seats::change_use(ctx.db, &account.id, &Use { assigned: 1, held: -1, queued: 0 })? {
        return Err(Error::Busy);
    }
    record(ctx, call, &account, "offer.accepted", &offer.id, Some(&row.id));
    if let Some(application_id) = &entry.application_id {
        crate::entries::seat_taken(ctx, &call.actor, application_id)?;
    }
    let request_id = ctx.meta.request_id.clone();
    mails::seats_assigned(
        ctx,
        &[mails::Notice {
            user_id: &row.user_id,
            consortium_id: &row.consortium_id,
            setting: &setting,
            request_id: &request_id,
        }],
    )?;
    Ok(view(store::seats::offers::find(ctx.db, id)?, Some(&setting)))
}

/// Leaves the seat to the next who waits.
///
/// # Errors
/// [`Code::OfferExpired`], [`Code::OfferAnswered`].
pub fn decline_offer(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<OfferView, Error> {
    let Open { offer, account, setting } = answer(ctx, call, id, OfferAct::Decline)?;
    let_go(ctx, &account.id, 1)?;
    record(ctx, call, &account, "offer.declined", &offer.id, None);
    offer_free_seats(ctx, &account.id)?;
    Ok(view(store::seats::offers::find(ctx.db, id)?, Some(&setting)))
}

/// Ends an open offer because its person leaves the list; the caller has locked the account.
pub(super) fn withdraw_open(ctx: &mut Ctx<'_>, entry: &WaitingEntry) -> Result<(), Error> {
    let open = store::seats::offers::open_to(ctx.db, std::slice::from_ref(&entry.id))?;
    for offer in open {
        store::seats::offers::end(ctx.db, &offer.id, OfferState::Declined.as_str(), ctx.stamp())?;
        let_go(ctx, &entry.account_id, 1)?;
    }
    Ok(())
}

fn let_go(ctx: &mut Ctx<'_>, account_id: &str, seats: i64) -> Result<(), Error> {
    let by = Use { held: seats.saturating_neg(), ..Use::default() };
    if store::seats::change_use(ctx.db, account_id, &by)? { Ok(()) } else { Err(Error::Busy) }
}

fn seat(ctx: &Ctx<'_>, account: &Account, entry: &WaitingEntry) -> Assignment {
    Assignment {
        id: ctx.id(),
        consortium_id: account.consortium_id.clone(),
        contract_id: account.contract_id.clone(),
        account_id: account.id.clone(),
        user_id: entry.user_id.clone(),
        application_id: entry.application_id.clone(),
        source: crate::seats::claims::Source::Offer.as_str().to_owned(),
        assigned_by: entry.user_id.clone(),
        assigned_at: ctx.stamp(),
        released_at: None,
        release_reason: None,
        released_by: None,
        version: 1,
    }
}

fn record(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account: &Account,
    action: &'static str,
    offer_id: &str,
    assignment_id: Option<&str>,
) {
    let mut entry = Entry::done(&call.actor, Some(&account.consortium_id), action, "offer", offer_id)
        .details(json!({"account": account.id, "assignment": assignment_id}));
    if let Some(town) = &account.member_id {
        entry = entry.member(town);
    }
    ctx.record(entry);
}

/// Ends the offers whose time has passed and passes their seats on; answers how many ended.
///
/// Work of the service, run every minute; safe on several replicas, because each offer ends once.
///
/// # Errors
/// When the database refuses.
pub fn expire_offers(ctx: &mut Ctx<'_>) -> Result<usize, Error> {
    let mut by_account: BTreeMap<String, Vec<Offer>> = BTreeMap::new();
    for offer in store::seats::offers::due(ctx.db, ctx.stamp(), RUN)? {
        by_account.entry(offer.account_id.clone()).or_default().push(offer);
    }
    let ids: Vec<String> = by_account.keys().cloned().collect();
    let accounts = store::seats::lock_accounts(ctx.db, &ids)?;
    let mut ended = 0_usize;
    for account in accounts {
        let due = by_account.remove(&account.id).unwrap_or_default();
        let gone = expire(ctx, &account, due)?;
        ended = ended.saturating_add(gone.len());
        if !gone.is_empty() {
            let setting = setting(ctx, &account.id)?;
            mails::offers_expired(ctx, &setting, &gone)?;
            offer_free_seats(ctx, &account.id)?;
        }
    }
    Ok(ended)
}

/// Ends those of the offers that nobody answered or ended meanwhile.
fn expire(ctx: &mut Ctx<'_>, account: &Account, due: Vec<Offer>) -> Result<Vec<(Offer, Option<String>)>, Error> {
    let mut gone = Vec::with_capacity(due.len());
    let mut entries = Vec::with_capacity(due.len());
    for offer in due {
        if store::seats::offers::find(ctx.db, &offer.id)?.state != OfferState::Open.as_str() {
            continue;
        }
        end(ctx, &offer, OfferState::Expired)?;
        let_go(ctx, &account.id, 1)?;
        ctx.record(note(account, "offer.expired", &offer.id));
        entries.push(store::seats::waiting::find(ctx.db, &offer.waiting_entry_id)?);
        gone.push(offer);
    }
    titled(ctx, gone, &entries)
}
