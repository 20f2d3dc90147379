//! `yui healthcheck`: asks a running service for `/readyz`; for containers and scripts.

use super::{Failure, Outcome};
use crate::config::Config;
use crate::terminal;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// Arguments of `yui healthcheck`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Seconds to wait
    #[arg(long, default_value_t = 3)]
    timeout: u64,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    let status = ask(config.listen, Duration::from_secs(args.timeout.max(1)))
        .map_err(|error| Failure::Outside(format!("{} が応答しません: {error}", config.listen)))?;
    if status.starts_with("HTTP/1.1 200") {
        terminal::line("ready");
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::Failed(status))
}

/// The status line of `/readyz`, by hand: a client library for one line would be the larger risk.
fn ask(listen: SocketAddr, timeout: Duration) -> std::io::Result<String> {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
    };
    let mut stream = TcpStream::connect_timeout(&SocketAddr::new(ip, listen.port()), timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(4_096).read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
