DROP INDEX grants_office_idx;
