DROP TABLE grants;
DROP TABLE members;
DROP TABLE consortia;
