//! SQL as text that its connection prepares once and keeps: how a careful programmer runs a statement often.
//! `diesel::sql_query` prepares anew each time, which would flatter whatever is measured beside it.

use diesel::QueryResult;
use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Text};
use std::marker::PhantomData;

/// A statement; each `$` of the text takes the next bind, `Row` names the types of the columns read.
pub(crate) struct Prepared<'a, Row = ()> {
    text: &'a str,
    binds: &'a [&'a str],
    row: PhantomData<Row>,
}

/// A statement that answers rows.
pub(crate) const fn select<'a, Row>(text: &'a str, binds: &'a [&'a str]) -> Prepared<'a, Row> {
    Prepared { text, binds, row: PhantomData }
}

/// A statement that changes rows.
pub(crate) const fn change<'a>(text: &'a str, binds: &'a [&'a str]) -> Prepared<'a> {
    select(text, binds)
}

impl<DB, Row> QueryFragment<DB> for Prepared<'_, Row>
where
    DB: Backend + HasSqlType<Text>,
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut pieces = self.text.split('$');
        out.push_sql(pieces.next().unwrap_or_default());
        for (piece, bind) in pieces.zip(self.binds) {
            out.push_bind_param::<Text, str>(bind)?;
            out.push_sql(piece);
        }
        Ok(())
    }
}

impl<Row: 'static> QueryId for Prepared<'_, Row> {
    type QueryId = ();
    // Kept by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Row> Query for Prepared<'_, Row> {
    type SqlType = Row;
}

impl<Row, Connection> RunQueryDsl<Connection> for Prepared<'_, Row> {}
