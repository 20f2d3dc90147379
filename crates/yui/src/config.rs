//! Configuration: flags > environment (`YUI_*`, secrets also from a file) > one TOML file > default.
//!
//! Every setting stands once, in [`Given`]; [`Config::resolve`] checks them together and refuses what
//! cannot work, with a sentence that names the setting. Secrets are never printed.

use clap::Args;
use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use store::DatabaseUrl;

/// What was given, by flag, environment or file.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Given {
    /// TOML file with the settings below (names with underscores)
    #[arg(long, global = true, env = "YUI_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
    /// Folder for the embedded database, mails as files, and the generated secret
    #[arg(long, global = true, env = "YUI_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// sqlite:PATH or postgres://USER@HOST/NAME; the embedded database in the data folder when absent
    #[arg(long, global = true, env = "YUI_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// File that holds the database URL
    #[arg(long, global = true, env = "YUI_DATABASE_URL_FILE", value_name = "FILE")]
    pub(crate) database_url_file: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, global = true, env = "YUI_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) listen: Option<String>,
    /// Address at which people reach the service, without a slash at the end
    #[arg(long, global = true, env = "YUI_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Service secret, 32 random bytes or more (openssl rand -base64 48)
    #[arg(long, global = true, env = "YUI_SECRET", value_name = "TEXT", hide_env_values = true)]
    pub(crate) secret: Option<String>,
    /// File that holds the service secret
    #[arg(long, global = true, env = "YUI_SECRET_FILE", value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Who to ask, printed under every mail
    #[arg(long, global = true, env = "YUI_HELP_CONTACT", value_name = "TEXT")]
    pub(crate) help_contact: Option<String>,
    /// How mails leave: file (default, .eml files in the data folder) or smtp
    #[arg(long, global = true, env = "YUI_MAIL_TRANSPORT", value_name = "file|smtp")]
    pub(crate) mail_transport: Option<String>,
    /// Folder for .eml files
    #[arg(long, global = true, env = "YUI_MAIL_DIR", value_name = "DIR")]
    pub(crate) mail_dir: Option<PathBuf>,
    /// Sender address
    #[arg(long, global = true, env = "YUI_MAIL_FROM", value_name = "ADDRESS")]
    pub(crate) mail_from: Option<String>,
    /// Sender name
    #[arg(long, global = true, env = "YUI_MAIL_FROM_NAME", value_name = "TEXT")]
    pub(crate) mail_from_name: Option<String>,
    /// Mail server
    #[arg(long, global = true, env = "YUI_SMTP_HOST", value_name = "HOST")]
    pub(crate) smtp_host: Option<String>,
    /// Port of the mail server
    #[arg(long, global = true, env = "YUI_SMTP_PORT", value_name = "PORT")]
    pub(crate) smtp_port: Option<u16>,
    /// Protection of the connection, always stated: none (internal relay), starttls or tls
    #[arg(long, global = true, env = "YUI_SMTP_TLS", value_name = "none|starttls|tls")]
    pub(crate) smtp_tls: Option<String>,
    /// User at the mail server
    #[arg(long, global = true, env = "YUI_SMTP_USER", value_name = "TEXT")]
    pub(crate) smtp_user: Option<String>,
    /// Password at the mail server
    #[arg(long, global = true, env = "YUI_SMTP_PASSWORD", value_name = "TEXT", hide_env_values = true)]
    pub(crate) smtp_password: Option<String>,
    /// File that holds the password at the mail server
    #[arg(long, global = true, env = "YUI_SMTP_PASSWORD_FILE", value_name = "FILE")]
    pub(crate) smtp_password_file: Option<PathBuf>,
    /// PEM file with the root certificate of an internal authority
    #[arg(long, global = true, env = "YUI_SMTP_ROOT_CERTIFICATE", value_name = "FILE")]
    pub(crate) smtp_root_certificate: Option<PathBuf>,
    /// Networks of proxies whose X-Forwarded-For is believed, separated by commas
    #[arg(long, global = true, env = "YUI_TRUSTED_PROXIES", value_name = "CIDR,…")]
    pub(crate) trusted_proxies: Option<String>,
    /// Second factor of prefecture staff, auditors and administrators: required (default; optional in the demo) or optional
    #[arg(long, global = true, env = "YUI_SECOND_FACTOR", value_name = "required|optional")]
    pub(crate) second_factor: Option<String>,
    /// Virus scanner that speaks clamd's protocol on this machine: path of its socket, or loopback address with port;
    /// uploaded files are not judged when absent
    #[arg(long, global = true, env = "YUI_SCAN_SOCKET", value_name = "PATH|ADDR:PORT")]
    pub(crate) scan_socket: Option<String>,
    /// Rate limits: on (default) or off, for load tests
    #[arg(long, global = true, env = "YUI_RATE_LIMITS", value_name = "on|off")]
    pub(crate) rate_limits: Option<String>,
    /// Networks that may read /metrics, separated by commas; this machine when absent
    #[arg(long, global = true, env = "YUI_METRICS_FOR", value_name = "CIDR,…")]
    pub(crate) metrics_for: Option<String>,
    /// Viewer of the API's document at /api/docs: on (default) or off
    #[arg(long, global = true, env = "YUI_API_DOCS", value_name = "on|off")]
    pub(crate) api_docs: Option<String>,
    /// HTTP worker threads; one for two cores when absent
    #[arg(long, global = true, env = "YUI_HTTP_WORKERS", value_name = "N")]
    pub(crate) http_workers: Option<usize>,
    /// Apply pending migrations at start: true (default) or false
    #[arg(long, global = true, env = "YUI_MIGRATE_ON_START", value_name = "BOOL")]
    pub(crate) migrate_on_start: Option<bool>,
    /// Minutes between checks of the data's invariants by the running service, 60 when absent; 0 for none
    #[arg(long, global = true, env = "YUI_VERIFY_EVERY", value_name = "MINUTES")]
    pub(crate) verify_every: Option<u64>,
    /// Log lines: text (default) or json
    #[arg(long, global = true, env = "YUI_LOG_FORMAT", value_name = "text|json")]
    pub(crate) log_format: Option<String>,
    /// Log filter, such as info or yui=debug
    #[arg(long, global = true, env = "YUI_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

/// Why the configuration cannot be used; the sentence names the setting and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("設定ファイル {path} を読めません: {reason}")]
    File { path: String, reason: String },
    #[error("設定 {name} が正しくありません: {reason}")]
    Invalid { name: &'static str, reason: String },
}

/// Whether an address without TLS never leaves this machine: a session's cookie must not cross a network in clear.
fn is_of_this_machine(url: &str) -> bool {
    let rest = url.trim_start_matches("http://");
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((address, _)) => address,
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn invalid(name: &'static str, reason: impl ToString) -> ConfigError {
    ConfigError::Invalid { name, reason: reason.to_string() }
}

/// How mails leave.
#[derive(Debug, Clone)]
pub(crate) enum MailRoute {
    /// `.eml` files in a folder.
    File(PathBuf),
    /// A mail server.
    Smtp(mail::SmtpSettings),
}

/// The effective configuration.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) database_url: DatabaseUrl,
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: String,
    /// The configured secret; none lets the embedded database keep one of its own in the data folder.
    pub(crate) secret: Option<SecretString>,
    pub(crate) help_contact: String,
    pub(crate) mail: MailRoute,
    pub(crate) mail_from: String,
    pub(crate) mail_from_name: String,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) metrics_for: Option<Vec<IpNet>>,
    pub(crate) api_docs: bool,
    pub(crate) second_factor_required: bool,
    /// Judges uploaded files; none takes them as they are.
    pub(crate) scanner: Option<scanner::Scanner>,
    pub(crate) rate_limits: bool,
    pub(crate) http_workers: Option<usize>,
    pub(crate) migrate_on_start: bool,
    /// Minutes; 0 for never.
    pub(crate) verify_every: u64,
    pub(crate) log_json: bool,
    pub(crate) log: String,
}

impl Given {
    /// Fills what flags and environment left open from the TOML file.
    fn with_file(self) -> Result<Self, ConfigError> {
        let Some(path) = self.config.clone() else { return Ok(self) };
        let failed = |reason: String| ConfigError::File { path: path.display().to_string(), reason };
        let text = fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        let file: Self = toml::from_str(&text).map_err(|error| failed(error.message().to_owned()))?;
        Ok(Self {
            config: self.config,
            data_dir: self.data_dir.or(file.data_dir),
            database_url: self.database_url.or(file.database_url),
            database_url_file: self.database_url_file.or(file.database_url_file),
            listen: self.listen.or(file.listen),
            public_url: self.public_url.or(file.public_url),
            secret: self.secret.or(file.secret),
            secret_file: self.secret_file.or(file.secret_file),
            help_contact: self.help_contact.or(file.help_contact),
            mail_transport: self.mail_transport.or(file.mail_transport),
            mail_dir: self.mail_dir.or(file.mail_dir),
            mail_from: self.mail_from.or(file.mail_from),
            mail_from_name: self.mail_from_name.or(file.mail_from_name),
            smtp_host: self.smtp_host.or(file.smtp_host),
            smtp_port: self.smtp_port.or(file.smtp_port),
            smtp_tls: self.smtp_tls.or(file.smtp_tls),
            smtp_user: self.smtp_user.or(file.smtp_user),
            smtp_password: self.smtp_password.or(file.smtp_password),
            smtp_password_file: self.smtp_password_file.or(file.smtp_password_file),
            smtp_root_certificate: self.smtp_root_certificate.or(file.smtp_root_certificate),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            second_factor: self.second_factor.or(file.second_factor),
            scan_socket: self.scan_socket.or(file.scan_socket),
            rate_limits: self.rate_limits.or(file.rate_limits),
            metrics_for: self.metrics_for.or(file.metrics_for),
            api_docs: self.api_docs.or(file.api_docs),
            http_workers: self.http_workers.or(file.http_workers),
            migrate_on_start: self.migrate_on_start.or(file.migrate_on_start),
            verify_every: self.verify_every.or(file.verify_every),
            log_format: self.log_format.or(file.log_format),
            log: self.log.or(file.log),
        })
    }
}

impl Config {
    /// Joins the sources and checks every setting.
    pub(crate) fn resolve(given: Given) -> Result<Self, ConfigError> {
        let given = given.with_file()?;
        let data_dir = given.data_dir.clone().unwrap_or_else(|| PathBuf::from("data"));
        let url = or_file("database_url_file", given.database_url.clone(), given.database_url_file.as_deref())?
            .unwrap_or_else(|| format!("sqlite:{}", data_dir.join("yui.db").display()));
        let database_url = DatabaseUrl::parse(&url).map_err(|error| invalid("database_url", error))?;
        let listen: SocketAddr = given
            .listen
            .as_deref()
            .unwrap_or("127.0.0.1:8080")
            .parse()
            .map_err(|error| invalid("listen", format!("{error}（例: 127.0.0.1:8080）")))?;
        let public_url = given.public_url.clone().unwrap_or_else(|| format!("http://{listen}"));
        if !(public_url.starts_with("http://") || public_url.starts_with("https://")) || public_url.ends_with('/') {
            return Err(invalid("public_url", "http:// か https:// で始め、末尾に / を付けないでください"));
        }
        if public_url.starts_with("http://") && !is_of_this_machine(&public_url) {
            return Err(invalid(
                "public_url",
                format!(
                    "{public_url} は暗号化されません。ほかの機械から使うときは TLS のプロキシを前に置き、--public-url https://… を指定してください"
                ),
            ));
        }
        let secret = or_file("secret_file", given.secret.clone(), given.secret_file.as_deref())?;
        if let Some(secret) = &secret {
            identity::secret::ServiceSecret::parse(secret).map_err(|error| invalid("secret", error))?;
        } else if database_url.sqlite_path().is_none() {
            return Err(invalid(
                "secret",
                "PostgreSQL では全台で同じ値が要ります。openssl rand -base64 48 で作り、YUI_SECRET か YUI_SECRET_FILE で渡してください",
            ));
        }
        Ok(Self {
            mail: mail_route(&given, &data_dir)?,
            data_dir,
            database_url,
            listen,
            public_url,
            secret: secret.map(SecretString::from),
            help_contact: given.help_contact.unwrap_or_else(|| "各団体のYui担当者".to_owned()),
            mail_from: given.mail_from.unwrap_or_else(|| "yui@example.lg.jp".to_owned()),
            mail_from_name: given.mail_from_name.unwrap_or_else(|| "結（共同調達）".to_owned()),
            trusted_proxies: networks("trusted_proxies", given.trusted_proxies.as_deref().unwrap_or_default())?,
            metrics_for: given.metrics_for.as_deref().map(|text| networks("metrics_for", text)).transpose()?,
            api_docs: switch("api_docs", given.api_docs.as_deref(), ["on", "off"])?,
            second_factor_required: switch("second_factor", given.second_factor.as_deref(), ["required", "optional"])?,
            scanner: given
                .scan_socket
                .as_deref()
                .map(scanner::Scanner::at)
                .transpose()
                .map_err(|error| invalid("scan_socket", error))?,
            rate_limits: switch("rate_limits", given.rate_limits.as_deref(), ["on", "off"])?,
            http_workers: given.http_workers,
            migrate_on_start: given.migrate_on_start.unwrap_or(true),
            verify_every: given.verify_every.unwrap_or(60),
            log_json: !switch("log_format", given.log_format.as_deref(), ["text", "json"])?,
            log: given.log.unwrap_or_else(|| "info".to_owned()),
        })
    }

    /// The effective values for people, secrets hidden.
    pub(crate) fn shown(&self) -> Vec<(&'static str, String)> {
        let hidden = |is_set: bool| {
            if is_set { "（設定済み・非表示）" } else { "（データフォルダーに自動作成）" }.to_owned()
        };
        let mut rows = vec![
            ("data_dir", self.data_dir.display().to_string()),
            ("database_url", self.database_url.to_string()),
            ("listen", self.listen.to_string()),
            ("public_url", self.public_url.clone()),
            ("secret", hidden(self.secret.is_some())),
            ("help_contact", self.help_contact.clone()),
            ("mail_from", self.mail_from.clone()),
            ("mail_from_name", self.mail_from_name.clone()),
        ];
        match &self.mail {
            MailRoute::File(folder) => {
                rows.push(("mail_transport", "file".to_owned()));
                rows.push(("mail_dir", folder.display().to_string()));
            }
            MailRoute::Smtp(smtp) => {
                rows.push(("mail_transport", "smtp".to_owned()));
                rows.push(("smtp_host", format!("{}:{}", smtp.host, smtp.port)));
                rows.push(("smtp_tls", format!("{:?}", smtp.tls).to_lowercase()));
                if smtp.credentials.is_some() {
                    rows.push(("smtp_password", hidden(true)));
                }
            }
        }
        rows.extend([
            ("trusted_proxies", listed(&self.trusted_proxies)),
            ("metrics_for", self.metrics_for.as_deref().map_or_else(|| "このコンピューター".to_owned(), listed)),
            ("api_docs", if self.api_docs { "on" } else { "off" }.to_owned()),
            ("second_factor", if self.second_factor_required { "required" } else { "optional" }.to_owned()),
            ("scan_socket", self.scanner.as_ref().map_or_else(|| "なし".to_owned(), ToString::to_string)),
            ("rate_limits", if self.rate_limits { "on" } else { "off" }.to_owned()),
            ("http_workers", self.http_workers.map_or_else(|| "自動".to_owned(), |n| n.to_string())),
            ("migrate_on_start", self.migrate_on_start.to_string()),
            ("verify_every", format!("{}分", self.verify_every)),
            ("log_format", if self.log_json { "json" } else { "text" }.to_owned()),
            ("log", self.log.clone()),
        ]);
        rows
    }
}

/// Networks separated by commas.
fn networks(name: &'static str, text: &str) -> Result<Vec<IpNet>, ConfigError> {
    text.split(',')
        .map(str::trim)
        .filter(|cidr| !cidr.is_empty())
        .map(|cidr| cidr.parse().map_err(|error| invalid(name, format!("{cidr}: {error}（例: 10.0.0.0/8）"))))
        .collect()
}

fn listed(networks: &[IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Whether the first of two words was chosen; it is the default.
fn switch(name: &'static str, given: Option<&str>, [first, second]: [&str; 2]) -> Result<bool, ConfigError> {
    match given {
        None => Ok(true),
        Some(word) if word == first => Ok(true),
        Some(word) if word == second => Ok(false),
        Some(word) => Err(invalid(name, format!("{word} は使えません。{first} か {second}"))),
    }
}

fn mail_route(given: &Given, data_dir: &Path) -> Result<MailRoute, ConfigError> {
    match given.mail_transport.as_deref() {
        None | Some("file") => Ok(MailRoute::File(given.mail_dir.clone().unwrap_or_else(|| data_dir.join("mail")))),
        Some("smtp") => {
            let host = given.smtp_host.clone().ok_or_else(|| invalid("smtp_host", "メールサーバーの名前が要ります"))?;
            let (tls, port) = match given.smtp_tls.as_deref() {
                Some("none") => (mail::TlsMode::None, 25),
                Some("starttls") => (mail::TlsMode::StartTls, 587),
                Some("tls") => (mail::TlsMode::Tls, 465),
                Some(_) | None => {
                    return Err(invalid("smtp_tls", "none（庁内リレー）・starttls・tls のどれかを明示してください"));
                }
            };
            let password =
                or_file("smtp_password_file", given.smtp_password.clone(), given.smtp_password_file.as_deref())?;
            let root_certificate = given
                .smtp_root_certificate
                .as_deref()
                .map(fs::read)
                .transpose()
                .map_err(|error| invalid("smtp_root_certificate", error))?;
            Ok(MailRoute::Smtp(mail::SmtpSettings {
                host,
                port: given.smtp_port.unwrap_or(port),
                tls,
                root_certificate,
                credentials: given.smtp_user.clone().zip(password.map(SecretString::from)),
                timeout: std::time::Duration::from_secs(20),
                connections: 4,
            }))
        }
        Some(other) => Err(invalid("mail_transport", format!("{other} は使えません。file か smtp"))),
    }
}

/// A value given directly, or the content of the file named for it, without the line end.
fn or_file(name: &'static str, value: Option<String>, file: Option<&Path>) -> Result<Option<String>, ConfigError> {
    match (value, file) {
        (Some(_), Some(_)) => Err(invalid(name, "値とファイルの両方は指定できません")),
        (Some(value), None) => Ok(Some(value)),
        (None, None) => Ok(None),
        (None, Some(path)) => fs::read_to_string(path)
            .map(|text| Some(text.trim_end_matches(['\r', '\n']).to_owned()))
            .map_err(|error| invalid(name, format!("{}: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Given {
        Given::default()
    }

    #[test]
    fn the_default_is_the_embedded_database_and_mails_as_files() {
        let config = Config::resolve(given()).unwrap();
        assert_eq!(config.database_url.to_string(), "sqlite:data/yui.db");
        assert!(matches!(config.mail, MailRoute::File(folder) if folder == Path::new("data/mail")));
    }

    #[test]
    fn weak_and_sample_secrets_are_refused() {
        for weak in ["short", "changeme-changeme-changeme-changeme", identity::secret::SAMPLE_SECRET, &"a".repeat(64)] {
            let result = Config::resolve(Given { secret: Some((*weak).to_owned()), ..given() });
            assert!(matches!(result, Err(ConfigError::Invalid { name: "secret", .. })), "{weak}");
        }
    }

    #[test]
    fn postgresql_needs_a_shared_secret() {
        let result = Config::resolve(Given { database_url: Some("postgres://yui@db/yui".to_owned()), ..given() });
        assert!(matches!(result, Err(ConfigError::Invalid { name: "secret", .. })));
    }

    #[test]
    fn unknown_schemes_and_unstated_tls_are_refused() {
        let url = Config::resolve(Given { database_url: Some("mysql://x".to_owned()), ..given() });
        assert!(matches!(url, Err(ConfigError::Invalid { name: "database_url", .. })));
        let tls = Config::resolve(Given {
            mail_transport: Some("smtp".to_owned()),
            smtp_host: Some("relay".to_owned()),
            ..given()
        });
        assert!(matches!(tls, Err(ConfigError::Invalid { name: "smtp_tls", .. })));
    }

    #[test]
    fn secrets_never_stand_in_what_is_shown() {
        let secret = "q7fJ2mZx9LwT4vRb8NcY1sKd6HgP3eUa";
        let config = Config::resolve(Given {
            secret: Some(secret.to_owned()),
            database_url: Some("postgres://yui:geheim-wort@db/yui".to_owned()),
            ..given()
        })
        .unwrap();
        let shown = format!("{:?} {config:?}", config.shown());
        assert!(!shown.contains(secret) && !shown.contains("geheim-wort"), "{shown}");
    }
}
