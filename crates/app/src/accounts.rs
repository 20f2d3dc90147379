//! Accounts: who signs in, with which rights.

/// Sessions seen valid less than a second ago.
#[derive(Debug, Default)]
pub struct Sessions {}
