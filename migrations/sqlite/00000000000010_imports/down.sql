DROP TABLE import_drafts;
