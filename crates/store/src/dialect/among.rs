//! "One of these texts" as one parameter: the statement reads the same however many there are, so that a
//! connection prepares it once. diesel's `eq_any` writes a list on SQLite and is prepared at each use.

use diesel::expression::{AppearsOnTable, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Array, Bool, Text};
use diesel::sqlite::Sqlite;

/// Compiles a query for one text and for several: `one_or_more!(ids, table::id, |fits| table.filter(fits).load(db))`. SQLite
/// lays a table out for every list, and the list of accounts of a batch of claims is nearly always one.
macro_rules! one_or_more {
    ($texts:expr, $column:expr, |$fits:ident| $query:expr) => {
        match $texts {
            [text] => {
                let $fits = $column.eq(text);
                $query
            }
            texts => {
                let $fits = $crate::dialect::among($column, texts);
                $query
            }
        }
    };
}
pub(crate) use one_or_more;

/// `column` is one of `texts`.
pub(crate) fn among<C>(column: C, texts: &[String]) -> Among<C> {
    Among { column, texts: Texts(texts.to_vec()) }
}

/// See [`among`].
#[derive(Debug, Clone, QueryId)]
pub(crate) struct Among<C> {
    column: C,
    texts: Texts,
}

/// An array on PostgreSQL, a JSON array on SQLite.
#[derive(Debug, Clone, QueryId)]
struct Texts(Vec<String>);

impl ToSql<Text, Sqlite> for Texts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl ToSql<Array<Text>, Pg> for Texts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Array<Text>, Pg>::to_sql(&self.0, out)
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.texts)?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Text>, _>(&self.texts)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C: Expression> Expression for Among<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<Source>, Source> AppearsOnTable<Source> for Among<C> {}

impl<C, By> ValidGrouping<By> for Among<C> {
    type IsAggregate = is_aggregate::No;
}
