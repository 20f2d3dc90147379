-- 回答の下書き: what a town's contact has typed so far, as typed, whether or not it could be handed in; one for each survey
-- and town, gone when the answer is handed in. The lead sees that there is one and nothing of what it says.
CREATE TABLE answer_drafts (
  survey_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  consortium_id TEXT NOT NULL,
  typed TEXT NOT NULL,
  saved_by TEXT NOT NULL CONSTRAINT answer_drafts_saved_by_fk REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (survey_id, member_id),
  CONSTRAINT answer_drafts_survey_fk FOREIGN KEY (consortium_id, survey_id) REFERENCES surveys (consortium_id, id),
  CONSTRAINT answer_drafts_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);
CREATE INDEX answer_drafts_member_idx ON answer_drafts (member_id);

-- 五十音順: the reading of a name as lists of people are sorted by it (NFKC, hiragana), made by the application.
ALTER TABLE users ADD COLUMN kana_key TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX users_kana_idx ON users (kana_key, id);
