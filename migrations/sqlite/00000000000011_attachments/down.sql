ALTER TABLE applications DROP COLUMN objection;
ALTER TABLE applications DROP COLUMN objected_at;
DROP INDEX attachments_scan_idx;
ALTER TABLE attachments DROP COLUMN scanned_at;
ALTER TABLE attachments DROP COLUMN scan_state;
