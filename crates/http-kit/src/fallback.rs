//! What answers when no handler does: 404 for an unknown path, 405 with `Allow` for a known one.
//!
//! [`Routes`] is the table of all operations, made from the `OpenAPI` document; it also tells the
//! extractors the name of the operation and the logs its pattern (never the path with its ids).

use crate::{Edge, Problem};
use actix_web::{HttpRequest, web};
use app::Code;
use std::collections::BTreeMap;

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

/// All operations, by the number of words of their paths: every request looks here, and most patterns are of another length.
#[derive(Debug, Clone, Default)]
pub struct Routes(BTreeMap<usize, Vec<Resource>>);

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
    pub fn with(self, routes: impl IntoIterator<Item = Route>) -> Self {
        let Self(mut table) = self;
        for Route { method, pattern, operation } in routes {
            let as_long = table.entry(words(&pattern)).or_default();
            match as_long.iter_mut().find(|resource| resource.pattern == pattern) {
                Some(resource) => resource.operations.push((method, operation)),
                None => as_long.push(Resource { pattern, operations: vec![(method, operation)] }),
            }
        }
        // Fixed words win over places, as `/members/search` over `/members/{member_id}`.
        for as_long in table.values_mut() {
            as_long.sort_by_key(|resource| resource.pattern.matches('{').count());
        }
        Self(table)
    }

    /// The pattern and the operation of a request; the operation is empty when the method is another.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Option<(&str, &str)> {
        let mut known = None;
        for resource in self.matching(path) {
            if let Some((_, operation)) = resource.operations.iter().find(|(offered, _)| offered == method) {
                return Some((&resource.pattern, operation));
            }
            known = known.or(Some((resource.pattern.as_str(), "")));
        }
        known
    }

    /// The methods that a path takes.
    #[must_use]
    pub fn allow(&self, path: &str) -> Vec<&str> {
        let operations = self.matching(path).flat_map(|resource| &resource.operations);
        let mut methods: Vec<&str> = operations.map(|(method, _)| method.as_str()).collect();
        methods.sort_unstable();
        methods.dedup();
        methods
    }

    fn matching<'a, 'p>(&'a self, path: &'p str) -> impl Iterator<Item = &'a Resource> + use<'a, 'p> {
        self.0.get(&words(path)).into_iter().flatten().filter(move |resource| resource.takes(path))
    }
}

fn words(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'/').count()
}

impl Resource {
    /// Whether a path is of this pattern: the same words, and something at each place. From the end, where the
    /// patterns differ first. (The framework's own matcher keeps a compiled automaton for each pattern.)
    fn takes(&self, path: &str) -> bool {
        let mut words = path.rsplit('/');
        let fits = self.pattern.rsplit('/').all(|part| {
            words.next().is_some_and(|word| if part.starts_with('{') { !word.is_empty() } else { part == word })
        });
        fits && words.next().is_none()
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
