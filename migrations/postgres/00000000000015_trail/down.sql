ALTER TABLE idempotency_records DROP COLUMN rights;
DROP INDEX audit_entries_actor_idx;
