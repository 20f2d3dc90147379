//! Every list that is read page by page, as data: the operation that reads it and the orders in which it can stand.
//!
//! The document of the API, the headings of the pages and the table of lists all read this table; a list without a row
//! fails the tests.

pub use store::list::List;

/// Operation and list.
pub const LISTS: &[(&str, &List)] = &[
    ("list_consortia", &store::consortium::CONSORTIA),
    ("list_members", &store::consortium::MEMBERS),
    ("list_users", &store::accounts::users::PEOPLE),
    ("list_admins", &store::accounts::users::PEOPLE),
    ("list_accounts", &store::accounts::users::PEOPLE),
    ("list_service_mails", &store::notify::log::MAILS),
    ("list_sessions", &store::accounts::sessions::SESSIONS),
    ("list_personal_tokens", &store::accounts::tokens::PERSONAL_TOKENS),
    ("list_rounds", &store::rounds::ROUNDS),
    ("list_quotes", &store::pricing::QUOTES),
    ("list_scenarios", &store::scenarios::SCENARIOS),
    ("list_contracts", &store::contracts::CONTRACTS),
    ("list_contract_transfers", &store::seats::TRANSFERS),
    ("list_account_transfers", &store::seats::TRANSFERS),
    ("list_assignments", &store::seats::assignments::ASSIGNMENTS),
    ("list_waiting_entries", &store::seats::waiting::WAITING),
    ("list_my_offers", &store::seats::offers::OFFERS),
    ("list_seat_requests", &store::requests::REQUESTS),
    ("list_entry_calls", &store::entries::ENTRY_CALLS),
    ("list_applications", &store::entries::applications::APPLICATIONS),
    ("list_my_applications", &store::entries::applications::OWN_APPLICATIONS),
    ("list_post_revisions", &store::board::REVISIONS),
    ("list_public_posts", &store::board::PUBLIC_POSTS),
    ("list_comments", &store::board::talk::COMMENTS),
    ("list_replications", &store::board::talk::REPLICATIONS),
    ("list_mails", &store::notify::log::MAILS),
    ("list_deliveries", &store::notify::log::DELIVERIES),
    ("list_notices", &store::notify::notices::NOTICES),
    ("list_audit_entries", &store::audit::TRAIL),
    ("list_service_audit_entries", &store::audit::TRAIL),
];

/// The list that an operation reads: its orders and filters.
#[must_use]
pub fn list(operation: &str) -> Option<&'static List> {
    LISTS.iter().find(|(name, _)| *name == operation).map(|(_, list)| *list)
}
