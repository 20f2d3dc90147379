ALTER TABLE attachments ADD COLUMN scan_state TEXT NOT NULL DEFAULT 'unscanned'
  CONSTRAINT attachments_scan_state_check CHECK (scan_state IN ('unscanned', 'clean', 'infected'));
ALTER TABLE attachments ADD COLUMN scanned_at TIMESTAMP;
CREATE INDEX attachments_scan_idx ON attachments (scan_state, id);
-- 上長の不同意: when the supervisor said no, and why; a correction or a later acknowledgement clears both.
ALTER TABLE applications ADD COLUMN objected_at TIMESTAMP;
ALTER TABLE applications ADD COLUMN objection TEXT;
