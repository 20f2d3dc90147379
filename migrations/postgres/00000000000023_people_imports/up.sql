-- Files of people to invite.
ALTER TABLE import_drafts DROP CONSTRAINT import_drafts_kind_check;
ALTER TABLE import_drafts ADD CONSTRAINT import_drafts_kind_check CHECK (kind IN ('answers', 'assignments', 'people'));
