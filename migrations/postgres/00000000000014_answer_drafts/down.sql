DROP INDEX users_kana_idx;
ALTER TABLE users DROP COLUMN kana_key;
DROP TABLE answer_drafts;
