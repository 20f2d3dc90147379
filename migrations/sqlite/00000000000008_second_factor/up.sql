-- The second factor of an account: its seed is sealed, its last step counts once on every replica.
CREATE TABLE second_factors (
  user_id TEXT PRIMARY KEY CONSTRAINT second_factors_user_fk REFERENCES users (id),
  sealed_seed TEXT NOT NULL,
  last_step INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  confirmed_at TEXT
) STRICT;

CREATE TABLE recovery_codes (
  code_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL CONSTRAINT recovery_codes_user_fk REFERENCES users (id),
  created_at TEXT NOT NULL,
  used_at TEXT
) STRICT;
CREATE INDEX recovery_codes_user_idx ON recovery_codes (user_id);

-- When the person last proved to be there (S16).
ALTER TABLE sessions ADD COLUMN stepped_up_at TEXT;

-- Mails are also read in the service: お知らせ.
ALTER TABLE outbox ADD COLUMN read_at TEXT;
CREATE INDEX outbox_unread_idx ON outbox (user_id) WHERE read_at IS NULL;
