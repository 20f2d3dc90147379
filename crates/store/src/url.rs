//! Where the database is: `sqlite:PATH` or `postgres://…`, parsed once at the edge.
//!
//! Anything else is refused, a bare path too: SQLite would happily create a stray, empty database
//! from a misspelt URL. A password never shows in `Display`, `Debug` or an error.

use std::fmt;
use std::path::{Path, PathBuf};

/// The generic plan spares PostgreSQL a new plan per call: diesel binds even `LIMIT` as a parameter,
/// and a custom plan for it always looks cheaper than the cached one.
const PLAN_CACHE: &str = "-c%20plan_cache_mode%3Dforce_generic_plan";

/// How long libpq may wait for a server that does not answer, in seconds (its own default is forever).
const CONNECT_TIMEOUT: &str = "connect_timeout=2";

/// A database address that has passed [`DatabaseUrl::parse`].
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Address);

#[derive(Clone, PartialEq, Eq)]
enum Address {
    Sqlite(PathBuf),
    Postgres(String),
}

/// Why an address was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Neither `sqlite:` nor `postgres://`; bare paths land here.
    #[error("a database URL starts with sqlite: or postgres://, for example sqlite:data/yui.db")]
    Scheme,
    /// `sqlite:` without a file.
    #[error("the SQLite URL names no file, for example sqlite:data/yui.db")]
    NoFile,
    /// `:memory:` or `?…`: several threads open the file, so it must be one, and its settings are ours.
    #[error("the SQLite URL must name a plain file: no :memory:, no parameters")]
    NotPlainFile,
}

impl DatabaseUrl {
    /// Parses `sqlite:PATH`, `sqlite://PATH`, `postgres://…` or `postgresql://…`.
    ///
    /// A PostgreSQL URL gains `plan_cache_mode=force_generic_plan` and a connect timeout of two
    /// seconds unless it sets them itself.
    ///
    /// # Errors
    /// [`UrlError`] for every other text.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self(Address::Postgres(with_defaults(text))));
        }
        let path = text.strip_prefix("sqlite:").ok_or(UrlError::Scheme)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        match path {
            "" => Err(UrlError::NoFile),
            _ if path.contains(['?', '#']) || path.starts_with(':') => Err(UrlError::NotPlainFile),
            _ if path.ends_with('/') => Err(UrlError::NoFile),
            _ => Ok(Self(Address::Sqlite(PathBuf::from(path)))),
        }
    }

    /// The SQLite file, if this is one.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Address::Sqlite(path) => Some(path),
            Address::Postgres(_) => None,
        }
    }

    /// The address and the password apart: arguments of a program are read by every user of the machine.
    ///
    /// # Errors
    /// A secret that PostgreSQL's programs take in an address only, or one that cannot be decoded.
    pub(crate) fn without_password(&self) -> Result<Parted, PartError> {
        match &self.0 {
            Address::Sqlite(_) => Err(PartError::NoServer),
            Address::Postgres(url) => part(url),
        }
    }

    /// The whole URL with its password, for libpq only.
    pub(crate) fn postgres(&self) -> Option<&str> {
        match &self.0 {
            Address::Sqlite(_) => None,
            Address::Postgres(url) => Some(url),
        }
    }
}

fn with_defaults(url: &str) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut parameters: Vec<String> = query.split('&').filter(|p| !p.is_empty()).map(str::to_owned).collect();
    match parameters.iter_mut().find(|p| p.starts_with("options=")) {
        Some(options) if options.contains("plan_cache_mode") => {}
        Some(options) => {
            options.push_str("%20");
            options.push_str(PLAN_CACHE);
        }
        None => parameters.push(format!("options={PLAN_CACHE}")),
    }
    if !parameters.iter().any(|p| p.starts_with("connect_timeout=")) {
        parameters.push(CONNECT_TIMEOUT.to_owned());
    }
    format!("{base}?{}", parameters.join("&"))
}

/// A PostgreSQL address as it may be shown to everybody, and the password that it had.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parted {
    pub(crate) address: String,
    pub(crate) password: Option<String>,
}

/// Why an address and its password cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PartError {
    #[error("this is no address of a server")]
    NoServer,
    #[error("sslpassword cannot be handed over safely; use a client key without a passphrase")]
    KeyPassphrase,
    #[error("the password in the database URL is not percent-encoded as a URL needs it")]
    Encoding,
}

/// Reads the user part as libpq does: it ends at the first `@`, if no `/` comes before it.
fn part(url: &str) -> Result<Parted, PartError> {
    let (scheme, rest) = url.split_once("://").ok_or(PartError::NoServer)?;
    let (user, place) = match rest.split_once('@') {
        Some((user, place)) if !user.contains('/') => (Some(user), place),
        Some(_) | None => (None, rest),
    };
    let (host, query) = place.split_once('?').unwrap_or((place, ""));
    let (user, mut password) = match user.and_then(|user| user.split_once(':')) {
        Some((name, password)) => (Some(name), Some(decoded(password)?)),
        None => (user, None),
    };
    let mut kept = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("password", value)) => password = Some(decoded(value)?),
            Some(("sslpassword", _)) => return Err(PartError::KeyPassphrase),
            Some(_) | None => kept.push(parameter),
        }
    }
    let user = user.map(|name| format!("{name}@")).unwrap_or_default();
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    Ok(Parted { address: format!("{scheme}://{user}{host}{query}"), password })
}

fn decoded(text: &str) -> Result<String, PartError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit(rest.next()), digit(rest.next()));
        let value = high.zip(low).map(|(high, low)| high.saturating_mul(16).saturating_add(low));
        bytes.push(value.and_then(|value| u8::try_from(value).ok()).ok_or(PartError::Encoding)?);
    }
    String::from_utf8(bytes).or(Err(PartError::Encoding))
}

/// Hides `user:PASSWORD@` and the parameters that can carry a secret.
///
/// The last `@` ends the password, so that one with an unescaped `@` or `?` in it stays hidden too.
fn redacted(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let shown = match rest.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:***@{host}"),
            None => format!("{user}@{host}"),
        },
        None => rest.to_owned(),
    };
    let (base, query) = shown.split_once('?').unwrap_or((&shown, ""));
    let parameters: Vec<String> = query
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|p| match p.split_once('=') {
            Some((name, _)) if name.contains("password") => format!("{name}=***"),
            _ => p.to_owned(),
        })
        .collect();
    match parameters.is_empty() {
        true => format!("{scheme}://{base}"),
        false => format!("{scheme}://{base}?{}", parameters.join("&")),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Address::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Address::Postgres(url) => f.write_str(&redacted(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sqlite_spellings_name_the_same_file() {
        for (text, path) in [
            ("sqlite:data/yui.db", "data/yui.db"),
            ("sqlite:///srv/yui.db", "/srv/yui.db"),
            ("sqlite:/a b.db", "/a b.db"),
        ] {
            assert_eq!(DatabaseUrl::parse(text).unwrap().sqlite_path(), Some(Path::new(path)));
        }
    }

    #[test]
    fn everything_that_is_not_a_known_address_is_refused() {
        for text in [
            "",
            "yui.db",
            "./yui.db",
            "/srv/yui.db",
            "mysql://h/d",
            "sqlit:x.db",
            "file:x.db",
            "POSTGRES://h/d",
            "postgres:h",
        ] {
            assert_eq!(DatabaseUrl::parse(text), Err(UrlError::Scheme), "{text}");
        }
        for text in ["sqlite:", "sqlite://", "sqlite:folder/"] {
            assert_eq!(DatabaseUrl::parse(text), Err(UrlError::NoFile), "{text}");
        }
        for text in ["sqlite::memory:", "sqlite:x.db?mode=ro", "sqlite:x#y"] {
            assert_eq!(DatabaseUrl::parse(text), Err(UrlError::NotPlainFile), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in [
            "postgres://yui:s3cret@db.example/yui",
            "postgres://yui:s3?cret@h/d",
            "postgresql://yui@h/yui?password=s3cret&sslpassword=s3cret",
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert!(!format!("{url} {url:?}").contains("cret"), "{url}");
            assert!(url.postgres().unwrap().contains("cret"));
        }
    }

    #[test]
    fn a_password_is_handed_over_apart_from_the_address() {
        let set = "&connect_timeout=9&options=-c%20plan_cache_mode%3Dauto";
        for (text, address, password) in [
            ("yui:s3cret@h:5433/d?a=b", "yui@h:5433/d?a=b", Some("s3cret")),
            ("yui:s%40c%25%E7%B5%90@h/d?a=b", "yui@h/d?a=b", Some("s@c%結")),
            ("yui:s3?cret@h/d?a=b", "yui@h/d?a=b", Some("s3?cret")),
            ("yui@h/d?password=s3cret&a=b", "yui@h/d?a=b", Some("s3cret")),
            ("yui@/d?host=/var/run&a=b", "yui@/d?host=/var/run&a=b", None),
            ("h/d?a=b@c", "h/d?a=b@c", None),
            ("/d?host=/run/x@y&a=b", "/d?host=/run/x@y&a=b", None),
            ("yui:@h/d?a=b", "yui@h/d?a=b", Some("")),
        ] {
            // Read as it stands: what `parse` adds is not the matter here.
            let parted = part(&format!("postgres://{text}{set}")).unwrap();
            assert_eq!(parted.address, format!("postgres://{address}{set}"), "{text}");
            assert_eq!(parted.password.as_deref(), password, "{text}");
        }
        assert_eq!(part("postgres://yui:s%4@h/d"), Err(PartError::Encoding));
        assert_eq!(part("postgres://yui@h/d?sslpassword=x"), Err(PartError::KeyPassphrase));
    }

    #[test]
    fn postgres_reuses_its_plans_unless_the_url_says_otherwise() {
        let plain = DatabaseUrl::parse("postgres://h/d").unwrap();
        assert_eq!(
            plain.postgres(),
            Some("postgres://h/d?options=-c%20plan_cache_mode%3Dforce_generic_plan&connect_timeout=2")
        );
        let other = DatabaseUrl::parse("postgres://h/d?options=-c%20jit%3Doff&connect_timeout=9").unwrap();
        assert_eq!(
            other.postgres(),
            Some("postgres://h/d?options=-c%20jit%3Doff%20-c%20plan_cache_mode%3Dforce_generic_plan&connect_timeout=9")
        );
        let own = "postgres://h/d?options=-c%20plan_cache_mode%3Dauto&connect_timeout=9";
        assert_eq!(DatabaseUrl::parse(own).unwrap().postgres(), Some(own));
    }
}
