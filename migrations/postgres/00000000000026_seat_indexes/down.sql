CREATE INDEX seat_transfers_contract_idx ON seat_transfers (contract_id);
CREATE UNIQUE INDEX assignments_consortium_id_key ON assignments (consortium_id, id);
DROP INDEX assignments_account_idx;
CREATE INDEX assignments_account_idx ON assignments (account_id);
CREATE INDEX assignments_seated_idx ON assignments (account_id, id) WHERE released_at IS NULL;
CREATE INDEX assignments_user_idx ON assignments (user_id);
DROP INDEX assignments_active_key;
CREATE UNIQUE INDEX assignments_active_key ON assignments (contract_id, user_id) WHERE released_at IS NULL;
