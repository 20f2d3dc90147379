//! Ids in paths: whatever is no UUID names nothing and is answered 404 without asking the database.

use crate::Problem;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use app::Code;
use std::future::{Ready, ready};

/// The only id of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id(pub String);

/// The ids of a path, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids<const N: usize>(pub [String; N]);

impl FromRequest for Id {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(ids(req).map(|[id]| Self(id)))
    }
}

impl<const N: usize> FromRequest for Ids<N> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(ids(req).map(Self))
    }
}

fn ids<const N: usize>(req: &HttpRequest) -> Result<[String; N], Problem> {
    let absent = || Problem::new(Code::NotFound);
    let ids: Option<Vec<String>> = req.match_info().iter().map(|(_, text)| parse(text)).collect();
    let ids = ids.ok_or_else(absent)?;
    <[String; N]>::try_from(ids).map_err(|ids| Problem::fault(format!("{} ids in a path of {N}", ids.len())))
}

/// The one form in which the service writes ids: 36 characters, lower case.
fn parse(text: &str) -> Option<String> {
    let id = uuid::Uuid::try_parse(text).ok()?.to_string();
    (id == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_that_the_service_writes_is_an_id() {
        let id = "0199b3f0-0000-7000-8000-000000000001";
        assert_eq!(parse(id).as_deref(), Some(id));
        for bad in [
            "1",
            "",
            "0199B3F0-0000-7000-8000-00000000000A",
            "0199b3f0000070008000000000000001",
            "{0199b3f0-0000-7000-8000-000000000001}",
            "' OR 1=1",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
