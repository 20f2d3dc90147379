//! The running service: HTTP, and the worker that delivers mails and ends what has run out.
//! SIGTERM and Ctrl-C stop accepting, finish what is under way, then empty the write queue.

use crate::config::Config;
use crate::wiring::StartError;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use app::Service;
use app::verify::Walk;
use http_kit::limits::Limits;
use http_kit::{Edge, Settings};
use mail::Mailer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Seconds for requests under way when the service is told to stop.
const DRAIN_SECONDS: u64 = 30;
/// What the first check of the data leaves to the start.
const AFTER_START: Duration = Duration::from_secs(5);

/// Serves until a signal; `ready` is called once the port is open.
pub(crate) fn run(
    config: &Config,
    service: &Service,
    mailer: Arc<Mailer>,
    ready: impl FnOnce(),
) -> Result<(), StartError> {
    let routes = api::route_table().with(::web::route_table());
    let edge = Edge::new(settings(config), routes).map_err(|e| StartError::Serve(format!("{e:?}")))?;
    let edge = web::Data::new(edge.with_error_page(::web::error_page));
    let shared = service.clone();
    let counters = edge.clone();
    let result = actix_web::rt::System::new().block_on(async move {
        let (stop, stopped) = watch::channel(false);
        let stopping = Arc::new(AtomicBool::new(false));
        let watcher = (config.verify_every > 0).then(|| {
            let every = Duration::from_secs(config.verify_every.saturating_mul(60));
            tokio::spawn(watch_data(shared.clone(), counters.clone(), every, stopped.clone(), Arc::clone(&stopping)))
        });
        let worker = tokio::spawn(work(shared.clone(), mailer, counters, stopped));
        let on_each = shared.clone();
        let mut server = HttpServer::new(move || {
            App::new()
                .wrap(from_fn(http_kit::edge::edge))
                .configure(|cfg| http_kit::install(cfg, &on_each, &edge))
                .configure(api::mount)
                .configure(::web::mount)
        })
        .shutdown_timeout(DRAIN_SECONDS)
        .client_request_timeout(Duration::from_secs(5));
        server = server.workers(config.http_workers.unwrap_or_else(workers).max(1));
        let server = server.bind(config.listen)?;
        tracing::info!(listen = %config.listen, database = %config.database_url, "Listening on {}", config.listen);
        ready();
        server.run().await?;
        stopping.store(true, Ordering::Relaxed);
        let _ = stop.send(true);
        let _ = worker.await;
        if let Some(watcher) = watcher {
            let _ = watcher.await;
        }
        Ok::<(), std::io::Error>(())
    });
    service.store().shutdown();
    tracing::info!("Stopped; every acknowledged write is on disk");
    result.map_err(|error| StartError::Serve(format!("{}: {error}", config.listen)))
}

/// One HTTP worker for two cores: the database threads do most of the work of a request, and each worker holds a
/// compiled table of all routes of its own, some 10 MB.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get) / 2
}

/// Tries the port before a long story is told; whoever takes it meanwhile is met again in [`run`].
pub(crate) fn check_port(config: &Config) -> Result<(), StartError> {
    let bound = std::net::TcpListener::bind(config.listen);
    bound.map(drop).map_err(|error| {
        let listen = config.listen;
        StartError::Serve(format!("{listen} で待ち受けられません（{error}）。--listen で別のポートを指定してください（例: --listen 127.0.0.1:8090）"))
    })
}

fn settings(config: &Config) -> Settings {
    let default = Settings::default();
    Settings {
        https: config.public_url.starts_with("https://"),
        trusted_proxies: config.trusted_proxies.clone(),
        metrics_for: config.metrics_for.clone().unwrap_or(default.metrics_for),
        api_docs: config.api_docs,
        limits: if config.rate_limits { default.limits } else { Limits::none() },
    }
}

/// Turns of the worker: mails each second, statistics every other, files that wait for the virus scanner every tenth,
/// offers and old records each minute. Failures are logged and
/// tried again; the worker ends with the service only.
async fn work(service: Service, mailer: Arc<Mailer>, edge: web::Data<Edge>, mut stopped: watch::Receiver<bool>) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut turns = 0_u64;
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = second.tick() => {}
        }
        match app::notify::delivery::deliver_due(&service, &mailer).await {
            Ok(turn) if turn.parked > 0 => {
                tracing::warn!(parked = turn.parked, "Parked mails that cannot be delivered")
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(?error, "Mails could not be delivered now"),
        }
        if turns.is_multiple_of(60)
            && let Err(error) = app::upkeep::run(&service).await
        {
            tracing::warn!(?error, "Upkeep could not run now");
        }
        if turns.is_multiple_of(10)
            && let Ok(waiting) = app::upkeep::mails_waiting(&service).await
        {
            edge.metrics.waiting("outbox", waiting);
        }
        if turns.is_multiple_of(10)
            && let Err(error) = app::board::attachments::scan_waiting(&service).await
        {
            tracing::warn!(?error, "Files could not be judged now");
        }
        if turns.is_multiple_of(2)
            && let Err(error) = app::upkeep::statistics(&service).await
        {
            tracing::warn!(?error, "Statistics could not be gathered now");
        }
        turns = turns.wrapping_add(1);
    }
}

/// Checks the data now and then, the first time once the start is over; what it finds stands in the log and in the metrics.
async fn watch_data(
    service: Service,
    edge: web::Data<Edge>,
    every: Duration,
    mut stopped: watch::Receiver<bool>,
    stopping: Arc<AtomicBool>,
) {
    let mut walk = Walk::by_the_way();
    let mut pause = AFTER_START;
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            () = tokio::time::sleep(pause) => {}
        }
        pause = every;
        match app::upkeep::verify(&service, walk.clone(), Arc::clone(&stopping)).await {
            Ok((further, report)) => {
                walk = further;
                edge.metrics.verified(report.findings.len());
                tracing::info!(findings = report.findings.len(), "Checked the data");
            }
            Err(_) if stopping.load(Ordering::Relaxed) => break,
            Err(error) => tracing::warn!(?error, "The data could not be checked now"),
        }
    }
}
