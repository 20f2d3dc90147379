-- Each index is written with every seat that is taken and every mail, so two that lead with the same column are one too
-- many, and so is one that nothing refers to.

-- Who sits in a contract, and the seats of a person.
DROP INDEX assignments_active_key;
CREATE UNIQUE INDEX assignments_active_key ON assignments (user_id, contract_id) WHERE released_at IS NULL;
DROP INDEX assignments_user_idx;
-- The seats of an account in pages: few of them were returned, so one index does for those that last and for all.
DROP INDEX assignments_seated_idx;
DROP INDEX assignments_account_idx;
CREATE INDEX assignments_account_idx ON assignments (account_id, id);
-- Nothing refers to it; an export of one consortium among many reads them all.
DROP INDEX assignments_consortium_id_key;
-- The pages of the ledger (contract_id, id) do as well.
DROP INDEX seat_transfers_contract_idx;
-- A person's notices in pages, and how many were not read, counted in the index alone.
DROP INDEX outbox_unread_idx;
DROP INDEX outbox_user_idx;
CREATE INDEX outbox_user_idx ON outbox (user_id, id, read_at, kind);
