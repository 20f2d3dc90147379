-- Whose data did this account see between two instants: answered from the trail without reading all of it.
CREATE INDEX audit_entries_actor_idx ON audit_entries (actor_id, id);
-- The roles with which an answer was earned, one a line: who lost one gets the stored answer no more.
ALTER TABLE idempotency_records ADD COLUMN rights TEXT NOT NULL DEFAULT '';
