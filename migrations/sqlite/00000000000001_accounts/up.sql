CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  display_name TEXT NOT NULL,
  kana TEXT NOT NULL,
  password_hash TEXT,
  state TEXT NOT NULL CONSTRAINT users_state_check CHECK (state IN ('invited', 'active', 'disabled')),
  session_version INTEGER NOT NULL CONSTRAINT users_session_version_check CHECK (session_version > 0),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_email_key ON users (email);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL CONSTRAINT sessions_user_fk REFERENCES users (id),
  user_agent TEXT NOT NULL,
  ip TEXT NOT NULL,
  created_at TEXT NOT NULL,
  last_used_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  revoked_at TEXT,
  revoke_reason TEXT
) STRICT;
CREATE INDEX sessions_user_idx ON sessions (user_id);

CREATE TABLE refresh_tokens (
  token_hash TEXT PRIMARY KEY,
  session_id TEXT NOT NULL CONSTRAINT refresh_tokens_session_fk REFERENCES sessions (id),
  issued_at TEXT NOT NULL,
  used_at TEXT
) STRICT;
CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);

-- A browser carries its session in a cookie; it is not rotated, because pages load side by side.
CREATE TABLE session_cookies (
  token_hash TEXT PRIMARY KEY,
  session_id TEXT NOT NULL CONSTRAINT session_cookies_session_fk REFERENCES sessions (id),
  issued_at TEXT NOT NULL
) STRICT;
CREATE INDEX session_cookies_session_idx ON session_cookies (session_id);

CREATE TABLE personal_tokens (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL CONSTRAINT personal_tokens_user_fk REFERENCES users (id),
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  last_used_at TEXT,
  revoked_at TEXT
) STRICT;
CREATE UNIQUE INDEX personal_tokens_hash_key ON personal_tokens (token_hash);
CREATE INDEX personal_tokens_user_idx ON personal_tokens (user_id);

CREATE TABLE one_time_tokens (
  token_hash TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CONSTRAINT one_time_tokens_purpose_check CHECK (purpose IN ('bootstrap', 'invite', 'reset', 'acknowledge')),
  user_id TEXT CONSTRAINT one_time_tokens_user_fk REFERENCES users (id),
  subject_id TEXT,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT
) STRICT;
CREATE INDEX one_time_tokens_user_idx ON one_time_tokens (user_id);

CREATE TABLE sign_in_attempts (
  id TEXT PRIMARY KEY,
  account_key TEXT NOT NULL,
  ip TEXT NOT NULL,
  network TEXT NOT NULL,
  succeeded INTEGER NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_attempts_account_idx ON sign_in_attempts (account_key, at);
CREATE INDEX sign_in_attempts_ip_idx ON sign_in_attempts (ip, at);
CREATE INDEX sign_in_attempts_network_idx ON sign_in_attempts (network, at);

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  state TEXT NOT NULL CONSTRAINT signing_keys_state_check CHECK (state IN ('signing', 'verifying', 'revoked')),
  created_at TEXT NOT NULL,
  retired_at TEXT
) STRICT;
CREATE UNIQUE INDEX signing_keys_signing_key ON signing_keys (state) WHERE state = 'signing';

CREATE TABLE idempotency_records (
  user_id TEXT NOT NULL CONSTRAINT idempotency_records_user_fk REFERENCES users (id),
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  headers TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT;
CREATE INDEX idempotency_records_created_idx ON idempotency_records (created_at);
