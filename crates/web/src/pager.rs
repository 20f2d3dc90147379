//! Long tables in parts: `?page=` of 50 rows, `?town=` to find a municipality, `?all=1` to print everything.
//!
//! The links and the search work without JavaScript. *Invariant:* sums and totals beside a part are those of the whole,
//! and a table that fits on one page shows nothing of all this. Lists without end go by cursors ([`app::page`]) instead.

use crate::fields::Fields;
use crate::visitor::Visitor;
use app::part::Part;
use http_kit::reply::encode;

/// Rows of a page.
pub(crate) const ROWS: usize = 50;

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    path: String,
    query: Fields,
    page: usize,
    all: bool,
}

/// Where a page stands among all.
#[derive(Debug, Clone)]
pub(crate) struct Pager {
    asked: Asked,
    /// Rows found.
    pub(crate) found: usize,
    /// Rows of the whole.
    pub(crate) count: usize,
}

/// A part of a form that has a row for each of many: `_act=page:3` leads to another part, and what was typed in all of
/// them goes along unseen as far as it differs from what was proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf {
    page: usize,
    rows: usize,
}

impl Leaf {
    pub(crate) fn new(page: usize, rows: usize) -> Self {
        Self { page: page.clamp(1, rows.div_ceil(ROWS).max(1)), rows }
    }

    /// The page that holds a row, by its number from 0.
    pub(crate) fn with(row: usize, rows: usize) -> Self {
        Self::new((row / ROWS).saturating_add(1), rows)
    }

    /// The page that a button of the form names: `page:3`; none for other buttons.
    pub(crate) fn turned(act: &str, rows: usize) -> Option<Self> {
        let page = act.strip_prefix("page:")?.parse().ok()?;
        Some(Self::new(page, rows))
    }

    /// Rows on this page.
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        let first = self.page.saturating_sub(1).saturating_mul(ROWS);
        first..first.saturating_add(ROWS).min(self.rows)
    }

    pub(crate) const fn shows(self) -> bool {
        self.rows > ROWS
    }

    /// `900件中 51–100件`.
    pub(crate) fn words(self) -> String {
        let range = self.range();
        format!("{}件中 {}–{}件", self.rows, range.start.saturating_add(1).min(range.end), range.end)
    }

    /// The buttons to other pages: words and value.
    pub(crate) fn buttons(self) -> Vec<(String, String)> {
        let last = self.rows.div_ceil(ROWS);
        let near = |page: &usize| (*page == 1 || *page == last || page.abs_diff(self.page) <= 2) && *page != self.page;
        (1..=last).filter(near).map(|page| (format!("{page}ページ"), format!("page:{page}"))).collect()
    }
}

impl Asked {
    /// What the address of a page asks for.
    pub(crate) fn of(visitor: &Visitor) -> Self {
        Self::at(&visitor.uri)
    }

    fn at(uri: &str) -> Self {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let query = Fields::parse(query.as_bytes());
        // Numbers are typed in full width, too; what cannot be read is the first page.
        let page = domain::typed::read_number(query.get("page")).and_then(|page| usize::try_from(page).ok());
        let all = !query.get("all").is_empty();
        Self { path: path.to_owned(), query, page: page.unwrap_or(1).max(1), all }
    }

    /// The rows to read.
    pub(crate) fn part(&self) -> Part {
        let skip = self.page.saturating_sub(1).saturating_mul(ROWS);
        if self.all { Part::of(self.town(), 0, None) } else { Part::of(self.town(), skip, Some(ROWS)) }
    }

    /// The rows to read of a table that stands by one of these words of the address: all that the search finds, when
    /// another order than its own was asked for.
    pub(crate) fn reads(&self, orders: &[&str]) -> Part {
        if self.orders(orders) { Part::of(self.town(), 0, None) } else { self.part() }
    }

    /// Leaves the rows of this page of those that [`Asked::reads`] named, once they stand in their order.
    pub(crate) fn shows<T>(&self, orders: &[&str], rows: &mut Vec<T>) {
        if self.orders(orders) && !self.all {
            let skipped = self.page.saturating_sub(1).saturating_mul(ROWS).min(rows.len());
            rows.drain(..skipped);
            rows.truncate(ROWS);
        }
    }

    fn orders(&self, words: &[&str]) -> bool {
        words.iter().any(|word| !self.query.get(word).is_empty())
    }

    /// The town that was searched for.
    pub(crate) fn town(&self) -> &str {
        self.query.get("town")
    }

    /// With how many rows there are.
    pub(crate) fn with(self, found: usize, count: usize) -> Pager {
        Pager { asked: self, found, count }
    }
}

impl Pager {
    /// Whether there is more than one page, or was before the search.
    pub(crate) fn shows(&self) -> bool {
        self.count > ROWS || !self.asked.town().is_empty()
    }

    /// Whether rows are left out here.
    pub(crate) fn is_part(&self) -> bool {
        self.first() > 1 || self.last() < self.count
    }

    pub(crate) fn town(&self) -> &str {
        self.asked.town()
    }

    pub(crate) fn path(&self) -> &str {
        &self.asked.path
    }

    /// Number of the first row shown, from 1; 0 when there is none.
    pub(crate) fn first(&self) -> usize {
        if self.asked.all {
            return self.found.min(1);
        }
        let before = self.asked.page.saturating_sub(1).saturating_mul(ROWS);
        if before < self.found { before.saturating_add(1) } else { 0 }
    }

    /// Number of the last row shown.
    pub(crate) fn last(&self) -> usize {
        if self.asked.all { self.found } else { self.asked.page.saturating_mul(ROWS).min(self.found) }
    }

    /// The page shown.
    pub(crate) const fn page(&self) -> usize {
        self.asked.page
    }

    pub(crate) fn pages(&self) -> usize {
        self.found.div_ceil(ROWS).max(1)
    }

    /// `1,100件中 51–100件`.
    pub(crate) fn words(&self) -> String {
        let number = |number: usize| crate::words::number(&i64::try_from(number).unwrap_or(i64::MAX));
        match (self.first(), self.found) {
            (_, 0) => "該当する団体はありません".to_owned(),
            (0, found) => format!("{}件中 このページに表示する団体はありません", number(found)),
            (first, found) => format!("{}件中 {}–{}件", number(found), number(first), number(self.last())),
        }
    }

    /// The pages that are named: words, address, and whether it is this one.
    pub(crate) fn links(&self) -> Vec<(String, String, bool)> {
        let (here, last) = (self.asked.page, self.pages());
        if self.asked.all || last == 1 {
            return Vec::new();
        }
        let near = |page: &usize| *page == 1 || *page == last || page.abs_diff(here) <= 2;
        (1..=last).filter(near).map(|page| (page.to_string(), self.href(page), page == here)).collect()
    }

    /// The page before this one.
    pub(crate) fn before(&self) -> Option<String> {
        let earlier = self.asked.page.min(self.pages().saturating_add(1)).checked_sub(1)?;
        (earlier > 0 && !self.asked.all).then(|| self.href(earlier))
    }

    /// The page after this one.
    pub(crate) fn after(&self) -> Option<String> {
        (self.asked.page < self.pages() && !self.asked.all).then(|| self.href(self.asked.page.saturating_add(1)))
    }

    /// All rows on one page, for printing; none when that is what is shown.
    pub(crate) fn whole(&self) -> Option<String> {
        (!self.asked.all && self.count > ROWS).then(|| self.address(&[("all", "1")]))
    }

    /// The rest of the query, which a search for a town keeps.
    pub(crate) fn kept(&self) -> Vec<(&str, &str)> {
        let pairs = self.asked.query.pairs();
        pairs.filter(|(name, value)| !OWN.contains(name) && *name != "town" && !value.is_empty()).collect()
    }

    fn href(&self, page: usize) -> String {
        self.address(&[("page", &page.to_string())])
    }

    fn address(&self, own: &[(&str, &str)]) -> String {
        let kept = self.asked.query.pairs().filter(|(name, value)| !OWN.contains(name) && !value.is_empty());
        let pairs: Vec<String> = kept
            .chain(own.iter().copied())
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        format!("{}?{}#rows", self.asked.path, pairs.join("&"))
    }
}

/// Parameters that belong to this page alone.
const OWN: [&str; 3] = ["page", "all", "done"];

#[cfg(test)]
mod tests {
    use super::*;

    fn pager(uri: &str, found: usize) -> Pager {
        Asked::at(uri).with(found, 1_100)
    }

    #[test]
    fn a_page_says_where_it_stands_and_leads_to_its_neighbours() {
        let second = pager("/x?state=open&page=2&done=saved", 1_100);
        assert_eq!(second.words(), "1,100件中 51–100件");
        assert_eq!(
            second.before().as_deref(),
            Some("/x?state=open&page=1#rows"),
            "filters stay, what was done does not"
        );
        assert_eq!(second.after().as_deref(), Some("/x?state=open&page=3#rows"));
        let named: Vec<String> = second.links().into_iter().map(|(words, ..)| words).collect();
        assert_eq!(named, ["1", "2", "3", "4", "22"]);
        assert_eq!(second.asked.part(), Part::of("", 50, Some(50)));
        let last = pager("/x?page=２２", 1_100);
        assert_eq!((last.words(), last.after()), ("1,100件中 1,051–1,100件".to_owned(), None));
    }

    #[test]
    fn what_fits_on_one_page_has_no_pager() {
        let few = Asked::at("/x").with(11, 11);
        assert!(!few.shows() && !few.is_part() && few.links().is_empty() && few.whole().is_none());
        assert_eq!((few.before(), few.after()), (None, None));
    }

    #[test]
    fn a_search_keeps_its_way_back_and_pages_beyond_the_end_say_so() {
        let none = pager("/x?town=nowhere", 0);
        assert!(none.shows() && none.is_part());
        assert_eq!(none.words(), "該当する団体はありません");
        let beyond = pager("/x?page=99&town=%E7%94%BA", 60);
        assert_eq!(beyond.words(), "60件中 このページに表示する団体はありません");
        assert_eq!(beyond.before().as_deref(), Some("/x?town=%E7%94%BA&page=2#rows"));
        assert_eq!(pager("/x?page=-3", 60).words(), "60件中 1–50件");
        assert_eq!(pager(&format!("/x?page={}", "9".repeat(40)), 60).words(), "60件中 1–50件");
    }

    #[test]
    fn a_form_turns_its_pages_by_buttons() {
        let leaf = Leaf::turned("page:2", 120).unwrap();
        assert_eq!((leaf.range(), leaf.words().as_str()), (50..100, "120件中 51–100件"));
        assert_eq!(
            leaf.buttons(),
            [("1ページ".to_owned(), "page:1".to_owned()), ("3ページ".to_owned(), "page:3".to_owned())]
        );
        assert_eq!(Leaf::turned("page:99", 120).unwrap().range(), 100..120, "beyond the end is the end");
        assert_eq!(Leaf::with(119, 120).page, 3);
        assert_eq!((Leaf::turned("check", 120), Leaf::turned("page:x", 120)), (None, None));
        let empty = Leaf::new(1, 0);
        assert!(!empty.shows() && empty.range().is_empty() && empty.buttons().is_empty());
    }

    #[test]
    fn everything_can_be_printed_on_one_page() {
        let all = pager("/x?all=1&town=%E7%94%BA", 400);
        assert_eq!((all.words().as_str(), all.links().len()), ("400件中 1–400件", 0));
        assert_eq!(all.asked.part(), Part::of("町", 0, None));
        assert_eq!(pager("/x?town=a", 400).whole().as_deref(), Some("/x?town=a&all=1#rows"));
    }
}
