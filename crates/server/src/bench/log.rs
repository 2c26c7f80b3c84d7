//! What the log costs: intake through the rules and the writer with it, without it, and with the journal too, in turns
//! in one run. Without HTTP, so that the log's share is the larger one.

use super::corpus::Sentences;
use super::{Figure, Options, Place, own_database};
use crate::app::{App, NewSubmission};
use crate::clock::Clock;
use anyhow::Context as _;
use casework::act::Channel;
use casework::authority::Actor;
use casework::{Name, UnitId};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Database;
use store::log::Keeper;
use tokio::task::JoinSet;

/// Callers that submit at once.
const CALLERS: usize = 64;
/// Han characters of one petition's text.
const CHARACTERS: usize = 600;
/// Ways to keep petitions: without a log, with it, with second wraps of their keys too, with the journal too.
pub(super) const WAYS: [&str; 4] = ["unlogged", "log", "recovery", "journal"];
/// Turns of each.
const TURNS: u64 = 4;

/// One way to keep petitions.
struct Way {
    name: &'static str,
    app: Arc<App>,
    office: UnitId,
    took: Vec<Duration>,
    whole: Duration,
    _place: Place,
}

/// Measures; the ratio is to the same intake without a log.
pub(super) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let mut ways = Vec::new();
    for name in WAYS {
        ways.push(way(options, name).await?);
    }
    let sentences = Arc::new(Sentences::shipped()?);
    let turn = Duration::from_millis(options.seconds * 1000 / TURNS);
    for n in 0..=TURNS {
        for way in &mut ways {
            let begun = Instant::now();
            let took = submit(way, &sentences, turn).await?;
            // The first turn warms up.
            if n > 0 {
                way.took.extend(took);
                way.whole += begun.elapsed();
            }
        }
    }
    let rate = |way: &Way| way.took.len() as f64 / way.whole.as_secs_f64();
    let baseline = ways.first().map_or(0.0, rate);
    let mut figures = Vec::new();
    for way in &mut ways {
        let name = format!("intake, {} {}", way.name, way.app.database.kind());
        figures.push(Figure::new(name, &mut way.took, way.whole, baseline));
    }
    Ok(figures)
}

async fn way(options: &Options, name: &'static str) -> anyhow::Result<Way> {
    let mut place = Place::new(name, own_database(options, name).await?.as_deref())?;
    if name != "journal" {
        place.config.journal_folder = PathBuf::new();
    }
    if name == "recovery" {
        let recipients = (0..2).map(|_| crate::recovery::Identity::generate().recipient());
        place.config.recovery_recipients = recipients.collect();
    }
    let app = if name == "unlogged" {
        let key = crate::keyfile::read_or_make(&place.config.key_file)?;
        let keeper = Keeper::new(&key, &place.config.log_origin);
        let database = Database::open_without_log(&place.config.database, keeper).await?;
        Arc::new(App::over(database, *key.own(), &place.config, Clock::real(&place.config.time_zone)?).await?)
    } else {
        place.open().await?
    };
    crate::demo::install(&app).await?;
    let office = app.front_office().context("the demo district has a petition office")?.id;
    Ok(Way { name, app, office, took: Vec::new(), whole: Duration::ZERO, _place: place })
}

/// Callers that submit one petition after the other until the time is up; how long each waited.
async fn submit(way: &Way, sentences: &Arc<Sentences>, length: Duration) -> anyhow::Result<Vec<Duration>> {
    let mut callers = JoinSet::new();
    let end = Instant::now() + length;
    for caller in 0..CALLERS {
        let (app, sentences, office) = (Arc::clone(&way.app), Arc::clone(sentences), way.office);
        callers.spawn(async move {
            let mut took = Vec::new();
            let mut n = caller;
            while Instant::now() < end {
                let begun = Instant::now();
                app.submit(&Actor::Petitioner { party: 0 }, petition(office, &sentences, n)?).await?;
                took.push(begun.elapsed());
                n += CALLERS;
            }
            anyhow::Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(took) = callers.join_next().await {
        all.extend(took??);
    }
    Ok(all)
}

/// A petition of as many characters.
pub(super) fn petition(office: UnitId, sentences: &Sentences, n: usize) -> anyhow::Result<NewSubmission> {
    let identity = crate::identity::Identity {
        name: "赵有贵".to_owned(),
        phone: "13800002211".to_owned(),
        ..crate::identity::Identity::default()
    };
    Ok(NewSubmission {
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
    })
}
