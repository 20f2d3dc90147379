-- The beginning of the body as plain text, made by the application as it makes the HTML: a list of twenty posts must not
-- read and parse twenty bodies. Posts written before begin with their Markdown until they are edited.
ALTER TABLE posts ADD COLUMN excerpt TEXT NOT NULL DEFAULT '';
UPDATE posts SET excerpt = substr(body, 1, 120);
