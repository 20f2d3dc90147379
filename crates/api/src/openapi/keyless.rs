//! The POSTs that take no `Idempotency-Key`, each with its reason. Every other one does its work once for each key.

/// operationId and reason.
pub const KEYLESS: &[(&str, &str)] = &[
    // Nobody is known yet whose key it could be, and a stored answer would outlive the secret that it answers.
    ("sign_in", "begins a session by a password: each attempt is counted, none is repeated from a record"),
    ("finish_sign_in", "a code counts once"),
    ("refresh_session", "a retry within ten seconds gets the same successor by itself"),
    ("bootstrap", "the token works once"),
    ("accept_invitation", "the link works once"),
    ("request_password_reset", "answers everybody alike; a newer link replaces the older one"),
    ("confirm_password_reset", "the link works once"),
    ("view_acknowledgement", "changes nothing"),
    ("acknowledge_application", "the link works once"),
    ("object_to_application", "the link works once"),
    // Behind a password or a code, which no record may stand for.
    ("step_up", "proves that somebody is there now; a record would prove it later"),
    ("confirm_second_factor", "a code counts once, and its answer shows recovery codes"),
    ("renew_recovery_codes", "a code counts once, and its answer shows recovery codes"),
    ("disable_second_factor", "a code counts once"),
    // Questions that need a body.
    ("preview_seat_request", "changes nothing"),
    ("replay_scenario", "changes nothing"),
    ("simulate_allocation", "changes nothing"),
    ("simulate_sharing", "changes nothing"),
    ("simulate_price", "changes nothing"),
];
