//! `huiyin serve`: the HTTP server and the timer.

use super::Done;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::narrow::Narrow;
use crate::tls::{Certificate, Secured};
use crate::web::Peer;
use anyhow::{Context as _, bail};
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Configuration file (default: huiyin.toml in the working directory, when there is one)
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where everything is kept: sqlite:PATH or postgres://…
    #[arg(long)]
    database: Option<String>,
    /// Address and port to listen on
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Units and officials as JSON, put into an empty database before serving
    #[arg(long, value_name = "FILE")]
    directory: Option<PathBuf>,
    /// Print the commented default configuration and end
    #[arg(long)]
    print_config: bool,
}

/// Serves until interrupted.
pub(crate) fn run(options: Options) -> anyhow::Result<Done> {
    if options.print_config {
        print!("{}", crate::config::DEFAULT);
        return Ok(Done::Well);
    }
    let mut config = Config::load(options.config.as_deref())?;
    if let Some(database) = options.database {
        config.database = database;
    }
    if let Some(listen) = options.listen {
        config.listen = listen;
    }
    // How much it tells: `info`, or what RUST_LOG says. At no level does it tell words of people or keys (KEY-5); the driver
    // of PostgreSQL would tell every value that it writes, and is not asked.
    let told = crate::config::variable("RUST_LOG").unwrap_or_else(|| "info".to_owned());
    let told = format!("{told},tokio_postgres=info");
    tracing_subscriber::fmt().with_env_filter(told).with_writer(std::io::stderr).init();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(serve(config, options.directory))?;
    Ok(Done::Well)
}

async fn serve(config: Config, directory: Option<PathBuf>) -> anyhow::Result<()> {
    crate::keyfile::refuse_exposed(&config)?;
    let app = Arc::new(App::open(&config, Clock::real(&config.time_zone)?).await?);
    if let Some(file) = directory {
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("read the directory {}", file.display()))?;
        let directory =
            serde_json::from_str(&text).with_context(|| format!("the directory {}", file.display()))?;
        app.install_directory(&directory).await?;
    }
    if store::projection::lacks_rows(&app.database).await? {
        bail!(
            "the lists were made by an older version, and officials would see no matter; run `huiyin rebuild` once"
        );
    }
    for warning in crate::doctor::account::warnings(&app.database).await? {
        tracing::warn!("{warning}");
    }
    if app.directory().units.is_empty() {
        eprintln!("no office is set up yet: start once with --directory FILE (docs/manual/running.md)");
    }
    listen(app, &config).await
}

/// Listens and runs the timer until interrupted.
pub(super) async fn listen(app: Arc<App>, config: &Config) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listen on {} (field `listen`)", config.listen))?;
    let address = listener.local_addr()?;
    let pause = Duration::from_secs(config.timer_seconds);
    if config.tls_certificate.as_os_str().is_empty() {
        println!("listening on http://{address}");
        return serve_on(Narrow(listener), app, pause).await;
    }
    let certificate = Arc::new(Certificate::read(&config.tls_certificate, &config.tls_key)?);
    let listener = Secured::new(listener, certificate.clone())?;
    let renewal = tokio::spawn(renew(certificate, pause));
    println!("listening on https://{address}");
    let served = serve_on(Narrow(listener), app, pause).await;
    renewal.abort();
    served
}

/// Shows a new certificate as soon as its files are there, without a restart.
async fn renew(certificate: Arc<Certificate>, pause: Duration) {
    loop {
        tokio::time::sleep(pause).await;
        match certificate.renew() {
            Ok(true) => tracing::info!("a new certificate is shown"),
            Ok(false) => {}
            Err(error) => tracing::error!("the certificate before stays: {error:#}"),
        }
    }
}

async fn serve_on<L>(listener: L, app: Arc<App>, pause: Duration) -> anyhow::Result<()>
where
    L: Listener<Addr = SocketAddr>,
    Peer: for<'a> Connected<IncomingStream<'a, L>>,
{
    let mut timer = tokio::spawn(run_timer(app.clone(), pause));
    let failed = {
        let app = app.clone();
        async move { app.database.failed().await }
    };
    let mut beat = tokio::spawn(crate::feed::run(app.clone()));
    let mut mails = tokio::spawn(crate::mail::run(app.clone()));
    let server = axum::serve(listener, crate::web::router(app).into_make_service_with_connect_info::<Peer>())
        // Who is being answered is answered: `systemctl stop` ends it as Ctrl-C does.
        .with_graceful_shutdown(crate::places::interrupted());
    tokio::select! {
        served = async { server.await } => {
            timer.abort();
            beat.abort();
            mails.abort();
            served.context("serve")
        }
        // What the device holds is not known any more. Closing the database would sync it once more and might be told that
        // all is well, so the program ends where it stands (CRASH-3).
        error = failed => {
            eprintln!("huiyin: {error}");
            std::process::exit(1);
        }
        // A server whose deadlines stand still must not look alive.
        ended = &mut timer => Err(anyhow::anyhow!("the timer ended: {ended:?}")),
        ended = &mut beat => Err(anyhow::anyhow!("the public log is not kept any more: {ended:?}")),
        ended = &mut mails => Err(anyhow::anyhow!("mails are not sent any more: {ended:?}")),
    }
}

async fn run_timer(app: Arc<App>, pause: Duration) {
    loop {
        match app.tick().await {
            Ok(report) if report.passed + report.moved + report.delivered > 0 => {
                tracing::info!(
                    passed = report.passed,
                    overtaken = report.overtaken,
                    moved = report.moved,
                    warned = report.warned,
                    delivered = report.delivered,
                    "the timer ran"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::error!("the timer failed and will try again: {error:#}"),
        }
        tokio::time::sleep(pause).await;
    }
}
