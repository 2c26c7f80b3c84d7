//! `huiyin demo`: an invented district with a login for every post and a few matters, served at once.

use super::{Done, serve};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{self, PASSPHRASE, PASSWORD};
use anyhow::Context as _;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the demo is kept; it must not exist yet (default: a new file in the temporary folder)
    #[arg(long)]
    database: Option<String>,
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8460")]
    listen: std::net::SocketAddr,
    /// Real messages beside the invented matters: CSV with the columns title, time, body and, for some, answer and
    /// answer_time; may be given twice
    #[arg(long, value_name = "FILE")]
    messages: Vec<PathBuf>,
    /// Prepare the demo, print the logins and end
    #[arg(long)]
    prepare_only: bool,
}

/// Prepares the demo and serves it until interrupted.
pub(crate) fn run(options: Options) -> anyhow::Result<Done> {
    let folder = std::env::temp_dir().join(format!("huiyin-demo-{}", crate::entropy::token()?));
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let database =
        options.database.unwrap_or_else(|| format!("sqlite:{}", folder.join("demo.sqlite3").display()));
    let (file, config) = configure(&folder, &database)?;
    let config = Config { listen: options.listen, ..config };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(async {
        let app = Arc::new(App::open(&config, Clock::real(&config.time_zone)?).await?);
        let made = demo::make(&app, &options.messages).await?;
        println!("demo database: {}", config.database);
        println!("for commands on it: --config {}", file.display());
        println!("{} petitions, {} steps played", made.petitions, made.steps);
        println!("logins (password {PASSWORD}):");
        for (login, unit) in made.units {
            println!("  {login}-clerk  {login}-handler  {login}-head    {unit}");
        }
        println!("  system  security  audit    (administrators)");
        println!("sealing passphrase (clerks and heads of petition offices, everybody of the commissions): {PASSPHRASE}");
        if options.prepare_only { Ok(()) } else { serve::listen(app, &config).await }
    })?;
    Ok(Done::Well)
}

/// A configuration of the demo's own and the file that holds it: whatever the environment says, no office's database, keys or
/// journal are touched.
pub(super) fn configure(folder: &Path, database: &str) -> anyhow::Result<(PathBuf, Config)> {
    let file = folder.join("huiyin.toml");
    let (key_file, journal_folder) = (folder.join("keys").join("demo.key"), folder.join("journal"));
    let mut table = toml::Table::new();
    table.insert("database".to_owned(), database.into());
    table.insert("key_file".to_owned(), key_file.display().to_string().into());
    table.insert("journal_folder".to_owned(), journal_folder.display().to_string().into());
    // The demo listens on this machine without TLS.
    table.insert("secure_cookies".to_owned(), false.into());
    // Everybody may look around without an authenticator.
    table.insert("second_factor".to_owned(), false.into());
    // Browsers take passkeys there without TLS, on any port.
    table.insert("public_address".to_owned(), "http://localhost".into());
    table.insert("front_office".to_owned(), "望湖区信访局".into());
    std::fs::write(&file, table.to_string()).with_context(|| format!("write {}", file.display()))?;
    let config =
        Config { database: database.to_owned(), key_file, journal_folder, ..Config::load(Some(&file))? };
    Ok((file, config))
}
