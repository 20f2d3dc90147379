//! Message templates and lettre transports.
