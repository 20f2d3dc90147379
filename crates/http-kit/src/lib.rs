//! What every HTTP face shares: errors, actors, idempotency, headers, limits.
