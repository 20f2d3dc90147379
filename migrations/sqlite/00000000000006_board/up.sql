CREATE TABLE posts (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  author_id TEXT NOT NULL CONSTRAINT posts_author_fk REFERENCES users (id),
  kind TEXT NOT NULL CONSTRAINT posts_kind_check CHECK (kind IN ('worry', 'consultation', 'knowhow', 'success_story')),
  visibility TEXT NOT NULL CONSTRAINT posts_visibility_check CHECK (visibility IN ('town', 'consortium', 'public')),
  state TEXT NOT NULL CONSTRAINT posts_state_check CHECK (state IN ('draft', 'in_review', 'published', 'hidden')),
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  body_html TEXT NOT NULL,
  story TEXT,
  hours_saved INTEGER CONSTRAINT posts_hours_check CHECK (hours_saved >= 0),
  yen_saved INTEGER CONSTRAINT posts_yen_check CHECK (yen_saved >= 0),
  search_key TEXT NOT NULL,
  resolved_at TEXT,
  resolved_by_comment_id TEXT,
  helpful_count INTEGER NOT NULL CONSTRAINT posts_helpful_check CHECK (helpful_count >= 0),
  comments_count INTEGER NOT NULL CONSTRAINT posts_comments_check CHECK (comments_count >= 0),
  replications_count INTEGER NOT NULL CONSTRAINT posts_replications_check CHECK (replications_count >= 0),
  reviewed_by TEXT CONSTRAINT posts_reviewed_by_fk REFERENCES users (id),
  published_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT posts_story_check CHECK ((kind = 'success_story') = (story IS NOT NULL)),
  CONSTRAINT posts_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
) STRICT;
CREATE UNIQUE INDEX posts_consortium_id_key ON posts (consortium_id, id);
CREATE INDEX posts_list_idx ON posts (consortium_id, state, id);
CREATE INDEX posts_helpful_idx ON posts (consortium_id, state, helpful_count, id);
CREATE INDEX posts_public_idx ON posts (visibility, state, id);
CREATE INDEX posts_author_idx ON posts (author_id);
-- Bigrams of search_key, made by the application: finds Japanese words of two characters.
CREATE VIRTUAL TABLE post_search USING fts5 (
  grams, post_id UNINDEXED, content = '', contentless_delete = 1, contentless_unindexed = 1, tokenize = 'ascii'
);

CREATE TABLE post_tags (
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (post_id, tag),
  CONSTRAINT post_tags_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id)
) STRICT;
CREATE INDEX post_tags_tag_idx ON post_tags (consortium_id, tag);

CREATE TABLE post_revisions (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  story TEXT,
  edited_by TEXT NOT NULL CONSTRAINT post_revisions_edited_by_fk REFERENCES users (id),
  created_at TEXT NOT NULL,
  CONSTRAINT post_revisions_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id)
) STRICT;
CREATE UNIQUE INDEX post_revisions_revision_key ON post_revisions (post_id, revision);
CREATE TRIGGER post_revisions_append_only_update BEFORE UPDATE ON post_revisions
BEGIN SELECT RAISE(ABORT, 'post_revisions_append_only'); END;
CREATE TRIGGER post_revisions_append_only_delete BEFORE DELETE ON post_revisions
BEGIN SELECT RAISE(ABORT, 'post_revisions_append_only'); END;

CREATE TABLE comments (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  author_id TEXT NOT NULL CONSTRAINT comments_author_fk REFERENCES users (id),
  body TEXT NOT NULL,
  body_html TEXT NOT NULL,
  reply_to_id TEXT,
  hidden_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT comments_post_id_key UNIQUE (post_id, id),
  CONSTRAINT comments_reply_fk FOREIGN KEY (post_id, reply_to_id) REFERENCES comments (post_id, id),
  CONSTRAINT comments_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id),
  CONSTRAINT comments_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
) STRICT;

CREATE TABLE helpful_marks (
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  user_id TEXT NOT NULL CONSTRAINT helpful_marks_user_fk REFERENCES users (id),
  created_at TEXT NOT NULL,
  PRIMARY KEY (post_id, user_id),
  CONSTRAINT helpful_marks_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id)
) STRICT;

CREATE TABLE replications (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  user_id TEXT NOT NULL CONSTRAINT replications_user_fk REFERENCES users (id),
  outcome TEXT NOT NULL CONSTRAINT replications_outcome_check CHECK (outcome IN ('worked', 'partly', 'did_not_work')),
  note TEXT NOT NULL,
  hours_saved INTEGER CONSTRAINT replications_hours_check CHECK (hours_saved >= 0),
  created_at TEXT NOT NULL,
  CONSTRAINT replications_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id),
  CONSTRAINT replications_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
) STRICT;
CREATE UNIQUE INDEX replications_member_key ON replications (post_id, member_id);
