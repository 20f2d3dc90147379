CREATE TABLE entry_calls (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  title TEXT NOT NULL,
  guidance TEXT NOT NULL,
  capacity INTEGER NOT NULL CONSTRAINT entry_calls_capacity_check CHECK (capacity > 0),
  policy TEXT NOT NULL CONSTRAINT entry_calls_policy_check CHECK (policy IN ('selection', 'first_come', 'lottery')),
  questions TEXT NOT NULL,
  closes_on TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT entry_calls_state_check CHECK (state IN ('draft', 'open', 'closed', 'selected')),
  lottery_seed TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT entry_calls_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id),
  CONSTRAINT entry_calls_contract_fk FOREIGN KEY (consortium_id, contract_id) REFERENCES contracts (consortium_id, id),
  CONSTRAINT entry_calls_account_fk FOREIGN KEY (consortium_id, account_id) REFERENCES seat_accounts (consortium_id, id)
) STRICT;
CREATE UNIQUE INDEX entry_calls_consortium_id_key ON entry_calls (consortium_id, id);
CREATE INDEX entry_calls_member_idx ON entry_calls (member_id);

CREATE TABLE applications (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  call_id TEXT NOT NULL,
  user_id TEXT NOT NULL CONSTRAINT applications_user_fk REFERENCES users (id),
  want_to_learn TEXT NOT NULL,
  problem_at_work TEXT NOT NULL,
  answers TEXT NOT NULL,
  supervisor_name TEXT NOT NULL,
  supervisor_email TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT applications_state_check CHECK (state IN ('submitted', 'acknowledged', 'selected', 'waitlisted', 'declined', 'withdrawn')),
  acknowledged_at TEXT,
  decision_reason TEXT,
  decided_by TEXT CONSTRAINT applications_decided_by_fk REFERENCES users (id),
  decided_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT applications_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id),
  CONSTRAINT applications_call_fk FOREIGN KEY (consortium_id, call_id) REFERENCES entry_calls (consortium_id, id)
) STRICT;
CREATE UNIQUE INDEX applications_consortium_id_key ON applications (consortium_id, id);
CREATE UNIQUE INDEX applications_user_key ON applications (call_id, user_id) WHERE state <> 'withdrawn';
CREATE INDEX applications_user_idx ON applications (user_id);

CREATE TABLE seat_requests (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  seats INTEGER NOT NULL CONSTRAINT seat_requests_seats_check CHECK (seats > 0),
  reason TEXT NOT NULL,
  price_effect TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT seat_requests_state_check CHECK (state IN ('submitted', 'returned', 'approved', 'declined', 'withdrawn')),
  source TEXT CONSTRAINT seat_requests_source_check CHECK (source IN ('reserve', 'idle', 'order')),
  granted_seats INTEGER,
  decision_reason TEXT,
  requested_by TEXT NOT NULL CONSTRAINT seat_requests_requested_by_fk REFERENCES users (id),
  decided_by TEXT CONSTRAINT seat_requests_decided_by_fk REFERENCES users (id),
  decided_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT seat_requests_contract_fk FOREIGN KEY (consortium_id, contract_id) REFERENCES contracts (consortium_id, id),
  CONSTRAINT seat_requests_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
) STRICT;
CREATE UNIQUE INDEX seat_requests_consortium_id_key ON seat_requests (consortium_id, id);
CREATE INDEX seat_requests_member_idx ON seat_requests (member_id);
CREATE INDEX seat_requests_contract_idx ON seat_requests (contract_id);
