-- Each index is written with every seat that is taken, so two that lead with the same column are one too many, and so is
-- one that nothing refers to.

-- Who sits in a contract, and the seats of a person.
DROP INDEX assignments_active_key;
CREATE UNIQUE INDEX assignments_active_key ON assignments (user_id, contract_id) WHERE released_at IS NULL;
DROP INDEX assignments_user_idx;
-- The seats of an account in pages: those that last, and all.
DROP INDEX assignments_seated_idx;
DROP INDEX assignments_account_idx;
CREATE INDEX assignments_account_idx ON assignments (account_id, released_at, id);
DROP INDEX assignments_consortium_id_key;
-- The pages of the ledger (contract_id, id) do as well.
DROP INDEX seat_transfers_contract_idx;
