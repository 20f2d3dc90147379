//! The desk at which the claims of one transaction are served: everything is read once, each claim is
//! placed in memory, and what changed is written by one statement per table.

use crate::audit::Entry;
use crate::seats::claims::{Claim, Placed, WhenFull};
use crate::seats::mails::{self, Notice};
use crate::{Code, Ctx, Error, FieldCode};
use domain::access::Action;
use domain::seats::{Place, Supply, WaitingState};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::StoreError;
use store::seats::settings::Setting;
use store::seats::waiting::WaitingEntry;
use store::seats::{Account, Assignment, Use};

/// One account in the transaction: locked, counted, and what the claims did to it.
struct Counter {
    account: Account,
    setting: Setting,
    supply: Supply,
    used: Use,
    /// People of the waiting list who were seated here: those behind moved up by so many.
    served: i64,
    /// The name of whoever is next, for a refusal.
    next: Option<String>,
}

/// A pair of account (or contract, or town) and person.
type Pair = (String, String);

pub(super) struct Desk {
    /// By account id: the order in which rows are written is the order in which they were locked.
    counters: BTreeMap<String, Counter>,
    /// Contract and person.
    seated: HashSet<Pair>,
    /// Account and person.
    listed: HashMap<Pair, Listed>,
    /// Town and person, for those who do not claim for themselves.
    people: HashSet<Pair>,
    /// New assignments, each with the id of the request behind it.
    assignments: Vec<(Assignment, String)>,
    entries: Vec<WaitingEntry>,
}

/// A place on the list, and where its person stands by it.
struct Listed {
    entry: WaitingEntry,
    placed: Placed,
}

impl Desk {
    /// Locks the accounts and reads what the claims need.
    pub(super) fn open(ctx: &mut Ctx<'_>, claims: &[Claim<'_>]) -> Result<Self, Error> {
        let account_ids = distinct(claims.iter().map(|claim| claim.account_id));
        let user_ids = distinct(claims.iter().map(|claim| claim.user_id));
        let accounts = store::seats::lock_accounts(ctx.db, &account_ids)?;
        let contract_ids = distinct(accounts.iter().map(|account| account.contract_id.as_str()));
        let mut settings: HashMap<String, Setting> = store::seats::settings::of_accounts(ctx.db, &account_ids)?
            .into_iter()
            .map(|setting| (setting.account_id.clone(), setting))
            .collect();
        let waiting: HashMap<String, i64> = store::seats::waiting::count(ctx.db, &account_ids)?.into_iter().collect();
        let seated = store::seats::assignments::seated(ctx.db, &contract_ids, &user_ids)?.into_iter().collect();
        let anybody_listed = !waiting.is_empty() || accounts.iter().any(|account| account.held > 0);
        let listed = if anybody_listed { listed(ctx, &account_ids, &user_ids)? } else { HashMap::new() };
        let people = people(ctx, &accounts, claims)?;
        let mut counters = BTreeMap::new();
        for account in accounts {
            let waiting = waiting.get(&account.id).copied().unwrap_or(0);
            let supply = Supply { free: account.free(), waiting };
            let refusing = |claim: &Claim<'_>| claim.account_id == account.id && claim.when_full == WhenFull::Refuse;
            let next = if supply.offers_due() > 0 && claims.iter().any(refusing) {
                store::seats::waiting::next_name(ctx.db, &account.id)?
            } else {
                None
            };
            let Some(setting) = settings.remove(&account.id) else { continue };
            let counter = Counter { account, setting, supply, used: Use::default(), served: 0, next };
            counters.insert(counter.account.id.clone(), counter);
        }
        Ok(Self { counters, seated, listed, people, assignments: Vec::new(), entries: Vec::new() })
    }

    /// When a claim is served among those of its transaction: by the place of its person on the list.
    pub(super) fn turn(&self, claim: &Claim<'_>) -> i64 {
        if self.listed.is_empty() {
            return i64::MAX;
        }
        let place = (claim.account_id.to_owned(), claim.user_id.to_owned());
        self.listed.get(&place).map_or(i64::MAX, |listed| listed.entry.sequence)
    }

    /// Judges one claim and places it.
    pub(super) fn place(&mut self, ctx: &mut Ctx<'_>, claim: &Claim<'_>) -> Result<Placed, Error> {
        let counter = self.counters.get_mut(claim.account_id).ok_or(Error::NotFound)?;
        let town = counter.account.member_id.clone().ok_or(Error::NotFound)?;
        permit(claim, &counter.account, &town, &self.people)?;
        if counter.setting.contract_state == "closed" {
            return Err(Error::rule(Code::ContractClosed));
        }
        let seat = (counter.account.contract_id.clone(), claim.user_id.to_owned());
        if self.seated.contains(&seat) {
            return Err(Error::rule(Code::AlreadySeated));
        }
        let place = (claim.account_id.to_owned(), claim.user_id.to_owned());
        let mut supply = counter.supply;
        let found = match (self.listed.get(&place).map(|listed| &listed.placed), claim.when_full) {
            (Some(placed), WhenFull::Queue | WhenFull::QueueAnyway) => return Ok(placed.clone()),
            (Some(Placed::Waitlisted { position, .. }), WhenFull::Refuse) => {
                if !supply.serve(position.saturating_sub(counter.served)) {
                    return Err(counter.refusal());
                }
                Place::Seat
            }
            (Some(Placed::Offered { .. } | Placed::Assigned { .. }), WhenFull::Refuse) => {
                return Err(Error::rule(Code::SeatOffered));
            }
            (None, WhenFull::QueueAnyway) => supply.queue(),
            (None, WhenFull::Queue | WhenFull::Refuse) => supply.place(),
        };
        let placed = match found {
            Place::Seat => {
                let mut row = assignment(ctx, claim, &counter.account);
                if let Some(Listed { entry, .. }) = self.listed.remove(&place) {
                    leave_list(ctx, claim, &entry)?;
                    counter.served = counter.served.saturating_add(1);
                    row.application_id = entry.application_id;
                }
                let placed = Placed::Assigned { assignment_id: row.id.clone() };
                counter.used.assigned = counter.used.assigned.saturating_add(1);
                self.seated.insert(seat);
                self.assignments.push((row, claim.meta.request_id.clone()));
                placed
            }
            Place::Queue { .. } if claim.when_full == WhenFull::Refuse => {
                return Err(counter.refusal());
            }
            Place::Queue { position } => {
                let row = entry(ctx, claim, &counter.account, counter.used.queued);
                let placed = Placed::Waitlisted { entry_id: row.id.clone(), position };
                counter.used.queued = counter.used.queued.saturating_add(1);
                self.listed.insert(place, Listed { entry: row.clone(), placed: placed.clone() });
                self.entries.push(row);
                placed
            }
        };
        counter.supply = supply;
        let (action, kind, subject) = match &placed {
            Placed::Assigned { assignment_id } => ("seat.assigned", "assignment", assignment_id),
            Placed::Waitlisted { entry_id, .. } => ("seat.waitlisted", "waiting_entry", entry_id),
            Placed::Offered { .. } => return Ok(placed),
        };
        ctx.record(
            Entry::done(claim.actor, Some(&counter.account.consortium_id), action, kind, subject)
                .member(&town)
                .from_request(claim.meta)
                .details(json!({"account": claim.account_id, "source": claim.source.as_str()})),
        );
        Ok(placed)
    }

    /// Writes what was placed: rows, then counters in the order of the locks, then the mails' tray.
    pub(super) fn close(self, ctx: &mut Ctx<'_>) -> Result<(), Error> {
        let (rows, requests): (Vec<Assignment>, Vec<String>) = self.assignments.into_iter().unzip();
        match store::seats::assignments::insert(ctx.db, &rows) {
            Err(StoreError::Constraint(constraint)) if constraint.name == "assignments_active_key" => {
                return Err(Error::rule(Code::AlreadySeated));
            }
            other => other?,
        }
        store::seats::waiting::insert(ctx.db, &self.entries)?;
        for (id, counter) in &self.counters {
            if counter.used != Use::default() && !store::seats::change_use(ctx.db, id, &counter.used)? {
                // Only a writer that ignores the lock brings us here; nothing of this transaction stays.
                return Err(Error::Busy);
            }
        }
        let notices: Vec<Notice<'_>> = rows
            .iter()
            .zip(&requests)
            .filter_map(|(row, request_id)| {
                let setting = &self.counters.get(&row.account_id)?.setting;
                Some(Notice { user_id: &row.user_id, consortium_id: &row.consortium_id, setting, request_id })
            })
            .collect();
        mails::seats_assigned(ctx, &notices)
    }
}

impl Counter {
    /// Why nobody new is seated now.
    fn refusal(&self) -> Error {
        let Supply { free, waiting } = self.supply;
        if free <= 0 {
            return Error::rule(Code::SeatsSoldOut);
        }
        let next = self.next.clone().unwrap_or_default();
        let facts = vec![("free", free.to_string()), ("waiting", waiting.to_string()), ("next", next)];
        Error::rule_with(Code::OthersWaitBefore, facts)
    }
}

/// The first of the waiting list is seated by the town: the place is served, and the application behind it decided.
fn leave_list(ctx: &mut Ctx<'_>, claim: &Claim<'_>, entry: &WaitingEntry) -> Result<(), Error> {
    let (from, to) = (WaitingState::Waiting.as_str(), WaitingState::Accepted.as_str());
    if store::seats::waiting::move_on(ctx.db, std::slice::from_ref(&entry.id), from, to, ctx.stamp())? != 1 {
        return Err(Error::Busy);
    }
    match &entry.application_id {
        Some(application_id) => crate::entries::seat_taken(ctx, claim.actor, application_id),
        None => Ok(()),
    }
}

/// For oneself the right to claim in the town; for others the right to assign, and the person must be of the town.
fn permit(claim: &Claim<'_>, account: &Account, town: &str, people: &HashSet<Pair>) -> Result<(), Error> {
    let for_oneself = claim.user_id == claim.actor.user_id;
    let action = if for_oneself { Action::ClaimSeat } else { Action::AssignSeats };
    claim.actor.permit(action, &account.consortium_id, Some(town))?;
    if for_oneself || people.contains(&(town.to_owned(), claim.user_id.to_owned())) {
        return Ok(());
    }
    Err(Error::field("/user_id", FieldCode::NoSuchThing))
}

fn assignment(ctx: &Ctx<'_>, claim: &Claim<'_>, account: &Account) -> Assignment {
    Assignment {
        id: ctx.id(),
        consortium_id: account.consortium_id.clone(),
        contract_id: account.contract_id.clone(),
        account_id: account.id.clone(),
        user_id: claim.user_id.to_owned(),
        application_id: claim.application_id.map(str::to_owned),
        source: claim.source.as_str().to_owned(),
        assigned_by: claim.actor.user_id.clone(),
        assigned_at: ctx.stamp(),
        released_at: None,
        release_reason: None,
        released_by: None,
        version: 1,
    }
}

fn entry(ctx: &Ctx<'_>, claim: &Claim<'_>, account: &Account, queued: i64) -> WaitingEntry {
    WaitingEntry {
        id: ctx.id(),
        consortium_id: account.consortium_id.clone(),
        account_id: account.id.clone(),
        user_id: claim.user_id.to_owned(),
        application_id: claim.application_id.map(str::to_owned),
        sequence: account.next_waiting.saturating_add(queued),
        state: "waiting".to_owned(),
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    }
}

/// Who is on a list already, and where. Rare, so that one query for each place is cheap enough.
fn listed(ctx: &mut Ctx<'_>, account_ids: &[String], user_ids: &[String]) -> Result<HashMap<Pair, Listed>, Error> {
    let entries = store::seats::waiting::held_by(ctx.db, account_ids, user_ids)?;
    let mut listed = HashMap::with_capacity(entries.len());
    for entry in entries {
        let placed = if entry.state == "offered" {
            let offer = store::seats::offers::open_to(ctx.db, std::slice::from_ref(&entry.id))?.pop();
            let offer = offer.ok_or_else(|| Error::internal("an offered place without an open offer"))?;
            Placed::Offered { offer_id: offer.id, expires_at: offer.expires_at.and_utc() }
        } else {
            let position = store::seats::waiting::position(ctx.db, &entry.account_id, entry.sequence)?;
            Placed::Waitlisted { entry_id: entry.id.clone(), position }
        };
        listed.insert((entry.account_id.clone(), entry.user_id.clone()), Listed { entry, placed });
    }
    Ok(listed)
}

/// Which of the people who are claimed for belong to the towns concerned.
fn people(ctx: &mut Ctx<'_>, accounts: &[Account], claims: &[Claim<'_>]) -> Result<HashSet<Pair>, Error> {
    let mut people = HashSet::new();
    for account in accounts {
        let Some(town) = &account.member_id else { continue };
        let others = claims
            .iter()
            .filter(|claim| claim.account_id == account.id && claim.user_id != claim.actor.user_id)
            .map(|claim| claim.user_id);
        let others = distinct(others);
        if !others.is_empty() {
            let of_town = store::seats::settings::people_of_town(ctx.db, &account.consortium_id, town, &others)?;
            people.extend(of_town.into_iter().map(|person| (town.clone(), person)));
        }
    }
    Ok(people)
}

fn distinct<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut ids: Vec<String> = ids.map(str::to_owned).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
