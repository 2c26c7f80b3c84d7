//! Pages of an office with a million petitions: the inbox with its filters, and a case.

use super::corpus::{Corpus, Template, templates};
use super::server::Server;
use super::{Figure, Options, Place, load, own_database};
use anyhow::Context as _;
use casework::UnitId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// People at their desks at once.
const CONNECTIONS: usize = 32;
/// One petition in so many is under way, the others rest.
const OPEN_IN: usize = 10;
/// Of a hundred under way, so many wait at the petition office; the others at the units that handle them.
const AT_OFFICE: usize = 5;

/// Measures the inbox, the case, and what the process needs for them.
pub(super) async fn measure(options: &Options, inbox: bool, case: bool) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new("lists", own_database(options, "lists").await?.as_deref())?;
    let app = place.open().await?;
    crate::demo::install(&app).await?;
    let templates = templates().await?;
    let office = app.front_office().context("the demo district has a petition office")?.id;
    let chosen = chosen(&templates, office, options.petitions);
    let mut corpus = Corpus::new(&app)?;
    let made = corpus.write(chosen.iter().copied()).await?;
    store::bare::settle(&app.database).await?;

    // The desk with the longest inbox, and its cases.
    let mut open: BTreeMap<UnitId, Vec<&str>> = BTreeMap::new();
    for (template, made) in chosen.iter().zip(&made).filter(|(template, _)| !template.rests) {
        if let Some((unit, _)) = template.petition.owner {
            open.entry(unit).or_default().push(&made.case_ref);
        }
    }
    let (unit, cases) = open.iter().max_by_key(|(_, cases)| cases.len()).context("an open petition")?;
    let directory = app.directory();
    let login = crate::demo::login(&app, *unit)?;
    eprintln!(
        "{} petitions, {} under way; {} has {} in its inbox",
        options.petitions,
        open.values().map(Vec::len).sum::<usize>(),
        directory.unit(*unit).map(|unit| unit.name_zh.clone()).unwrap_or_default(),
        cases.len()
    );

    let server = Server::start(&place).await?;
    let mut connection = load::Connection::open(server.address).await?;
    let form = format!("login={login}-head&password={}", crate::demo::PASSWORD);
    let request = load::post("/staff/login", "application/x-www-form-urlencoded", form)?;
    let cookie = connection.send(request).await?.cookie;
    anyhow::ensure!(!cookie.is_empty(), "the demo login was refused");
    let kind = app.database.kind();
    let length = Duration::from_secs(options.seconds);
    let mut figures = Vec::new();
    if inbox {
        let filters = filters();
        let baseline = bare_inbox(&app, *unit, length / 4).await?;
        let cookie = cookie.clone();
        let mut took = load::run(server.address, CONNECTIONS, length, 200, move |n| {
            load::get(filters.get(n % filters.len()).map_or("/staff", String::as_str), &cookie)
        })
        .await?;
        figures.push(Figure::new(format!("inbox {kind}"), &mut took.each, took.whole, baseline));
    }
    if case {
        let cases: Vec<String> = cases.iter().map(|case| (*case).to_owned()).collect();
        let baseline = bare_case(&app, &cases, length / 4).await?;
        let mut took = load::run(server.address, CONNECTIONS, length, 200, move |n| {
            // A prime stride: neighbours in time are not neighbours on disk.
            let case = cases.get(n.wrapping_mul(7_919) % cases.len()).map_or("", String::as_str);
            load::get(&format!("/staff/cases/{case}"), &cookie)
        })
        .await?;
        figures.push(Figure::new(format!("case {kind}"), &mut took.each, took.whole, baseline));
    }
    let started = server.started_in.as_secs_f64() * 1000.0;
    let memory = server.peak_megabytes().unwrap_or(0);
    eprintln!("start of the server {started:.0} ms, peak memory of its process {memory} MB");
    server.stop().await?;
    Ok(figures)
}

/// Which template each petition follows: most rest, the others are spread over the units.
fn chosen(templates: &[Template], office: UnitId, n: usize) -> Vec<&Template> {
    let owner = |template: &&Template| template.petition.owner.map(|(unit, _)| unit);
    let resting: Vec<&Template> = templates.iter().filter(|template| template.rests).collect();
    let (waiting, handled): (Vec<&Template>, Vec<&Template>) = templates
        .iter()
        .filter(|template| !template.rests)
        .partition(|template| owner(template) == Some(office));
    let pick = |from: &[&Template], n: usize| -> Option<usize> { (!from.is_empty()).then(|| n % from.len()) };
    (0..n)
        .filter_map(|n| {
            let from = match n % OPEN_IN {
                0 if n / OPEN_IN % 100 < AT_OFFICE => &waiting,
                0 => &handled,
                _ => &resting,
            };
            pick(from, n / OPEN_IN).and_then(|at| from.get(at).copied())
        })
        .collect()
}

/// Addresses of the inbox as people use it: as it is, by chip, by filter.
fn filters() -> Vec<String> {
    let mut addresses = vec!["/staff".to_owned()];
    addresses.extend(["overdue", "soon", "mine"].map(|view| format!("/staff?view={view}")));
    addresses
        .extend(["online", "visit", "letter", "phone"].map(|channel| format!("/staff?channel={channel}")));
    addresses.extend(["03", "05", "13"].map(|class| format!("/staff?class={class}")));
    addresses.push("/staff?view=overdue&channel=online".to_owned());
    addresses
}

/// The inbox's own query on one connection after the other, without a page around it.
async fn bare_inbox(app: &Arc<crate::app::App>, unit: UnitId, length: Duration) -> anyhow::Result<f64> {
    let words = [format!("works:{unit}")].into();
    let reader = app.database.as_official(&words);
    let begun = Instant::now();
    let mut n = 0_u32;
    while begun.elapsed() < length {
        store::inbox::page(&reader, unit, &store::inbox::Filter::default()).await?;
        n += 1;
    }
    Ok(f64::from(n) / begun.elapsed().as_secs_f64())
}

/// The events of a case, read and nothing else.
async fn bare_case(app: &Arc<crate::app::App>, cases: &[String], length: Duration) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut n = 0_usize;
    while begun.elapsed() < length {
        let case = cases.get(n.wrapping_mul(7_919) % cases.len()).context("a case")?;
        let id = app.by_ref(case).await?.context("a case that was written")?;
        store::history::load(&app.database, id).await?;
        n += 1;
    }
    Ok(n as f64 / begun.elapsed().as_secs_f64())
}
