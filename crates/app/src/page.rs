//! Lists by keyset: a cursor is the sort key of the last row, signed for its list and owner,
//! so that it cannot be forged or carried to another list. No offsets.

use crate::{Code, Environment, Error, FieldCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::secret::Label;
use serde::{Deserialize, Serialize};
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

    /// How many of the rows read are shown.
    #[must_use]
    pub fn shown(&self, read: usize) -> usize {
        read.min(usize::try_from(self.limit).unwrap_or(usize::MAX))
    }
}

impl PageQuery {
    /// Checks limit and cursor; `list` names the list and its owner (`rounds/<consortium>`).
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
pub fn every<T>(mut read: impl FnMut(&PageQuery) -> Result<Page<T>, Error>) -> Result<Vec<T>, Error> {
    let mut query = PageQuery { limit: Some(MAX_LIMIT), cursor: None };
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
