//! Query parameters as a command: unknown, repeated or unreadable ones are refused by name (422).

use crate::{Problem, json};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use app::{FieldCode, FieldError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::future::{Ready, ready};

/// The parameters of a query. The name is the one that the `OpenAPI` macros look for.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(req.query_string()).map(Self))
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query).map_err(|error| {
        tracing::debug!(%error, "A query could not be read");
        Problem::unreadable("クエリ")
    })?;
    let mut object = Map::new();
    for (name, value) in pairs.into_inner() {
        if object.contains_key(&name) {
            return Err(Problem::fields(&[FieldError { pointer: name, code: FieldCode::Duplicate }]));
        }
        object.insert(name, Value::String(value));
    }
    json::parameters(&Value::Object(object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::PageQuery;

    fn refused(query: &str) -> (String, &'static str) {
        let body = serde_json::to_value(read::<PageQuery>(query).unwrap_err().document("", "")).unwrap();
        let pointer = body["errors"][0]["pointer"].as_str().unwrap().to_owned();
        let code = body["errors"][0]["code"].as_str().unwrap().to_owned();
        (pointer, Box::leak(code.into_boxed_str()))
    }

    #[test]
    fn parameters_are_read_from_text() {
        let page: PageQuery = read("limit=5&cursor=a%2Fb").unwrap();
        assert_eq!((page.limit, page.cursor.as_deref()), (Some(5), Some("a/b")));
        assert_eq!(read::<PageQuery>("").unwrap().limit, None);
    }

    #[test]
    fn a_refused_parameter_is_named() {
        assert_eq!(refused("limti=5"), ("limti".into(), "unknown_field"));
        assert_eq!(refused("limit=5&limit=6"), ("limit".into(), "duplicate"));
        assert_eq!(refused("limit=five"), ("limit".into(), "wrong_type"));
        assert_eq!(refused("limit=%EF%BC%95"), ("limit".into(), "wrong_type"));
        assert_eq!(refused("limit=9223372036854775808"), ("limit".into(), "out_of_range"));
    }
}
