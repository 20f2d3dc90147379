//! Conditions of partial indexes, written word for word as the index has them.
//!
//! A value that is bound says nothing to a plan that is made once for all values, as both databases make them here
//! (`SQLITE_ENABLE_QPSG`, `plan_cache_mode=force_generic_plan`): with the state bound, no such index would be used.

use diesel::expression::SqlLiteral;
use diesel::sql_types::Bool;

/// `outbox_due_idx`.
pub(crate) fn mail_is_pending() -> SqlLiteral<Bool> {
    diesel::dsl::sql("outbox.state = 'pending'")
}

/// `offers_open_key` and `offers_due_idx`.
pub(crate) fn offer_is_open() -> SqlLiteral<Bool> {
    diesel::dsl::sql("offers.state = 'open'")
}

/// `waiting_entries_active_key`.
pub(crate) fn is_on_the_list() -> SqlLiteral<Bool> {
    diesel::dsl::sql("waiting_entries.state IN ('waiting', 'offered')")
}

/// `applications_user_key`.
pub(crate) fn application_stands() -> SqlLiteral<Bool> {
    diesel::dsl::sql("applications.state <> 'withdrawn'")
}
