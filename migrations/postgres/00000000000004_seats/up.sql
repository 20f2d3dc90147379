-- Seats that a contract bought live in accounts: one reserve, one for each member.
-- Only a row in seat_transfers moves a balance (trigger below); the CHECKs are the last gate.
CREATE TABLE seat_accounts (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  member_id TEXT,
  kind TEXT NOT NULL CONSTRAINT seat_accounts_kind_check CHECK (kind IN ('reserve', 'member')),
  balance BIGINT NOT NULL CONSTRAINT seat_accounts_balance_check CHECK (balance >= 0),
  assigned BIGINT NOT NULL CONSTRAINT seat_accounts_assigned_check CHECK (assigned >= 0),
  held BIGINT NOT NULL CONSTRAINT seat_accounts_held_check CHECK (held >= 0),
  next_waiting BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  CONSTRAINT seat_accounts_use_check CHECK (assigned + held <= balance),
  CONSTRAINT seat_accounts_member_check CHECK ((kind = 'member') = (member_id IS NOT NULL)),
  CONSTRAINT seat_accounts_contract_fk FOREIGN KEY (consortium_id, contract_id) REFERENCES contracts (consortium_id, id),
  CONSTRAINT seat_accounts_owner_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);
CREATE UNIQUE INDEX seat_accounts_consortium_id_key ON seat_accounts (consortium_id, id);
CREATE UNIQUE INDEX seat_accounts_contract_id_key ON seat_accounts (contract_id, id);
CREATE UNIQUE INDEX seat_accounts_owner_key ON seat_accounts (contract_id, member_id) WHERE member_id IS NOT NULL;
CREATE UNIQUE INDEX seat_accounts_reserve_key ON seat_accounts (contract_id) WHERE member_id IS NULL;

CREATE TABLE seat_transfers (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  from_account_id TEXT,
  to_account_id TEXT,
  seats BIGINT NOT NULL CONSTRAINT seat_transfers_seats_check CHECK (seats > 0),
  kind TEXT NOT NULL CONSTRAINT seat_transfers_kind_check CHECK (kind IN ('purchase', 'allocate', 'grant', 'return', 'move', 'expire', 'correct')),
  reason TEXT NOT NULL,
  corrects_id TEXT CONSTRAINT seat_transfers_corrects_fk REFERENCES seat_transfers (id),
  created_by TEXT NOT NULL CONSTRAINT seat_transfers_created_by_fk REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  CONSTRAINT seat_transfers_ends_check CHECK (from_account_id IS NOT NULL OR to_account_id IS NOT NULL),
  CONSTRAINT seat_transfers_self_check CHECK (from_account_id IS NULL OR to_account_id IS NULL OR from_account_id <> to_account_id),
  CONSTRAINT seat_transfers_contract_fk FOREIGN KEY (consortium_id, contract_id) REFERENCES contracts (consortium_id, id),
  CONSTRAINT seat_transfers_from_fk FOREIGN KEY (contract_id, from_account_id) REFERENCES seat_accounts (contract_id, id),
  CONSTRAINT seat_transfers_to_fk FOREIGN KEY (contract_id, to_account_id) REFERENCES seat_accounts (contract_id, id)
);
CREATE INDEX seat_transfers_contract_idx ON seat_transfers (contract_id);
CREATE INDEX seat_transfers_from_idx ON seat_transfers (from_account_id);
CREATE INDEX seat_transfers_to_idx ON seat_transfers (to_account_id);
CREATE TRIGGER seat_transfers_append_only BEFORE UPDATE OR DELETE ON seat_transfers
  FOR EACH ROW EXECUTE FUNCTION refuse_change('seat_transfers_append_only');
CREATE TRIGGER seat_transfers_no_truncate BEFORE TRUNCATE ON seat_transfers
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('seat_transfers_append_only');
CREATE FUNCTION apply_seat_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE seat_accounts SET balance = balance - NEW.seats WHERE id = NEW.from_account_id;
  UPDATE seat_accounts SET balance = balance + NEW.seats WHERE id = NEW.to_account_id;
  RETURN NULL;
END $$;
CREATE TRIGGER seat_transfers_apply AFTER INSERT ON seat_transfers
  FOR EACH ROW EXECUTE FUNCTION apply_seat_transfer();

CREATE TABLE allocations (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT allocations_state_check CHECK (state IN ('draft', 'published')),
  published_at TIMESTAMP,
  published_by TEXT CONSTRAINT allocations_published_by_fk REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT allocations_contract_fk FOREIGN KEY (consortium_id, contract_id) REFERENCES contracts (consortium_id, id)
);
CREATE UNIQUE INDEX allocations_contract_key ON allocations (contract_id);
CREATE UNIQUE INDEX allocations_consortium_id_key ON allocations (consortium_id, id);

CREATE TABLE allocation_lines (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  allocation_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  seats BIGINT NOT NULL CONSTRAINT allocation_lines_seats_check CHECK (seats >= 0),
  reason TEXT NOT NULL,
  explanation TEXT NOT NULL,
  CONSTRAINT allocation_lines_allocation_fk FOREIGN KEY (consortium_id, allocation_id) REFERENCES allocations (consortium_id, id),
  CONSTRAINT allocation_lines_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);
CREATE UNIQUE INDEX allocation_lines_member_key ON allocation_lines (allocation_id, member_id);

CREATE TABLE assignments (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  user_id TEXT NOT NULL CONSTRAINT assignments_user_fk REFERENCES users (id),
  application_id TEXT,
  source TEXT NOT NULL CONSTRAINT assignments_source_check CHECK (source IN ('claim', 'selection', 'offer', 'direct', 'bulk')),
  assigned_by TEXT NOT NULL CONSTRAINT assignments_assigned_by_fk REFERENCES users (id),
  assigned_at TIMESTAMP NOT NULL,
  released_at TIMESTAMP,
  release_reason TEXT,
  released_by TEXT CONSTRAINT assignments_released_by_fk REFERENCES users (id),
  version BIGINT NOT NULL,
  CONSTRAINT assignments_account_fk FOREIGN KEY (consortium_id, account_id) REFERENCES seat_accounts (consortium_id, id),
  CONSTRAINT assignments_contract_fk FOREIGN KEY (contract_id, account_id) REFERENCES seat_accounts (contract_id, id)
);
CREATE UNIQUE INDEX assignments_active_key ON assignments (contract_id, user_id) WHERE released_at IS NULL;
CREATE UNIQUE INDEX assignments_consortium_id_key ON assignments (consortium_id, id);
CREATE INDEX assignments_account_idx ON assignments (account_id);
CREATE INDEX assignments_user_idx ON assignments (user_id);

CREATE TABLE waiting_entries (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  user_id TEXT NOT NULL CONSTRAINT waiting_entries_user_fk REFERENCES users (id),
  application_id TEXT,
  sequence BIGINT NOT NULL,
  state TEXT NOT NULL CONSTRAINT waiting_entries_state_check CHECK (state IN ('waiting', 'offered', 'accepted', 'declined', 'expired', 'withdrawn')),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT waiting_entries_account_fk FOREIGN KEY (consortium_id, account_id) REFERENCES seat_accounts (consortium_id, id)
);
CREATE UNIQUE INDEX waiting_entries_consortium_id_key ON waiting_entries (consortium_id, id);
CREATE UNIQUE INDEX waiting_entries_sequence_key ON waiting_entries (account_id, sequence);
CREATE UNIQUE INDEX waiting_entries_active_key ON waiting_entries (account_id, user_id) WHERE state IN ('waiting', 'offered');

CREATE TABLE offers (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  waiting_entry_id TEXT NOT NULL,
  user_id TEXT NOT NULL CONSTRAINT offers_user_fk REFERENCES users (id),
  state TEXT NOT NULL CONSTRAINT offers_state_check CHECK (state IN ('open', 'accepted', 'declined', 'expired')),
  offered_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  answered_at TIMESTAMP,
  version BIGINT NOT NULL,
  CONSTRAINT offers_account_fk FOREIGN KEY (consortium_id, account_id) REFERENCES seat_accounts (consortium_id, id),
  CONSTRAINT offers_waiting_fk FOREIGN KEY (consortium_id, waiting_entry_id) REFERENCES waiting_entries (consortium_id, id)
);
CREATE UNIQUE INDEX offers_open_key ON offers (waiting_entry_id) WHERE state = 'open';
CREATE INDEX offers_due_idx ON offers (expires_at) WHERE state = 'open';
CREATE INDEX offers_account_idx ON offers (account_id);
