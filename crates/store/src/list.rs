//! In which order a list stands and what it can be narrowed to, as data: beside each query a [`List`] of its sort keys
//! and filters.
//!
//! SQL comes from these tables and never from a caller. A page begins after a *place*, the key and the id of the last
//! row before it, so that rows which come or go meanwhile move no others. Ties are broken by id in the direction of the
//! list, and text is compared byte by byte: both databases give the same order.

use crate::Db;
use crate::search::pattern;
use diesel::dsl::{AsExprOf, sql};
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::sql_types::{Bool, Text};
use domain::text::{fold, fold_name};

/// What a key is in the database. The text is an expression over the tables of the query; it is never null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The id itself: ids rise with time.
    Id,
    /// A text.
    Text(&'static str),
    /// A whole number.
    Number(&'static str),
    /// A date or an instant; absent ones are the earliest.
    Time(&'static str),
}

/// A key by which a list may be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// As it stands in `?sort=`.
    pub name: &'static str,
    by: By,
}

impl Key {
    /// A key of this name.
    #[must_use]
    pub const fn new(name: &'static str, by: By) -> Self {
        Self { name, by }
    }
}

/// What rows of a filter are left. The text is an expression over the tables of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Rows with exactly this text.
    Is(&'static str),
    /// Rows with this in their text, however it is written (NFKC, case, kana).
    Has(&'static str),
    /// Rows with this in the name of a person: as [`Test::Has`], and whichever form of a character was typed.
    Called(&'static str),
    /// `yes`: rows that have a value; `no`: rows that have none.
    Set(&'static str),
}

/// A filter of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// As it stands in the address.
    pub name: &'static str,
    test: Test,
}

impl Filter {
    /// A filter of this name.
    #[must_use]
    pub const fn new(name: &'static str, test: Test) -> Self {
        Self { name, test }
    }
}

/// The orders in which a list can stand, and its filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// The column that tells rows with the same key apart.
    id: &'static str,
    /// Whether the list begins with the largest when nothing is asked.
    down: bool,
    /// The first is taken when nothing is asked.
    keys: &'static [Key],
    /// By what it can be narrowed, beside what its query asks for anyway.
    filters: &'static [Filter],
}

impl List {
    /// A list that stands by its first key, smallest first.
    #[must_use]
    pub const fn rising(id: &'static str, keys: &'static [Key]) -> Self {
        Self { id, down: false, keys, filters: &[] }
    }

    /// A list that stands by its first key, largest first.
    #[must_use]
    pub const fn falling(id: &'static str, keys: &'static [Key]) -> Self {
        Self { id, down: true, keys, filters: &[] }
    }

    /// The list can be narrowed by these.
    #[must_use]
    pub const fn with(self, filters: &'static [Filter]) -> Self {
        Self { filters, ..self }
    }

    /// The names of the filters.
    pub fn filters(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.filters.iter().map(|filter| filter.name)
    }

    /// Of what was asked for the filters of this list, each with its value.
    #[must_use]
    pub fn narrowed(&self, asked: &[(String, String)]) -> Vec<(Filter, String)> {
        let wanted = |filter: &Filter| {
            let (_, value) = asked.iter().find(|(name, value)| name == filter.name && !value.is_empty())?;
            Some((*filter, value.clone()))
        };
        self.filters.iter().filter_map(wanted).collect()
    }

    /// The names of the keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys.iter().map(|key| key.name)
    }

    /// The order that is asked for: a key, with `-` before it for the largest first. None for an unknown key.
    #[must_use]
    pub fn find(&self, asked: Option<&str>) -> Option<Order> {
        let (name, down) = match asked {
            None => (self.keys.first()?.name, self.down),
            Some(asked) => asked.strip_prefix('-').map_or((asked, false), |name| (name, true)),
        };
        let key = *self.keys.iter().find(|key| key.name == name)?;
        Some(Order { key, id: self.id, down })
    }

    /// The first rows of the list as it stands when nothing is asked.
    #[must_use]
    pub fn top(&self, limit: i64) -> Slice {
        let order = self.find(None).unwrap_or(Order { key: Key::new("", By::Id), id: self.id, down: self.down });
        Slice { order, only: Vec::new(), after: None, limit }
    }
}

/// One of the orders of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    key: Key,
    id: &'static str,
    down: bool,
}

impl Order {
    /// As it stands in `?sort=`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}{}", if self.down { "-" } else { "" }, self.key.name)
    }
}

/// Which rows of a list: its order, the place after which the page begins, how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// In this order.
    pub order: Order,
    /// Rows that pass all of these.
    pub only: Vec<(Filter, String)>,
    /// After the row of this place.
    pub after: Option<String>,
    /// So many.
    pub limit: i64,
}

/// A row with its place.
pub type Placed<R> = (R, String);

/// The rows of a page.
pub type Rows<R> = Vec<Placed<R>>;

/// A condition: two parameters in a text of SQL.
type Condition =
    SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, Parameter>>, Parameter>>;
type Parameter = AsExprOf<String, Text>;

/// The parts of a statement that put a list in order.
pub(crate) struct Parts {
    order: String,
    place: String,
    conditions: Vec<Condition>,
    pub(crate) limit: i64,
}

impl Parts {
    pub(crate) fn order(&self) -> SqlLiteral<Text> {
        sql(&self.order)
    }

    pub(crate) fn place(&self) -> SqlLiteral<Text> {
        sql(&self.place)
    }

    pub(crate) fn take_conditions(&mut self) -> Vec<Condition> {
        std::mem::take(&mut self.conditions)
    }
}

impl Slice {
    /// The parts for the database behind `db`.
    pub(crate) fn on(&self, db: &Db) -> Parts {
        let Order { key, id, down } = self.order;
        let (way, sign) = if down { ("DESC", "<") } else { ("ASC", ">") };
        let (bytes, postgres) = match db {
            Db::Pg(_) => (" COLLATE \"C\"", true),
            Db::Lite(_) => ("", false),
        };
        let (column, open, close) = match key.by {
            By::Id => return self.by_id(way, sign),
            By::Text(text) => (format!("{text}{bytes}"), "", ""),
            By::Number(number) => (number.to_owned(), "CAST(", " AS BIGINT)"),
            By::Time(time) if postgres => (format!("COALESCE(CAST({time} AS TEXT), ''){bytes}"), "", ""),
            By::Time(time) => (format!("COALESCE({time}, '')"), "", ""),
        };
        let past = |after: &str| {
            let (after, key) = after.split_once(' ').unwrap_or((after, ""));
            let texts = [&format!("(({column}, {id}) {sign} ({open}"), &format!("{close}, "), "))"];
            condition(texts, key, after)
        };
        Parts {
            order: format!("{column} {way}, {id} {way}"),
            place: format!("{id} || ' ' || CAST({column} AS TEXT)"),
            conditions: self.only().chain(self.after.as_deref().map(past)).collect(),
            limit: self.limit,
        }
    }

    /// The id alone, so that its index is walked.
    fn by_id(&self, way: &str, sign: &str) -> Parts {
        let id = self.order.id;
        let past = |after: &str| condition([&format!("({id} {sign} "), " AND '' = ", ")"], after.trim_end(), "");
        Parts {
            order: format!("{id} {way}"),
            place: format!("{id} || ' '"),
            conditions: self.only().chain(self.after.as_deref().map(past)).collect(),
            limit: self.limit,
        }
    }

    /// The conditions of the filters.
    fn only(&self) -> impl Iterator<Item = Condition> + '_ {
        self.only.iter().map(|(filter, value)| match filter.test {
            Test::Is(text) => condition([&format!("({text} = "), " AND '' = ", ")"], value, ""),
            Test::Has(text) => has(text, value, &fold(value)),
            Test::Called(text) => has(text, value, &fold_name(value)),
            Test::Set(column) => {
                let not = if value == "no" { "" } else { "NOT " };
                condition([&format!("({column} IS {not}NULL AND '' = "), " AND '' = ", ")"], "", "")
            }
        })
    }
}

/// A text contains what was typed, or that folded.
fn has(text: &str, typed: &str, folded: &str) -> Condition {
    let like = format!("(LOWER({text}) LIKE ");
    let or = format!(" ESCAPE '\\' OR LOWER({text}) LIKE ");
    condition([&like, &or, " ESCAPE '\\')"], &pattern(&typed.to_lowercase()), &pattern(folded))
}

fn condition([start, middle, end]: [&str; 3], first: &str, second: &str) -> Condition {
    sql::<Bool>(start).bind::<Text, _>(first.to_owned()).sql(middle).bind::<Text, _>(second.to_owned()).sql(end)
}

/// One page of a boxed query: what passes the filters, after the place of the slice, in its order, each row with its place.
macro_rules! page {
    ($db:expr, $slice:expr, $query:expr, $($columns:expr),+) => {{
        let mut parts = $slice.on($db);
        let query = parts.take_conditions().into_iter().fold($query, |query, condition| query.filter(condition));
        query.order(parts.order()).limit(parts.limit).select(($($columns,)+ parts.place())).load($db)
    }};
}
pub(crate) use page;

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: List = List::falling(
        "towns.id",
        &[
            Key::new("created", By::Id),
            Key::new("name", By::Text("towns.name")),
            Key::new("seats", By::Number("seats")),
        ],
    );

    #[test]
    fn a_list_stands_by_its_first_key_until_another_is_asked() {
        assert_eq!(LIST.find(None).unwrap().name(), "-created");
        assert_eq!(LIST.find(Some("name")).unwrap().name(), "name");
        assert_eq!(LIST.find(Some("-seats")).unwrap().name(), "-seats");
        assert_eq!(LIST.names().collect::<Vec<_>>(), ["created", "name", "seats"]);
    }

    #[test]
    fn what_is_not_on_the_list_of_keys_is_no_order() {
        for asked in ["", "-", "--name", "id", "NAME", "name;DROP TABLE towns", "towns.name"] {
            assert_eq!(LIST.find(Some(asked)), None, "{asked}");
        }
    }
}
