//! `huiyin demo`: an invented district with a login for every post and a few matters, served at once.

use super::{Done, serve};
use crate::app::{App, NewSubmission};
use crate::clock::Clock;
use crate::config::Config;
use anyhow::{Context as _, bail};
use casework::act::Channel;
use casework::authority::Actor;
use casework::directory::{Directory, Official, Role, Unit, UnitKind};
use casework::{Name, OfficialId, UnitId};
use clap::Args;
use jiff::ToSpan as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

const DISTRICT: &str = include_str!("../../../../demo/district.toml");
/// Password of every demo login. The demo listens on this machine only.
const PASSWORD: &str = "huiyin-demo";
const POSTS: [(&str, &str); 3] = [("clerk", "登记员"), ("handler", "经办人"), ("head", "负责人")];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the demo is kept; it must not exist yet (default: a new file in the temporary folder)
    #[arg(long)]
    database: Option<String>,
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8460")]
    listen: std::net::SocketAddr,
    /// Prepare the demo, print the logins and end
    #[arg(long)]
    prepare_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct District {
    units: Vec<DemoUnit>,
    matters: Vec<DemoMatter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoUnit {
    login: String,
    parent: Option<String>,
    kind: UnitKind,
    zh: String,
    en: String,
    prefix: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoMatter {
    days: i64,
    kind: String,
    title: String,
    body: String,
    requests: Vec<String>,
    accused: Option<String>,
}

/// Prepares the demo and serves it until interrupted.
pub(crate) fn run(options: Options) -> anyhow::Result<Done> {
    let folder = std::env::temp_dir().join(format!("huiyin-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let mut config = Config::load(Some(&write_config(&folder)?))?;
    config.listen = options.listen;
    if let Some(database) = options.database {
        config.database = database;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(async {
        let app = App::open(&config, Clock::real(&config.time_zone)?).await?;
        let offices = prepare(&app).await?;
        println!("demo database: {}", config.database);
        println!("logins (password {PASSWORD}):");
        for (login, unit) in offices {
            println!("  {login}-clerk  {login}-handler  {login}-head    {unit}");
        }
        if options.prepare_only { Ok(()) } else { serve::listen(Arc::new(app), &config).await }
    })?;
    Ok(Done::Well)
}

/// A configuration of the demo's own, so that no office's files are touched.
fn write_config(folder: &std::path::Path) -> anyhow::Result<PathBuf> {
    let file = folder.join("huiyin.toml");
    let mut table = toml::Table::new();
    table.insert("database".to_owned(), format!("sqlite:{}", folder.join("demo.sqlite3").display()).into());
    table.insert("key_file".to_owned(), folder.join("demo.key").display().to_string().into());
    // The demo listens on this machine without TLS.
    table.insert("secure_cookies".to_owned(), false.into());
    table.insert("front_office".to_owned(), "望湖区信访局".into());
    std::fs::write(&file, table.to_string()).with_context(|| format!("write {}", file.display()))?;
    Ok(file)
}

/// Fills an empty database; the logins' first parts and their units.
async fn prepare(app: &App) -> anyhow::Result<Vec<(String, String)>> {
    let district: District = toml::from_str(DISTRICT).context("demo/district.toml")?;
    let (directory, units) = directory(&district)?;
    app.install_directory(&directory).await?;
    for unit in &district.units {
        for (official, (post, _)) in directory.staff_of(lookup(&units, &unit.login)?).iter().zip(POSTS) {
            app.set_account(&format!("{}-{post}", unit.login), official.id, PASSWORD).await?;
        }
    }
    let office = lookup(&units, "petition")?;
    let clerk = directory.staff_of(office).first().map(|official| (*official).clone()).context("a clerk")?;
    let clerk = Actor::Official { id: clerk.id, unit: office, roles: clerk.roles };
    for matter in district.matters {
        let received_on = app.clock.today().checked_sub(matter.days.days()).context("a day in the past")?;
        let accused =
            matter.accused.iter().map(|login| lookup(&units, login)).collect::<anyhow::Result<_>>()?;
        let new = NewSubmission {
            channel: Channel::Letter,
            kind: Name::new(matter.kind),
            office,
            received_on: Some(received_on),
            dated_back: "演示数据".to_owned(),
            title: matter.title,
            body: matter.body,
            requests: matter.requests,
            identity: "演示来信人".to_owned(),
            n_people: 1,
            respondent: None,
            accused,
            confidential: false,
            token: None,
            code: None,
        };
        app.submit(&clerk, new).await.context("submit a demo matter")?;
    }
    app.tick().await?;
    Ok(district.units.into_iter().map(|unit| (unit.login, unit.zh)).collect())
}

fn lookup(units: &BTreeMap<String, UnitId>, login: &str) -> anyhow::Result<UnitId> {
    units.get(login).copied().with_context(|| format!("demo/district.toml: there is no unit {login:?}"))
}

fn directory(district: &District) -> anyhow::Result<(Directory, BTreeMap<String, UnitId>)> {
    let mut directory = Directory::default();
    let mut units = BTreeMap::new();
    for (at, unit) in (1_u128..).zip(&district.units) {
        if units.insert(unit.login.clone(), UnitId(uuid::Uuid::from_u128(at))).is_some() {
            bail!("demo/district.toml: two units are called {:?}", unit.login);
        }
    }
    for (at, unit) in (1_u128..).zip(&district.units) {
        let id = lookup(&units, &unit.login)?;
        let official = |post: u128| OfficialId(uuid::Uuid::from_u128(at * 1000 + post));
        directory.units.insert(
            id,
            Unit {
                id,
                parent: unit.parent.as_deref().map(|parent| lookup(&units, parent)).transpose()?,
                kind: unit.kind,
                name_zh: unit.zh.clone(),
                name_en: unit.en.clone(),
                division: "349999".to_owned(),
                letter_prefix: unit.prefix.clone(),
                reviewed_by: None,
                intake: official(0),
                head: official(2),
                phone: format!("0500-5551{at:04}"),
                address: "明川市望湖区人民路18号".to_owned(),
                sort: i64::try_from(at).unwrap_or(i64::MAX),
            },
        );
        let posts: [&[Role]; 3] = [&[Role::Registrar], &[Role::Handler], &[Role::Head, Role::Supervisor]];
        for ((n, roles), (_, post)) in (0_u128..).zip(posts).zip(POSTS) {
            let roles = roles.iter().copied();
            let supervises = unit.kind == UnitKind::PetitionOffice;
            directory.officials.insert(
                official(n),
                Official {
                    id: official(n),
                    unit: id,
                    name: format!("{}{post}", unit.zh),
                    post: post.to_owned(),
                    roles: roles.filter(|role| *role != Role::Supervisor || supervises).collect(),
                    active: true,
                },
            );
        }
    }
    Ok((directory, units))
}
