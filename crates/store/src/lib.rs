//! Everything that knows SQL: diesel on SQLite and PostgreSQL.
