//! Seats as the lead sees them: the map of a contract with its ledger. What a town does with its own stands elsewhere.

pub(crate) mod map;

pub(crate) use map::account_named;

use crate::pages::Pages;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    map::pages(pages);
}
