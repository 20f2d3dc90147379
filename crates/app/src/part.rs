//! A part of a long table: the rows that one page shows, found by town, of all that there are.
//!
//! Tables with a row for each municipality have up to a few thousand rows in a fixed order (by municipality code), so
//! a part is named by its place. Sums and totals stay those of the whole; lists that grow without end go by [`crate::page`].

use std::ops::Range;
use unicode_normalization::UnicodeNormalization as _;

/// Which rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    town: String,
    skip: usize,
    take: Option<usize>,
}

/// Rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parted<T> {
    /// The rows shown.
    pub items: Vec<T>,
    /// Rows that the search found; all of them without a search.
    pub found: usize,
}

impl Part {
    /// Every row.
    #[must_use]
    pub fn whole() -> Self {
        Self::default()
    }

    /// No row: the facts of the whole suffice.
    #[must_use]
    pub fn nothing() -> Self {
        Self { take: Some(0), ..Self::default() }
    }

    /// `take` rows after `skip`, of the towns whose code begins with a text or whose name holds it.
    #[must_use]
    pub fn of(town: &str, skip: usize, take: Option<usize>) -> Self {
        Self { town: town.trim().nfkc().collect(), skip, take }
    }

    fn finds(&self, code: &str, name: &str) -> bool {
        self.town.is_empty() || code.starts_with(&self.town) || name.nfkc().collect::<String>().contains(&self.town)
    }

    /// The part of rows whose code and name `of` tells.
    pub fn cut<T>(&self, rows: impl IntoIterator<Item = T>, of: impl Fn(&T) -> (&str, &str)) -> Parted<T> {
        let (shown, mut found, mut items) = (self.shown(), 0_usize, Vec::new());
        for row in rows {
            let (code, name) = of(&row);
            if self.finds(code, name) {
                if shown.contains(&found) {
                    items.push(row);
                }
                found = found.saturating_add(1);
            }
        }
        Parted { items, found }
    }

    fn shown(&self) -> Range<usize> {
        self.skip..self.take.map_or(usize::MAX, |take| self.skip.saturating_add(take))
    }
}

impl<T> Parted<T> {
    /// The same part with other rows.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn try_map<U, E>(self, f: impl FnMut(T) -> Result<U, E>) -> Result<Parted<U>, E> {
        Ok(Parted { items: self.items.into_iter().map(f).collect::<Result<_, _>>()?, found: self.found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOWNS: [(&str, &str); 4] =
        [("142018", "横須賀市"), ("143618", "中井町"), ("143634", "松田町"), ("144029", "清川村")];

    fn names(part: &Part) -> (Vec<&'static str>, usize) {
        let cut = part.cut(TOWNS, |(code, name)| (code, name));
        (cut.items.into_iter().map(|(_, name)| name).collect(), cut.found)
    }

    #[test]
    fn a_part_is_named_by_its_place_and_counts_the_whole() {
        assert_eq!(names(&Part::whole()).1, 4);
        assert_eq!(names(&Part::of("", 2, Some(5))), (vec!["松田町", "清川村"], 4));
        assert_eq!(names(&Part::of("", 9, Some(5))), (vec![], 4));
        assert_eq!(names(&Part::nothing()), (vec![], 4));
    }

    #[test]
    fn towns_are_found_by_the_beginning_of_their_code_or_a_part_of_their_name() {
        assert_eq!(names(&Part::of(" １４３６ ", 0, None)), (vec!["中井町", "松田町"], 2));
        assert_eq!(names(&Part::of("町", 1, Some(1))), (vec!["松田町"], 2), "of those found the second");
        assert_eq!(names(&Part::of("18", 0, None)), (vec![], 0), "a code is not found by its end");
    }
}
