//! Test rigs: databases, actors, an SMTP server (development only).
