//! Conditions of partial indexes, written word for word as the index has them.
//!
//! A value that is bound says nothing to a plan that is made once for all values, as both databases make them here
//! (`SQLITE_ENABLE_QPSG`, `plan_cache_mode=force_generic_plan`): with the state bound, no such index would be used.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Bool;

/// A condition with a type of its own, by which its statement is found prepared; `diesel::dsl::sql` is prepared at each use.
macro_rules! condition {
    ($(#[$of:meta])* $name:ident, $text:literal) => {
        $(#[$of])*
        #[derive(Debug, Clone, Copy, QueryId)]
        pub(crate) struct $name;

        impl<DB: Backend> QueryFragment<DB> for $name {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                out.push_sql($text);
                Ok(())
            }
        }

        impl Expression for $name {
            type SqlType = Bool;
        }

        impl<Source> AppearsOnTable<Source> for $name {}

        impl<By> ValidGrouping<By> for $name {
            type IsAggregate = is_aggregate::No;
        }
    };
}

condition!(
    /// `outbox_due_idx`.
    MailIsPending,
    "outbox.state = 'pending'"
);
condition!(
    /// `outbox_parked_idx`.
    MailIsParked,
    "outbox.state = 'parked'"
);
condition!(
    /// `offers_open_key` and `offers_due_idx`.
    OfferIsOpen,
    "offers.state = 'open'"
);
condition!(
    /// `waiting_entries_active_key`.
    IsOnTheList,
    "waiting_entries.state IN ('waiting', 'offered')"
);
condition!(
    /// `grants_office_idx`.
    IsNoLearner,
    "grants.role <> 'learner'"
);
condition!(
    /// `applications_user_key`.
    ApplicationStands,
    "applications.state <> 'withdrawn'"
);
