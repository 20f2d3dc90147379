DROP INDEX outbox_unread_idx;
ALTER TABLE outbox DROP COLUMN read_at;
ALTER TABLE sessions DROP COLUMN stepped_up_at;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
