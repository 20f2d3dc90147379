//! The headings of a list as links that put it in order: they keep the filters and return to the first page.
//!
//! *Guards:* which keys a list has is decided by the list ([`app::lists`]); a heading of another key is never drawn as
//! the one in force. Lists that are read whole are put in order here ([`Sorting::put`]), by the same words of the address.

use crate::fields::Fields;
use crate::show::encode;
use std::cmp::Ordering;

/// How the list of a page stands and what its headings lead to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sorting {
    /// Path and filters of the page; a question mark or an ampersand at the end.
    page: String,
    /// The parameter of the address that says the order.
    pub(crate) word: &'static str,
    /// As asked for, for the forms that change a filter.
    pub(crate) asked: String,
    /// The order in force: a key, with `-` before it when it falls.
    now: String,
    /// The list, as the address of its table of the page.
    anchor: &'static str,
}

impl Sorting {
    /// Of a list: its word in the address, where on the page it stands, and the address that is asked for.
    pub(crate) fn called(word: &'static str, anchor: &'static str, uri: &str) -> Self {
        let (path, query) = split(uri);
        let asked = query.get(word).to_owned();
        Self { page: format!("{path}?{}", others(&query, word)), word, now: asked.clone(), asked, anchor }
    }

    /// An order without a page, for files.
    pub(crate) fn asked(order: &str) -> Self {
        Self { asked: order.to_owned(), now: order.to_owned(), ..Self::default() }
    }

    /// The list stands by this order when nothing is asked.
    pub(crate) fn otherwise(mut self, order: impl Into<String>) -> Self {
        if self.asked.is_empty() {
            self.now = order.into();
        }
        self
    }

    /// `aria-sort` of the heading of a key; none unless the list stands by it.
    pub(crate) fn way(&self, key: &str) -> Option<&'static str> {
        match self.now.strip_prefix('-') {
            Some(falling) if falling == key => Some("descending"),
            None if self.now == key => Some("ascending"),
            _ => None,
        }
    }

    /// Where the heading of a key leads: to the list by it, or turned round.
    pub(crate) fn href(&self, key: &str) -> String {
        let turn = if self.way(key) == Some("ascending") { "-" } else { "" };
        format!("{}{}={turn}{key}{}", self.page, self.word, self.anchor)
    }

    /// The sign behind the heading.
    pub(crate) fn sign(&self, key: &str) -> &'static str {
        match self.way(key) {
            Some("ascending") => "▲",
            Some(_) => "▼",
            None => "↕",
        }
    }

    /// Puts a list that was read whole into the order asked for; it stands by its first key until then. Rows with the
    /// same key stay as they stood.
    ///
    /// # Errors
    /// A key that the list does not have, as everywhere.
    pub(crate) fn put<T>(self, rows: &mut [T], keys: &[Key<T>]) -> Result<Self, app::Error> {
        if self.asked.is_empty() {
            let first = keys.first().map(|(key, _)| *key).unwrap_or_default();
            return Ok(self.otherwise(first));
        }
        let (name, falls) = self.asked.strip_prefix('-').map_or((self.asked.as_str(), false), |name| (name, true));
        let Some((_, compare)) = keys.iter().find(|(key, _)| *key == name) else {
            let names: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
            return Err(app::Error::rule_with(app::Code::UnknownSort, vec![("keys", names.join("、"))]));
        };
        rows.sort_by(|a, b| if falls { compare(b, a) } else { compare(a, b) });
        Ok(self)
    }
}

/// Path and parameters of an address.
pub(crate) fn split(uri: &str) -> (&str, Fields) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    (path, Fields::parse(query.as_bytes()))
}

/// What an address says besides one parameter, and besides where it is read and what was done; each with `&` behind it.
pub(crate) fn others(query: &Fields, without: &str) -> String {
    let other = |name: &str| !matches!(name, "done" | "receipt" | "cursor" | "page") && name != without;
    let kept = query.pairs().filter(|(name, value)| other(name) && !value.is_empty());
    kept.map(|(name, value)| format!("{}={}&", encode(name), encode(value))).collect()
}

/// A key of a list that is read whole: the word of the address, and what two rows are compared by.
pub(crate) type Key<T> = (&'static str, fn(&T, &T) -> Ordering);

#[cfg(test)]
mod tests {
    use super::*;

    fn sorting(now: &str) -> Sorting {
        Sorting { page: "/towns?kind=town&".to_owned(), word: "sort", now: now.to_owned(), ..Sorting::default() }
    }

    #[test]
    fn a_heading_turns_the_list_round_and_keeps_the_filters() {
        let rising = sorting("kana");
        assert_eq!((rising.way("kana"), rising.sign("kana")), (Some("ascending"), "▲"));
        assert_eq!(rising.href("kana"), "/towns?kind=town&sort=-kana");
        assert_eq!((rising.way("code"), rising.href("code").as_str()), (None, "/towns?kind=town&sort=code"));
        let falling = sorting("-kana");
        assert_eq!((falling.way("kana"), falling.sign("kana")), (Some("descending"), "▼"));
        assert_eq!(falling.href("kana"), "/towns?kind=town&sort=kana");
    }

    #[test]
    fn what_is_asked_for_comes_before_what_stands_otherwise() {
        let asked = Sorting { asked: "-code".to_owned(), ..sorting("-code") };
        assert_eq!(asked.otherwise("kana").way("code"), Some("descending"));
        assert_eq!(sorting("").otherwise("kana").way("kana"), Some("ascending"));
    }

    #[test]
    fn a_list_read_whole_is_put_in_order_and_ties_stay() {
        let keys: &[Key<(i64, &str)>] = &[("seats", |a, b| a.0.cmp(&b.0)), ("name", |a, b| a.1.cmp(b.1))];
        let asked = |word: &str| Sorting { asked: word.to_owned(), ..sorting(word) };
        let mut rows = [(3, "b"), (1, "c"), (3, "a")];
        assert_eq!(asked("").put(&mut rows, keys).unwrap().way("seats"), Some("ascending"));
        assert_eq!(rows, [(3, "b"), (1, "c"), (3, "a")], "it stands as it was read");
        assert_eq!(asked("-seats").put(&mut rows, keys).unwrap().way("seats"), Some("descending"));
        assert_eq!(rows, [(3, "b"), (3, "a"), (1, "c")]);
        asked("name").put(&mut rows, keys).unwrap();
        assert_eq!(rows, [(3, "a"), (3, "b"), (1, "c")]);
        assert!(asked("reason").put(&mut rows, keys).is_err());
    }
}
