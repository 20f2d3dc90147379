-- Where somebody with roles in several places works in a session; none of both: for the service as a whole.
CREATE TABLE session_places (
  session_id TEXT PRIMARY KEY CONSTRAINT session_places_session_fk REFERENCES sessions (id),
  consortium_id TEXT CONSTRAINT session_places_consortium_fk REFERENCES consortia (id),
  member_id TEXT CONSTRAINT session_places_member_fk REFERENCES members (id),
  chosen_at TEXT NOT NULL
) STRICT;

-- A mail address that waits to be confirmed from its own mailbox.
CREATE TABLE email_changes (
  token_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL CONSTRAINT email_changes_user_fk REFERENCES users (id),
  email TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT
) STRICT;
CREATE INDEX email_changes_user_idx ON email_changes (user_id);

-- Kinds of mail that come once a day, all in one.
ALTER TABLE notification_preferences ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;
CREATE TABLE digest_items (
  outbox_id TEXT PRIMARY KEY CONSTRAINT digest_items_outbox_fk REFERENCES outbox (id),
  digest_id TEXT NOT NULL CONSTRAINT digest_items_digest_fk REFERENCES outbox (id)
) STRICT;
