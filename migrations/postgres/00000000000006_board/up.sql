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
  hours_saved BIGINT CONSTRAINT posts_hours_check CHECK (hours_saved >= 0),
  yen_saved BIGINT CONSTRAINT posts_yen_check CHECK (yen_saved >= 0),
  search_key TEXT NOT NULL,
  resolved_at TIMESTAMP,
  resolved_by_comment_id TEXT,
  helpful_count BIGINT NOT NULL CONSTRAINT posts_helpful_check CHECK (helpful_count >= 0),
  comments_count BIGINT NOT NULL CONSTRAINT posts_comments_check CHECK (comments_count >= 0),
  replications_count BIGINT NOT NULL CONSTRAINT posts_replications_check CHECK (replications_count >= 0),
  reviewed_by TEXT CONSTRAINT posts_reviewed_by_fk REFERENCES users (id),
  published_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT posts_story_check CHECK ((kind = 'success_story') = (story IS NOT NULL)),
  CONSTRAINT posts_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);
CREATE UNIQUE INDEX posts_consortium_id_key ON posts (consortium_id, id);
CREATE INDEX posts_list_idx ON posts (consortium_id, state, id);
CREATE INDEX posts_helpful_idx ON posts (consortium_id, state, helpful_count, id);
CREATE INDEX posts_public_idx ON posts (visibility, state, id);
CREATE INDEX posts_author_idx ON posts (author_id);
-- Bigrams of search_key, made by the application: finds Japanese words of two characters.
CREATE TABLE post_search (
  post_id TEXT PRIMARY KEY CONSTRAINT post_search_post_fk REFERENCES posts (id),
  grams TEXT[] NOT NULL
);
CREATE INDEX post_search_grams_idx ON post_search USING gin (grams);

CREATE TABLE post_tags (
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (post_id, tag),
  CONSTRAINT post_tags_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id)
);
CREATE INDEX post_tags_tag_idx ON post_tags (consortium_id, tag);

CREATE TABLE post_revisions (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  revision BIGINT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  story TEXT,
  edited_by TEXT NOT NULL CONSTRAINT post_revisions_edited_by_fk REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  CONSTRAINT post_revisions_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id)
);
CREATE UNIQUE INDEX post_revisions_revision_key ON post_revisions (post_id, revision);
CREATE TRIGGER post_revisions_append_only BEFORE UPDATE OR DELETE ON post_revisions
  FOR EACH ROW EXECUTE FUNCTION refuse_change('post_revisions_append_only');
CREATE TRIGGER post_revisions_no_truncate BEFORE TRUNCATE ON post_revisions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('post_revisions_append_only');

CREATE TABLE comments (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  author_id TEXT NOT NULL CONSTRAINT comments_author_fk REFERENCES users (id),
  body TEXT NOT NULL,
  body_html TEXT NOT NULL,
  reply_to_id TEXT,
  hidden_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT comments_post_id_key UNIQUE (post_id, id),
  CONSTRAINT comments_reply_fk FOREIGN KEY (post_id, reply_to_id) REFERENCES comments (post_id, id),
  CONSTRAINT comments_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id),
  CONSTRAINT comments_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);

CREATE TABLE helpful_marks (
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  user_id TEXT NOT NULL CONSTRAINT helpful_marks_user_fk REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  PRIMARY KEY (post_id, user_id),
  CONSTRAINT helpful_marks_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id)
);

CREATE TABLE replications (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  user_id TEXT NOT NULL CONSTRAINT replications_user_fk REFERENCES users (id),
  outcome TEXT NOT NULL CONSTRAINT replications_outcome_check CHECK (outcome IN ('worked', 'partly', 'did_not_work')),
  note TEXT NOT NULL,
  hours_saved BIGINT CONSTRAINT replications_hours_check CHECK (hours_saved >= 0),
  created_at TIMESTAMP NOT NULL,
  CONSTRAINT replications_post_fk FOREIGN KEY (consortium_id, post_id) REFERENCES posts (consortium_id, id),
  CONSTRAINT replications_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);
CREATE UNIQUE INDEX replications_member_key ON replications (post_id, member_id);
