//! The two UPDATEs that every claim of a seat runs. diesel prepares an `update` anew at each use, because its text may
//! depend on what is set; these texts are always the same, and a connection prepares them once.

use crate::audit::Chain;
use crate::seats::Use;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text};

/// Moves the counters of an account if its balance covers it.
#[derive(Debug)]
pub(crate) struct ChangeUse<'a> {
    /// The account.
    pub(crate) account_id: &'a str,
    /// How they move.
    pub(crate) by: &'a Use,
}

impl<DB> QueryFragment<DB> for ChangeUse<'_>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<BigInt>,
    str: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Use { assigned, held, queued } = self.by;
        out.push_sql("UPDATE seat_accounts SET assigned = assigned + ");
        out.push_bind_param::<BigInt, i64>(assigned)?;
        out.push_sql(", held = held + ");
        out.push_bind_param::<BigInt, i64>(held)?;
        out.push_sql(", next_waiting = next_waiting + ");
        out.push_bind_param::<BigInt, i64>(queued)?;
        out.push_sql(" WHERE id = ");
        out.push_bind_param::<Text, str>(self.account_id)?;
        out.push_sql(" AND assigned + held + ");
        out.push_bind_param::<BigInt, i64>(assigned)?;
        out.push_sql(" + ");
        out.push_bind_param::<BigInt, i64>(held)?;
        out.push_sql(" <= balance AND assigned + ");
        out.push_bind_param::<BigInt, i64>(assigned)?;
        out.push_sql(" >= 0 AND held + ");
        out.push_bind_param::<BigInt, i64>(held)?;
        out.push_sql(" >= 0");
        Ok(())
    }
}

impl QueryId for ChangeUse<'_> {
    type QueryId = ChangeUse<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Connection> RunQueryDsl<Connection> for ChangeUse<'_> {}

/// Moves the end of an audit chain.
#[derive(Debug)]
pub(crate) struct MoveChain<'a>(pub(crate) &'a Chain);

impl<DB> QueryFragment<DB> for MoveChain<'_>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<BigInt>,
    str: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE audit_chains SET entries = ");
        out.push_bind_param::<BigInt, i64>(&self.0.entries)?;
        out.push_sql(", head = ");
        out.push_bind_param::<Text, str>(&self.0.head)?;
        out.push_sql(" WHERE scope = ");
        out.push_bind_param::<Text, str>(&self.0.scope)?;
        Ok(())
    }
}

impl QueryId for MoveChain<'_> {
    type QueryId = MoveChain<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Connection> RunQueryDsl<Connection> for MoveChain<'_> {}
