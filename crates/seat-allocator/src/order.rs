//! The order among exact equals. Never the order of a hash table, and the order of the list only where no key is given.

use crate::problem::{Claim, TieBreak};
use sha2::{Digest, Sha256};
use std::rc::Rc;

/// Ranks claims of a problem by the policy chosen in advance.
pub(crate) struct Order<'a> {
    /// Tie key and identifier at a position; shared so that callers need not know the quantity of the claims.
    key: Rc<dyn Fn(usize) -> (Option<&'a str>, &'a str) + 'a>,
    by: &'a TieBreak,
    worst_first: bool,
}

impl<'a> Order<'a> {
    pub(crate) fn new<Q>(claims: &'a [Claim<Q>], by: &'a TieBreak) -> Self {
        let key = |at: usize| match claims.get(at) {
            Some(claim) => (claim.tie_key.as_deref(), claim.id.as_str()),
            None => (None, ""),
        };
        Self {
            key: Rc::new(key),
            by,
            worst_first: false,
        }
    }

    /// The same positions, best first.
    pub(crate) fn ranked(&self, mut positions: Vec<usize>) -> Vec<usize> {
        match self.by {
            // Claims with a key come first, by key and then id; the others keep the order of the list.
            TieBreak::Key => positions.sort_by_cached_key(|&at| match (self.key)(at) {
                (Some(tie), id) => (0, tie, id, at),
                (None, _) => (1, "", "", at),
            }),
            TieBreak::Lottery { seed } => positions.sort_by_cached_key(|&at| {
                let (_, id) = (self.key)(at);
                (ticket(seed.as_bytes(), id), id)
            }),
        }
        if self.worst_first {
            positions.reverse();
        }
        positions
    }

    /// The opposite order, for a division of losses.
    pub(crate) fn reversed(&self) -> Self {
        Self {
            key: Rc::clone(&self.key),
            by: self.by,
            worst_first: !self.worst_first,
        }
    }
}

/// SHA-256 of the seed followed by the identifier.
pub(crate) fn ticket(seed: &[u8], id: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(seed)
        .chain_update(id.as_bytes())
        .finalize()
        .into()
}
