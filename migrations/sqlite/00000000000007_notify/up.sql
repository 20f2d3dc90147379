CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  consortium_id TEXT CONSTRAINT outbox_consortium_fk REFERENCES consortia (id),
  kind TEXT NOT NULL,
  user_id TEXT CONSTRAINT outbox_user_fk REFERENCES users (id),
  to_name TEXT NOT NULL,
  to_address TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT outbox_state_check CHECK (state IN ('pending', 'sent', 'parked', 'suppressed')),
  attempts INTEGER NOT NULL,
  next_attempt_at TEXT NOT NULL,
  claimed_until TEXT,
  last_error TEXT,
  request_id TEXT NOT NULL,
  created_at TEXT NOT NULL,
  sent_at TEXT
) STRICT;
CREATE INDEX outbox_due_idx ON outbox (next_attempt_at) WHERE state = 'pending';
CREATE INDEX outbox_consortium_idx ON outbox (consortium_id, id);
CREATE INDEX outbox_user_idx ON outbox (user_id, id);

CREATE TABLE mail_deliveries (
  id TEXT PRIMARY KEY,
  outbox_id TEXT NOT NULL CONSTRAINT mail_deliveries_outbox_fk REFERENCES outbox (id),
  attempt INTEGER NOT NULL,
  outcome TEXT NOT NULL CONSTRAINT mail_deliveries_outcome_check CHECK (outcome IN ('sent', 'deferred', 'parked')),
  detail TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX mail_deliveries_outbox_idx ON mail_deliveries (outbox_id);
CREATE TRIGGER mail_deliveries_append_only_update BEFORE UPDATE ON mail_deliveries
BEGIN SELECT RAISE(ABORT, 'mail_deliveries_append_only'); END;
CREATE TRIGGER mail_deliveries_append_only_delete BEFORE DELETE ON mail_deliveries
BEGIN SELECT RAISE(ABORT, 'mail_deliveries_append_only'); END;

CREATE TABLE notification_preferences (
  user_id TEXT NOT NULL CONSTRAINT notification_preferences_user_fk REFERENCES users (id),
  kind TEXT NOT NULL,
  mail INTEGER NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (user_id, kind)
) STRICT;

-- One hash chain for each consortium, and one (scope 'service') for what belongs to none.
CREATE TABLE audit_chains (
  scope TEXT PRIMARY KEY,
  entries INTEGER NOT NULL,
  head TEXT NOT NULL
) STRICT;

CREATE TABLE audit_entries (
  id TEXT PRIMARY KEY,
  scope TEXT NOT NULL CONSTRAINT audit_entries_scope_fk REFERENCES audit_chains (scope),
  sequence INTEGER NOT NULL,
  consortium_id TEXT CONSTRAINT audit_entries_consortium_fk REFERENCES consortia (id),
  member_id TEXT,
  actor_id TEXT,
  actor_role TEXT NOT NULL,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  outcome TEXT NOT NULL CONSTRAINT audit_entries_outcome_check CHECK (outcome IN ('done', 'denied', 'failed')),
  details TEXT NOT NULL,
  request_id TEXT NOT NULL,
  ip TEXT NOT NULL,
  at TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_entries_sequence_key ON audit_entries (scope, sequence);
CREATE INDEX audit_entries_consortium_idx ON audit_entries (consortium_id, id);
CREATE INDEX audit_entries_subject_idx ON audit_entries (subject_id);
CREATE TRIGGER audit_entries_append_only_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit_entries_append_only'); END;
CREATE TRIGGER audit_entries_append_only_delete BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit_entries_append_only'); END;
