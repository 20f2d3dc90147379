DELETE FROM import_drafts WHERE kind = 'people';
ALTER TABLE import_drafts DROP CONSTRAINT import_drafts_kind_check;
ALTER TABLE import_drafts ADD CONSTRAINT import_drafts_kind_check CHECK (kind IN ('answers', 'assignments'));
