//! Lists by keyset: a cursor is the place of the last row, signed for its list, its owner and its order,
//! so that it cannot be forged or carried to another list or order. No offsets.

use crate::{Code, Environment, Error, FieldCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::secret::Label;
use serde::{Deserialize, Serialize};
use store::list::{List, Placed, Slice};
use subtle::ConstantTimeEq as _;

/// The largest page.
pub const MAX_LIMIT: i64 = 100;
/// The page when nothing is asked.
pub const DEFAULT_LIMIT: i64 = 20;

/// `?limit=&cursor=`.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Entries on a page, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// The key by which the list stands; `-` before it begins with the largest.
    pub sort: Option<String>,
    /// Names and values of filters; what the list does not know is left aside.
    #[serde(skip)]
    pub filters: Vec<(String, String)>,
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Give this as `cursor` to read on; null on the last page.
    pub next_cursor: Option<String>,
}

/// A page request that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Entries wanted.
    pub limit: i64,
    /// Sort key after which the page begins.
    pub after: Option<String>,
}

impl Window {
    /// Rows to read: one more than wanted tells whether there is a next page.
    #[must_use]
    pub const fn fetch(&self) -> i64 {
        self.limit.saturating_add(1)
    }
}

/// A page of a list with its order: what the store is asked for, and for whom its cursors are signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// For the store; one row more than wanted tells whether there is a next page.
    pub slice: Slice,
    list: String,
}

impl Listing {
    /// How many of the rows read are shown.
    #[must_use]
    pub fn shown(&self, read: usize) -> usize {
        read.min(usize::try_from(self.slice.limit.saturating_sub(1)).unwrap_or(usize::MAX))
    }

    /// The page of the rows read.
    #[must_use]
    pub fn page<R, T>(&self, env: &Environment, rows: Vec<Placed<R>>, mut view: impl FnMut(R) -> T) -> Page<T> {
        let limit = self.shown(rows.len());
        let next_cursor = match limit.checked_sub(1).and_then(|last| rows.get(last)) {
            Some((_, place)) if rows.len() > limit => Some(seal(env, &self.list, place)),
            Some(_) | None => None,
        };
        Page { items: rows.into_iter().take(limit).map(|(row, _)| view(row)).collect(), next_cursor }
    }

    /// As [`Listing::page`], of rows that may be unreadable.
    ///
    /// # Errors
    /// Those of `view`.
    pub fn try_page<R, T>(
        &self,
        env: &Environment,
        rows: Vec<Placed<R>>,
        view: impl FnMut(R) -> Result<T, Error>,
    ) -> Result<Page<T>, Error> {
        let Page { items, next_cursor } = self.page(env, rows, view);
        Ok(Page { items: items.into_iter().collect::<Result<_, _>>()?, next_cursor })
    }
}

impl PageQuery {
    /// Checks limit and cursor; `list` names the list and its owner (`posts/<consortium>`). For lists with orders of
    /// their own.
    ///
    /// # Errors
    /// A limit out of range, or a cursor that was not made for this list.
    pub fn window(&self, env: &Environment, list: &str) -> Result<Window, Error> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::field("limit", FieldCode::OutOfRange { min: 1, max: MAX_LIMIT }));
        }
        let after = self.cursor.as_deref().map(|cursor| open(env, list, cursor)).transpose()?;
        Ok(Window { limit, after })
    }

    /// Checks sort key, limit and cursor; `list` names the list and its owner (`rounds/<consortium>`).
    ///
    /// # Errors
    /// [`Code::UnknownSort`] with the keys that there are; a limit out of range; a cursor that was not made for this
    /// list in this order.
    pub fn listing(&self, env: &Environment, list: &str, of: &'static List) -> Result<Listing, Error> {
        let unknown = || Error::rule_with(Code::UnknownSort, vec![("keys", of.names().collect::<Vec<_>>().join("、"))]);
        let order = of.find(self.sort.as_deref().filter(|sort| !sort.is_empty())).ok_or_else(unknown)?;
        let only = of.narrowed(&self.filters);
        let list = format!("{list}\n{} {only:?}", order.name());
        let window = self.window(env, &list)?;
        Ok(Listing { slice: Slice { order, only, limit: window.fetch(), after: window.after }, list })
    }
}

impl<T> Page<T> {
    /// Cuts the extra row off and signs the cursor of the last entry shown.
    #[must_use]
    pub fn cut<R>(
        rows: Vec<R>,
        window: &Window,
        env: &Environment,
        list: &str,
        key: impl Fn(&R) -> String,
        view: impl FnMut(R) -> T,
    ) -> Self {
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        let rows: Vec<R> = rows.into_iter().take(limit).collect();
        let next_cursor = if more { rows.last().map(|row| seal(env, list, &key(row))) } else { None };
        Self { items: rows.into_iter().map(view).collect(), next_cursor }
    }
}

/// Reads a list to its end, page by page; for files, which have no pages.
///
/// # Errors
/// Those of the list.
pub fn every<T>(read: impl FnMut(&PageQuery) -> Result<Page<T>, Error>) -> Result<Vec<T>, Error> {
    every_by(&PageQuery::default(), read)
}

/// As [`every`], in the order and with the filters of a query.
///
/// # Errors
/// Those of the list.
pub fn every_by<T>(
    asked: &PageQuery,
    mut read: impl FnMut(&PageQuery) -> Result<Page<T>, Error>,
) -> Result<Vec<T>, Error> {
    let mut query = PageQuery { limit: Some(MAX_LIMIT), cursor: None, ..asked.clone() };
    let mut items = Vec::new();
    loop {
        let page = read(&query)?;
        items.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return Ok(items),
        }
    }
}

fn tag(env: &Environment, list: &str, key: &str) -> String {
    let mac = env.secret.derive(Label::Cursor, format!("{list}\n{key}").as_bytes());
    URL_SAFE_NO_PAD.encode(mac.get(..16).unwrap_or(&mac))
}

fn seal(env: &Environment, list: &str, key: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(key), tag(env, list, key))
}

fn open(env: &Environment, list: &str, cursor: &str) -> Result<String, Error> {
    let refused = || Error::rule(Code::InvalidCursor);
    let (key, signature) = cursor.split_once('.').ok_or_else(refused)?;
    let key = URL_SAFE_NO_PAD.decode(key).ok().and_then(|key| String::from_utf8(key).ok()).ok_or_else(refused)?;
    if bool::from(tag(env, list, &key).as_bytes().ct_eq(signature.as_bytes())) { Ok(key) } else { Err(refused()) }
}
