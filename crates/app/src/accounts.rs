//! Accounts: who signs in, with which rights.

use crate::{Error, Meta, Service};
use domain::access::Actor;

/// Sessions seen valid less than a second ago.
#[derive(Debug, Default)]
pub struct Sessions {}

/// The holder of a bearer token, with the rights held now.
///
/// # Errors
/// [`Error::Unauthenticated`] unless the token is valid.
#[allow(clippy::unused_async, reason = "looks the session up once sessions exist")]
pub async fn authenticate(_service: &Service, _token: &str, _meta: &Meta) -> Result<Actor, Error> {
    Err(Error::Unauthenticated)
}
