//! The list of the pages with their forms and fields.

use super::Walk;
use std::collections::BTreeSet;

/// Pages and forms that nobody meets here, and why.
pub(super) const NOT_MET: &[(&str, &str)] = &[
    // Pages that only ask for a yes, or only lead on; their templates have no field to type in.
    ("/attachments/{attachment_id}/remove", "asks for a yes"),
    ("/entry-calls/{call_id}", "leads on"),
    ("/imports/{import_id}", "asks for a yes"),
    ("/me/applications/{application_id}", "leads on"),
    ("/me/offers/{offer_id}", "two buttons"),
    ("/me/offers/{offer_id}/decline", "asks for a yes"),
    ("/me/receipts/{receipt_id}", "to read"),
    ("/me/waiting-entries/{entry_id}/leave", "asks for a yes"),
    ("/public/posts/{post_id}", "to read"),
    ("/scenarios/{scenario_id}/delete", "asks for a yes"),
    ("/scenarios/{scenario_id}/finalise", "asks for a yes"),
    ("/sessions", "leads on"),
    ("POST /accounts/{user_id}/enable", "a button"),
    ("POST /accounts/{user_id}/reset-second-factor", "a button"),
    ("POST /attachments/{attachment_id}/remove", "a button"),
    ("POST /consortia/{consortium_id}/mails/{mail_id}/retry", "a button"),
    ("POST /contracts/{contract_id}/allocation/publish", "the yes to an allocation"),
    ("POST /entry-calls/{call_id}/applications/{application_id}", "a button"),
    ("POST /imports/{import_id}", "a button"),
    ("POST /me/offers/{offer_id}/accept", "a button"),
    ("POST /me/offers/{offer_id}/decline", "a button"),
    ("POST /me/sessions/{session_id}/end", "a button"),
    ("POST /me/tokens/{token_id}/revoke", "a button"),
    ("POST /me/waiting-entries/{entry_id}/leave", "a button"),
    ("POST /members/{member_id}/assignments/waiting", "a button"),
    ("POST /posts/{post_id}/publish", "a button"),
    ("POST /posts/{post_id}/reopen", "a button"),
    ("POST /posts/{post_id}/restore", "a button"),
    ("POST /scenarios/{scenario_id}/delete", "a button"),
    ("POST /scenarios/{scenario_id}/finalise", "a button"),
    ("POST /service/mails/{mail_id}/retry", "a button"),
];

impl Walk<'_> {
    /// The list of every page with its forms and their fields.
    pub(super) fn listed(&self) -> String {
        let mut lines = BTreeSet::new();
        let reason = |route: &str| NOT_MET.iter().find(|(known, _)| *known == route).map_or("?", |(_, why)| *why);
        for page in self.routes.all("GET").map(str::to_owned).chain(self.pages.keys().cloned()) {
            match self.pages.get(&page) {
                None => drop(lines.insert(format!("{page}: not met: {}", reason(&page)))),
                Some(keys) if keys.is_empty() => drop(lines.insert(format!("{page}: nothing to type"))),
                Some(keys) => {
                    for key in keys {
                        let kept = self.kept.get(key);
                        let star =
                            |field: &String| if kept.is_some_and(|kept| kept.contains(field)) { "*" } else { "" };
                        let fields: Vec<String> = key.2.iter().map(|field| format!("{field}{}", star(field))).collect();
                        lines.insert(format!("{page}: {} {}: {}", key.0, key.1, fields.join(" ")));
                    }
                }
            }
        }
        for route in self.routes.all("POST").filter(|route| !self.met.contains(*route)) {
            lines.insert(format!("POST {route}: not met: {}", reason(&format!("POST {route}"))));
        }
        lines.into_iter().map(|line| line + "\n").collect()
    }
}
