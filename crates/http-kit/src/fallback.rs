//! What answers when no handler does: 404 for an unknown path, 405 with `Allow` for a known one.
//!
//! [`Routes`] is the table of all operations, made from the `OpenAPI` document; it also tells the
//! extractors the name of the operation and the logs its pattern (never the path with its ids).

use crate::{Edge, Problem};
use actix_web::{HttpRequest, web};
use app::Code;
use std::collections::HashMap;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `GET`, `POST` …
    pub method: String,
    /// The path with its places: `/api/v1/consortia/{consortium_id}`.
    pub pattern: String,
    /// The operationId.
    pub operation: String,
}

/// All operations, as a tree of the words of their paths: every request looks here, twice.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// What follows after a fixed word.
    words: HashMap<String, Self>,
    /// What follows after a place.
    place: Option<Box<Self>>,
    /// What ends here.
    resource: Option<Resource>,
}

#[derive(Debug, Clone)]
struct Resource {
    pattern: String,
    operations: Vec<(String, String)>,
}

impl Routes {
    /// A table of operations.
    #[must_use]
    pub fn new(routes: impl IntoIterator<Item = Route>) -> Self {
        Self::default().with(routes)
    }

    /// The same table with more operations.
    #[must_use]
    pub fn with(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        for Route { method, pattern, operation } in routes {
            let end = pattern.split('/').fold(&mut self, |node, word| match word.starts_with('{') {
                true => &mut **node.place.get_or_insert_default(),
                false => node.words.entry(word.to_owned()).or_default(),
            });
            let resource = end.resource.get_or_insert_with(|| Resource { pattern, operations: Vec::new() });
            resource.operations.push((method, operation));
        }
        self
    }

    /// The pattern and the operation of a request; the operation is empty when the method is another.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Option<(&str, &str)> {
        let mut known = None;
        let found = self.visit(path, &mut |resource| {
            known = known.or(Some((resource.pattern.as_str(), "")));
            let (_, operation) = resource.operations.iter().find(|(offered, _)| offered == method)?;
            Some((resource.pattern.as_str(), operation.as_str()))
        });
        found.or(known)
    }

    /// The methods that a path takes.
    #[must_use]
    pub fn allow(&self, path: &str) -> Vec<&str> {
        let mut methods: Vec<&str> = Vec::new();
        let _all: Option<()> = self.visit(path, &mut |resource| {
            methods.extend(resource.operations.iter().map(|(method, _)| method.as_str()));
            None
        });
        methods.sort_unstable();
        methods.dedup();
        methods
    }

    /// Looks at what takes a path until one is the right one. Fixed words win over places, as `/members/search` over
    /// `/members/{member_id}`.
    fn visit<'a, T>(&'a self, path: &str, look: &mut impl FnMut(&'a Resource) -> Option<T>) -> Option<T> {
        let (word, rest) = path.split_once('/').map_or((path, None), |(word, rest)| (word, Some(rest)));
        let place = self.place.as_deref().filter(|_| !word.is_empty());
        self.words.get(word).into_iter().chain(place).find_map(|node| match rest {
            Some(rest) => node.visit(rest, look),
            None => node.resource.as_ref().and_then(&mut *look),
        })
    }
}

/// Refuses what no handler took.
///
/// # Errors
/// Always: 404 or 405.
pub async fn no_route(req: HttpRequest, edge: web::Data<Edge>) -> Result<actix_web::HttpResponse, Problem> {
    let allow = edge.routes.allow(req.path());
    if allow.is_empty() {
        Err(Problem::new(Code::NoSuchRoute))
    } else {
        Err(Problem::method_not_allowed(allow.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let route = |method: &str, pattern: &str, operation: &str| Route {
            method: method.into(),
            pattern: pattern.into(),
            operation: operation.into(),
        };
        Routes::new([
            route("GET", "/towns/{id}", "get_town"),
            route("POST", "/towns/{id}", "change_town"),
            route("GET", "/towns/search", "search_towns"),
        ])
    }

    #[test]
    fn an_operation_is_found_by_method_and_path() {
        assert_eq!(routes().find("POST", "/towns/7"), Some(("/towns/{id}", "change_town")));
        assert_eq!(routes().find("GET", "/towns/search"), Some(("/towns/search", "search_towns")));
        assert_eq!(routes().find("PUT", "/towns/7"), Some(("/towns/{id}", "")));
        for unknown in ["/towns/7/more", "/towns/", "/towns", "/x/towns/7", "towns/7", ""] {
            assert_eq!(routes().find("GET", unknown), None, "{unknown}");
        }
    }

    #[test]
    fn allow_names_every_method_once() {
        assert_eq!(routes().allow("/towns/search"), ["GET", "POST"]);
        assert!(routes().allow("/elsewhere").is_empty());
    }
}
