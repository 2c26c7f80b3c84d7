//! `huiyin letters gallery`: every letter of every procedure and every paper of the file as it will be printed, to be looked at before anybody signs one.

use super::{Done, demo::configure};
use crate::app::{App, procedures};
use crate::clock::Clock;
use crate::demo;
use crate::letter::{self, Addressee, Copy, Which};
use crate::web::locale::Locale;
use anyhow::Context as _;
use casework::codes::LetterMark;
use casework::deadline::Lang;
use casework::procedure::{Letter, LetterKind, Procedure};
use casework::{Name, PetitionId};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use notice::press::{pictures, pictures_of_paper, press, press_paper};
use notice::sheet::{Form, Frame, Sheet};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::history::{self, History};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print every letter of every procedure as PDF and PNG, in both languages: of the demo's matters, and of an invented one
    /// where the demo signs none; with the papers of the file that the demo's matters have
    Gallery(Gallery),
}

#[derive(Debug, Args)]
pub(crate) struct Gallery {
    /// Where the files go: a folder that is empty or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Dots to a point: 144 to an inch, enough to read what is small.
const DOTS: f64 = 2.0;
/// Decisions read at once.
const PAGE: i64 = 500;

pub(crate) fn run(command: &Command) -> anyhow::Result<Done> {
    let Command::Gallery(gallery) = command;
    // Before the demo is played, which takes its time.
    let shown = gallery.out.display();
    std::fs::create_dir_all(&gallery.out).with_context(|| format!("create {shown}"))?;
    // What hung there before would be taken for what is printed now.
    let mut there = std::fs::read_dir(&gallery.out).with_context(|| format!("read {shown}"))?;
    anyhow::ensure!(there.next().is_none(), "{shown} is not empty: name a folder that is new or empty");
    let folder = std::env::temp_dir().join(format!("huiyin-letters-{}", crate::entropy::token()?));
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let hung = hang(&folder, &gallery.out);
    // The demo's matters were needed for this alone.
    let gone = std::fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()));
    let Hung { of_the_demo, invented, papers } = hung?;
    gone?;
    println!(
        "{} letters in two languages, {of_the_demo} of the demo's matters and {invented} of an invented one, and {papers} papers of the file: {}",
        of_the_demo + invented,
        gallery.out.display()
    );
    Ok(Done::Well)
}

/// How much was printed.
struct Hung {
    of_the_demo: usize,
    invented: usize,
    papers: usize,
}

/// Prints letters of the demo's record, and of an invented matter, and papers of the demo's.
fn hang(folder: &Path, out: &Path) -> anyhow::Result<Hung> {
    let database = format!("sqlite:{}", folder.join("demo.sqlite3").display());
    let (_, config) = configure(folder, &database)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(async {
        let app = Arc::new(App::open(&config, Clock::real(&config.time_zone)?).await?);
        demo::make(&app, &[]).await?;
        let histories = histories(&app).await?;
        let signed = signed(&histories);
        let procedures = procedures()?;
        let all: Vec<(&Procedure, usize, &Letter)> = procedures
            .iter()
            .flat_map(|procedure| {
                procedure.letters.iter().enumerate().map(move |(place, letter)| (procedure, place, letter))
            })
            .collect();
        let bar = ProgressBar::new(all.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.set_message("printing letters");
        // No office issues under it.
        let mark = LetterMark::from_random(&[0; 32]);
        let (mut of_the_demo, mut invented) = (0, 0);
        for (procedure, place, letter) in all {
            let found = signed.get(&(procedure.id.clone(), letter.id.clone()));
            let name =
                format!("{:02}-{}{}", place + 1, letter.id, if found.is_some() { "" } else { "-invented" });
            for lang in [Lang::Zh, Lang::En] {
                let locale = Locale { lang };
                let sheet = match found {
                    Some((history, index)) => {
                        let which = Which { history, index: *index, who: Addressee::Named };
                        letter::sheet(&app, locale, which, copy(procedure, locale, &mark)).await.map_err(
                            |failure| anyhow::anyhow!("the letter {} of the demo: {failure:?}", letter.id),
                        )?
                    }
                    None => imagine(&app, procedure, letter, locale, &mark)?,
                };
                let short = if lang == Lang::Zh { "zh" } else { "en" };
                write(&out.join(procedure.id.as_str()), &format!("{name}.{short}"), &sheet)?;
            }
            of_the_demo += usize::from(found.is_some());
            invented += usize::from(found.is_none());
            bar.inc(1);
        }
        let papers = hang_papers(&app, &histories, out).await?;
        bar.finish_and_clear();
        Ok(Hung { of_the_demo, invented, papers })
    })
}

/// Every matter that everybody in the office may read.
async fn histories(app: &App) -> anyhow::Result<Vec<Arc<History>>> {
    let (mut ids, mut after) = (BTreeSet::<PetitionId>::new(), (String::new(), -1));
    loop {
        let page = history::page(&app.database, &after, PAGE).await?;
        let Some((id, last)) = page.last() else { break };
        after = (id.to_string(), i64::try_from(last.seq).context("a version")?);
        ids.extend(page.iter().map(|(id, _)| *id));
    }
    let mut histories = Vec::new();
    for id in ids {
        let history = history::load(&app.database, id).await?;
        histories.extend(history.filter(|history| !history.closed).map(Arc::new));
    }
    Ok(histories)
}

/// By procedure and letter, the first that the demo signed.
fn signed(histories: &[Arc<History>]) -> BTreeMap<(Name, Name), (Arc<History>, usize)> {
    let mut signed = BTreeMap::new();
    for history in histories {
        let Some((procedure, _)) = &history.petition.procedure else { continue };
        for (index, letter) in history.petition.letters.iter().enumerate() {
            let key = (procedure.clone(), letter.signed.letter.clone());
            signed.entry(key).or_insert_with(|| (Arc::clone(history), index));
        }
    }
    signed
}

/// Of each procedure, the first paper of each kind that the demo's matters have; how many.
async fn hang_papers(app: &App, histories: &[Arc<History>], out: &Path) -> anyhow::Result<usize> {
    let mut hung = BTreeSet::new();
    for history in histories {
        let Some((procedure, _)) = &history.petition.procedure else { continue };
        let said = |failure| anyhow::anyhow!("a paper of the demo: {failure:?}");
        for filed in letter::papers(app, history).map_err(said)? {
            let word = filed.kind.word();
            if !hung.insert((procedure.clone(), word)) {
                continue;
            }
            for lang in [Lang::Zh, Lang::En] {
                let reading = letter::Reading::whole(app, history, Locale { lang }).await.map_err(said)?;
                let paper = letter::paper(app, &reading, &filed).await.map_err(said)?;
                let short = if lang == Lang::Zh { "zh" } else { "en" };
                let folder = out.join(procedure.as_str()).join("papers");
                let pictures = pictures_of_paper(&paper, DOTS)?;
                keep(&folder, &format!("{word}.{short}"), &press_paper(&paper)?, &pictures)?;
            }
        }
    }
    Ok(hung.len())
}

/// In the language that decides, a letter as it is issued; in the other, as it is read.
fn copy<'m>(procedure: &Procedure, locale: Locale, mark: &'m LetterMark) -> Copy<'m> {
    if letter::deciding(procedure) == locale { Copy::Issued(mark) } else { Copy::Reading }
}

/// The letter as an invented matter has it.
fn imagine(
    app: &App,
    procedure: &Procedure,
    letter: &Letter,
    locale: Locale,
    mark: &LetterMark,
) -> anyhow::Result<Sheet> {
    let language = letter::language(locale);
    let template = format!("{}/{}", procedure.id, letter.template);
    let facts = notice::sample::facts(procedure.id.as_str(), &letter.template, language);
    let mut worded = notice::compose(&template, language, &facts)
        .with_context(|| format!("there is no wording for {template}"))?;
    let internal = letter.kind == LetterKind::Internal;
    let check = match copy(procedure, locale, mark) {
        Copy::Issued(mark) => Some(letter::mark_on_paper(app, locale, mark)?),
        Copy::Reading => {
            worded.closing.push(locale.say("letter-translation"));
            None
        }
    };
    let fact = |name: &str| facts.get(name).map_or("", String::as_str);
    Ok(Sheet::new(
        &worded,
        &Frame {
            form: if internal { Form::Letter } else { Form::General },
            language,
            organ: fact("unit"),
            number: &format!("样{}〔2026〕1号", letter.mark),
            addressee: fact(if internal { "to_unit" } else { "addressee" }),
            date: fact("signed_on"),
            dated: notice::sample::signed_on(procedure.id.as_str(), &letter.template),
            check,
            imprint: Some(letter::imprint(locale, fact("unit"), fact("signed_on"), "")),
        },
    ))
}

fn write(folder: &Path, name: &str, sheet: &Sheet) -> anyhow::Result<()> {
    keep(folder, name, &press(sheet)?, &pictures(sheet, DOTS)?)
}

fn keep(folder: &Path, name: &str, file: &[u8], pictures: &[Vec<u8>]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let put = |name: String, bytes: &[u8]| {
        let file = folder.join(name);
        std::fs::write(&file, bytes).with_context(|| format!("write {}", file.display()))
    };
    put(format!("{name}.pdf"), file)?;
    for (page, picture) in pictures.iter().enumerate() {
        put(format!("{name}.{}.png", page + 1), picture)?;
    }
    Ok(())
}
