CREATE TABLE attachments (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  uploaded_by TEXT NOT NULL CONSTRAINT attachments_uploaded_by_fk REFERENCES users (id),
  file_name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes INTEGER NOT NULL CONSTRAINT attachments_bytes_check CHECK (bytes BETWEEN 1 AND 5242880),
  sha256 TEXT NOT NULL,
  content BLOB NOT NULL,
  created_at TEXT NOT NULL,
  CONSTRAINT attachments_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id)
) STRICT;
CREATE INDEX attachments_post_idx ON attachments (post_id);
