//! Durable intake through the JSON API, beside a bare grouped loop that inserts the same rows.

use super::corpus::Sentences;
use super::server::Server;
use super::{Figure, Options, Place, load, own_database};
use crate::app::{App, NewSubmission, Sealing};
use anyhow::Context as _;
use casework::act::Channel;
use casework::authority::Actor;
use casework::codes::RegisterNumber;
use casework::{Name, UnitId};
use jiff::ToSpan as _;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Batch;

/// Connections that submit at once.
const CONNECTIONS: usize = 64;
/// Han characters of one petition's text.
const CHARACTERS: usize = 600;
/// Petitions of each of the two bare loops, before and after the load.
const BARE: usize = 5_000;

/// Measures.
pub(super) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new("intake", own_database(options, "intake").await?.as_deref())?;
    let app = place.open().await?;
    crate::demo::install(&app).await?;
    let office = app.front_office().context("the demo district has a petition office")?.id;
    let sentences = Arc::new(Sentences::shipped()?);
    let server = Server::start(&place).await?;
    // A short run first, so that caches and connections are warm for both.
    load(&server, office, &sentences, Duration::from_secs(1), "warm").await?;
    let before = bare(&app, office, &sentences, 1).await?;
    let mut took = load(&server, office, &sentences, Duration::from_secs(options.seconds), "load").await?;
    let after = bare(&app, office, &sentences, 2).await?;
    let baseline = (2 * BARE) as f64 / (before + after).as_secs_f64();
    server.stop().await?;
    Ok(vec![Figure::new(format!("intake {}", app.database.kind()), &mut took.each, took.whole, baseline)])
}

async fn load(
    server: &Server,
    office: UnitId,
    sentences: &Arc<Sentences>,
    length: Duration,
    run: &'static str,
) -> anyhow::Result<load::Took> {
    let sentences = Arc::clone(sentences);
    load::run(server.address, CONNECTIONS, length, 201, move |n| {
        let body = json!({
            "kind": "claim", "office": office, "title": sentences.title(n), "body": sentences.text(n, CHARACTERS),
            "requests": [sentences.title(n + 1)], "identity": { "name": "赵有贵", "phone": "13800002211" },
            "token": format!("{run}-{n}"),
        });
        load::post("/api/v1/petitions", "application/json", body.to_string())
    })
    .await
}

/// The rows of as many petitions, made ready first and then only inserted.
async fn bare(app: &App, office: UnitId, sentences: &Sentences, days_ago: i64) -> anyhow::Result<Duration> {
    let actor = Actor::Petitioner { party: 0 };
    // On a day of its own: the numbers of today may be taken by the load.
    app.clock.set_civil(app.clock.today().checked_sub(days_ago.days())?, 9, 0);
    let mut batches: Vec<Batch> = Vec::with_capacity(BARE);
    for n in 0..BARE {
        let identity = crate::identity::Identity {
            name: "赵有贵".to_owned(),
            phone: "13800002211".to_owned(),
            ..crate::identity::Identity::default()
        };
        let new = NewSubmission {
            channel: Channel::Online,
            kind: Name::from("claim"),
            office,
            received_on: None,
            dated_back: String::new(),
            title: sentences.title(n),
            body: sentences.text(n, CHARACTERS),
            requests: vec![sentences.title(n + 1)],
            identity: identity.words(),
            n_people: 1,
            respondent: None,
            accused: Vec::new(),
            named: Vec::new(),
            confidential: false,
            earlier: None,
            token: Some(crate::entropy::token()?),
            code: None,
            files: Vec::new(),
        };
        let number = RegisterNumber::new("349999", app.clock.today(), u32::try_from(n)? + 1)?;
        batches.push(app.intake(&actor, &new, &[], number, (&[], &Sealing::default()))?.0);
    }
    app.clock.release();
    let begun = Instant::now();
    store::bare::insert(&app.database, batches).await?;
    Ok(begun.elapsed())
}
