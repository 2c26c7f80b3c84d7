//! Letters that are issued while petitions come in: how long a signature takes with the letters that it issues, and what the intake
//! feels of it. Without HTTP, like the log.

use super::corpus::Sentences;
use super::log::petition;
use super::{Figure, Options, Place, own_database};
use crate::app::App;
use crate::contents::Contents;
use anyhow::Context as _;
use casework::act::{Dispatch, Registration};
use casework::authority::Actor;
use casework::directory::{Role, Unit, UnitKind};
use casework::{Act, Name, PetitionId, UnitId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Matters that are forwarded: each signs two letters, one to the unit and one to the petitioner.
const MATTERS: usize = 500;
/// Callers that submit, and how long each waits between two: some 200 petitions a second.
const CALLERS: usize = 8;
const PAUSE: Duration = Duration::from_millis(40);

/// Measures.
pub(super) async fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new("letters", own_database(options, "letters").await?.as_deref())?;
    let app = place.open().await?;
    crate::demo::install(&app).await?;
    let office = app.front_office().context("the demo district has a petition office")?;
    let clerk = registrar(&app, &office)?;
    let to = department(&app, &office)?;
    let sentences = Arc::new(Sentences::shipped()?);
    let mut matters = Vec::with_capacity(MATTERS);
    for n in 0..MATTERS {
        let new = petition(office.id, &sentences, n)?;
        let id = app.submit(&Actor::Petitioner { party: 0 }, new).await?.petition;
        let registration = Registration {
            kind: Name::from("claim"),
            class: Name::from("04"),
            place: None,
            requests: Vec::new(),
            comparison: None,
            named: Vec::new(),
        };
        let act = Act::Register(registration);
        app.carry_out(&clerk, id, None, act.into(), Contents::new()).await?;
        matters.push(id);
    }
    // Alone first, for as long as is asked; then beside the letters, for as long as they take.
    let alone = Arc::new(AtomicBool::new(false));
    let beginning = intake(&app, office.id, &sentences, &alone);
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    alone.store(true, Ordering::Relaxed);
    let (mut before, lasted) = beginning.await?;
    let done = Arc::new(AtomicBool::new(false));
    let beside = intake(&app, office.id, &sentences, &done);
    let begun = Instant::now();
    let mut signed = Vec::with_capacity(MATTERS);
    for id in matters {
        signed.push(forward(&app, &clerk, id, to).await?);
    }
    let whole = begun.elapsed();
    done.store(true, Ordering::Relaxed);
    let (mut during, _) = beside.await?;
    let kind = app.database.kind();
    let baseline = before.len() as f64 / lasted.as_secs_f64();
    let figures = [
        Figure::new(format!("intake alone {kind}"), &mut before, lasted, 0.0),
        Figure::new(format!("intake, letters {kind}"), &mut during, whole, baseline),
        Figure::new(format!("two letters {kind}"), &mut signed, whole, 0.0),
    ];
    Ok(figures.into())
}

fn registrar(app: &App, office: &Unit) -> anyhow::Result<Actor> {
    let directory = app.directory();
    let found = directory
        .officials
        .values()
        .find(|official| official.unit == office.id && official.roles.contains(&Role::Registrar));
    let clerk = found.context("the petition office has a registrar")?;
    Ok(Actor::Official { id: clerk.id, unit: clerk.unit, roles: clerk.roles.clone() })
}

fn department(app: &App, office: &Unit) -> anyhow::Result<UnitId> {
    let directory = app.directory();
    let units = directory.in_order();
    let beside = units.iter().find(|unit| unit.kind == UnitKind::Department && unit.parent == office.parent);
    Ok(beside.context("the government has a department")?.id)
}

/// Forwards a matter; how long it took with both its letters issued.
async fn forward(app: &App, clerk: &Actor, id: PetitionId, to: UnitId) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let mut contents = Contents::new();
    let note = contents.add("请依法办理")?;
    let act = Act::Forward(Dispatch { to, note, report_by: None, competence_decision: None });
    let petition = app.carry_out(clerk, id, None, act.into(), contents).await?;
    let took = begun.elapsed();
    let issued = petition.letters.iter().filter(|letter| letter.issued.is_some()).count();
    anyhow::ensure!(issued == 2, "{issued} letters were issued");
    Ok(took)
}

/// Callers that submit one petition after the other until they are told to stop; how long each submission took.
fn intake(
    app: &Arc<App>,
    office: UnitId,
    sentences: &Arc<Sentences>,
    stop: &Arc<AtomicBool>,
) -> impl Future<Output = anyhow::Result<(Vec<Duration>, Duration)>> + use<> {
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (app, sentences, stop) = (Arc::clone(app), Arc::clone(sentences), Arc::clone(stop));
        callers.spawn(async move {
            let (mut took, mut n) = (Vec::new(), MATTERS + caller);
            while !stop.load(Ordering::Relaxed) {
                let new = petition(office, &sentences, n)?;
                let begun = Instant::now();
                app.submit(&Actor::Petitioner { party: 0 }, new).await?;
                took.push(begun.elapsed());
                n += CALLERS;
                tokio::time::sleep(PAUSE).await;
            }
            anyhow::Ok(took)
        });
    }
    async move {
        let mut all = Vec::new();
        while let Some(took) = callers.join_next().await {
            all.extend(took??);
        }
        Ok((all, begun.elapsed()))
    }
}
