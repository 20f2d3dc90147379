-- Files of people to invite. Drafts live for a day at most and nothing is done yet of them: whoever has one open sends it again.
DROP TABLE import_drafts;
CREATE TABLE import_drafts (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL CONSTRAINT import_drafts_user_fk REFERENCES users (id),
  kind TEXT NOT NULL CONSTRAINT import_drafts_kind_check CHECK (kind IN ('answers', 'assignments', 'people')),
  subject_id TEXT NOT NULL,
  file_name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  content BLOB NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX import_drafts_created_idx ON import_drafts (created_at);
CREATE INDEX import_drafts_user_idx ON import_drafts (user_id);
