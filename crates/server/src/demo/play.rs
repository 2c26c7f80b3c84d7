//! Plays stories on matters: day by day, each step by the official it names, the timer every night.

use super::district::District;
use super::matters::Matter;
use super::script::{Step, Story};
use crate::app::attach::Holder;
use crate::app::{App, NewSubmission};
use crate::contents::Contents;
use crate::identity::Identity;
use crate::web::read_act;
use anyhow::{Context as _, bail};
use casework::access::{IdentityField, Purpose, Seen};
use casework::act::{Channel, ServiceMethod};
use casework::authority::Actor;
use casework::petition::Petition;
use casework::{Name, PetitionId, UnitId, Verb};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::history;

/// Days after which a letter to the petitioner is served.
const SERVED_AFTER: i64 = 2;

/// One story on one matter.
struct Play {
    story: Story,
    matter: Matter,
    organ: UnitId,
    received_on: Date,
    petition: Option<PetitionId>,
    /// Letters that stay unserved, by their place in the petition's list.
    held: BTreeSet<usize>,
}

/// What happens on a day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cue {
    Submit(usize),
    Step(usize, usize),
    Serve(usize),
}

/// Every play with its days.
pub(super) struct Plays {
    plays: Vec<Play>,
    cues: BTreeMap<Date, Vec<Cue>>,
    today: Date,
    first: Date,
}

/// Gives each story a matter of its kind; matters left over are new today or yesterday.
pub(super) fn cast(
    app: &App,
    district: &District,
    stories: Vec<Story>,
    matters: Vec<Matter>,
    real: Vec<(Story, Matter)>,
) -> anyhow::Result<Plays> {
    let today = app.clock.today();
    let calendar = app.calendar(app.current_procedure()?)?;
    let mut left = matters;
    let mut plays = Vec::new();
    for story in stories {
        let urgent = story.steps.iter().any(|step| step.verb == Verb::MarkUrgent);
        let fits = |matter: &Matter| matter.kind == story.kind && matter.urgent == urgent;
        let at =
            left.iter().position(fits).or_else(|| left.iter().position(|matter| matter.kind == story.kind));
        let at =
            at.with_context(|| format!("no {} is left for a story of {} days", story.kind, story.received))?;
        plays.push((story, left.remove(at)));
    }
    for (n, matter) in left.into_iter().enumerate() {
        let received = i64::try_from(n % 2).unwrap_or(0);
        plays.push((Story { kind: matter.kind.clone(), received, steps: Vec::new() }, matter));
    }
    plays.extend(real);
    let mut cues: BTreeMap<Date, Vec<Cue>> = BTreeMap::new();
    let mut kept = Vec::new();
    for (n, (story, matter)) in plays.into_iter().enumerate() {
        let received_on = today.checked_sub(story.received.days()).context("a day in the past")?;
        cues.entry(received_on).or_default().push(Cue::Submit(n));
        for (at, step) in story.steps.iter().enumerate() {
            let on = received_on.checked_add(step.day.days()).context("a day of a step")?;
            let on =
                if step.who == "petitioner" || step.day == 0 { on } else { calendar.next_working_day(on) };
            cues.entry(on).or_default().push(Cue::Step(n, at));
        }
        let organ = district.unit(&matter.to)?;
        kept.push(Play { story, matter, organ, received_on, petition: None, held: BTreeSet::new() });
    }
    let first = cues.keys().next().copied().unwrap_or(today);
    Ok(Plays { plays: kept, cues, today, first })
}

impl Plays {
    /// How many petitions.
    pub(super) fn len(&self) -> usize {
        self.plays.len()
    }

    /// How many days are played.
    pub(super) fn days(&self) -> u64 {
        u64::try_from((self.today - self.first).get_days()).unwrap_or(0)
    }

    /// Plays every day up to now; the number of steps taken.
    pub(super) async fn run(
        mut self,
        app: &Arc<App>,
        district: &District,
        mut progress: impl FnMut(u64),
    ) -> anyhow::Result<usize> {
        let mut day = self.first;
        let mut steps = 0;
        while day <= self.today {
            app.clock.set_past(day, 0, 10);
            app.tick().await.with_context(|| format!("the night of {day}"))?;
            let mut minute = 0_i16;
            // A step may put the service of its letters on the list of a day to come, never of this one.
            for cue in self.cues.remove(&day).unwrap_or_default() {
                let (hour, past) = (8 + minute / 60, minute % 60);
                app.clock.set_past(day, i8::try_from(hour).unwrap_or(23), i8::try_from(past).unwrap_or(0));
                minute = (minute + 3).min(15 * 60);
                self.cue(app, district, day, cue).await?;
                steps += 1;
            }
            progress(u64::try_from((day - self.first).get_days()).unwrap_or(0));
            day = day.tomorrow().context("the day after")?;
        }
        Ok(steps)
    }

    async fn cue(&mut self, app: &App, district: &District, day: Date, cue: Cue) -> anyhow::Result<()> {
        match cue {
            Cue::Submit(n) => self.submit(app, district, n).await,
            Cue::Step(n, at) => {
                let play = self.plays.get(n).context("a play")?;
                let step = play.story.steps.get(at).context("a step")?.clone();
                let about = || format!("“{}”, {}: {}", play.matter.title, day, step.line);
                let before = play.load(app).await?;
                let actor = who(district, play, &step.who)?;
                let fields =
                    self.fields(app, district, n, &before, &actor, &step, day).await.with_context(about)?;
                let play = self.plays.get_mut(n).context("a play")?;
                let about = || format!("“{}”, {}: {}", play.matter.title, day, step.line);
                // Whoever acts has opened the case.
                app.record_read(&actor, before.id, Seen::Case).await?;
                let after = give(app, &actor, &before, step.verb, fields).await.with_context(about)?;
                let new = before.letters.len()..after.letters.len();
                if step.hold {
                    play.held.extend(new);
                } else if !new.is_empty() {
                    let calendar = app.calendar(app.current_procedure()?)?;
                    let on = calendar.next_working_day(day.checked_add(SERVED_AFTER.days())?);
                    self.cues.entry(on).or_default().push(Cue::Serve(n));
                }
                Ok(())
            }
            Cue::Serve(n) => self.serve(app, district, n).await,
        }
    }

    async fn submit(&mut self, app: &App, district: &District, n: usize) -> anyhow::Result<()> {
        let play = self.plays.get_mut(n).context("a play")?;
        let matter = &play.matter;
        let office = district.unit("petition")?;
        let channel = Channel::ALL.into_iter().find(|channel| channel.word() == matter.channel);
        let channel = channel.with_context(|| format!("there is no channel {:?}", matter.channel))?;
        let unit = |login: &Option<String>| login.as_deref().map(|login| district.unit(login)).transpose();
        let identity =
            Identity { name: matter.name.clone(), phone: matter.phone.clone(), ..Identity::default() };
        let actor = match channel {
            Channel::Online => Actor::Petitioner { party: 0 },
            Channel::Letter | Channel::Visit | Channel::Phone | Channel::Fax | Channel::Transfer => {
                district.actor(office, "clerk")?
            }
        };
        let new = NewSubmission {
            channel,
            kind: Name::new(matter.kind.clone()),
            office,
            received_on: Some(play.received_on),
            dated_back: String::new(),
            title: matter.title.clone(),
            body: matter.body.trim().to_owned(),
            requests: matter.requests.clone(),
            identity: identity.words(),
            n_people: matter.n_people,
            respondent: unit(&matter.respondent)?,
            accused: unit(&matter.accused)?.into_iter().collect(),
            named: Vec::new(),
            confidential: matter.kind == "report",
            earlier: None,
            token: None,
            code: None,
            files: attached(app, n, &matter.body).await?,
        };
        let receipt = app.submit(&actor, new).await.with_context(|| format!("submit “{}”", matter.title))?;
        play.petition = Some(receipt.petition);
        Ok(())
    }

    /// Serves every letter to the petitioner that is not held back, by the unit that signed it.
    async fn serve(&self, app: &App, district: &District, n: usize) -> anyhow::Result<()> {
        let play = self.plays.get(n).context("a play")?;
        let petition = play.load(app).await?;
        for (index, letter) in petition.letters.iter().enumerate() {
            if !letter.signed.to_petitioner || letter.served_on.is_some() || play.held.contains(&index) {
                continue;
            }
            let now = play.load(app).await?;
            let fields = Map::from_iter([
                ("letter".to_owned(), json!(index)),
                ("method".to_owned(), json!(ServiceMethod::Electronic)),
                ("proof".to_owned(), json!("本人网上查看")),
            ]);
            // Whoever of the unit may serve it does.
            let mut served = None;
            for post in ["handler", "clerk", "head"] {
                let actor = district.actor(letter.signed.unit, post)?;
                // Of a sealed matter whoever signed it does not (SEAL-5).
                let sealed = casework::disclosure::is_sealed(app.procedure_of(&now)?, &now.kind);
                if sealed && actor.official() == letter.signed.signer {
                    continue;
                }
                if app.permitted(&actor, &now)?.contains(&Verb::Serve) {
                    // To serve it one must know whom.
                    app.record_read(&actor, now.id, Seen::Case).await?;
                    ask_whom(app, &actor, &now).await?;
                    served = Some(give(app, &actor, &now, Verb::Serve, fields.clone()).await);
                    break;
                }
            }
            if let Some(served) = served {
                served.with_context(|| format!("serve letter {index} of “{}”", play.matter.title))?;
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "a step is read against everything it may name")]
    async fn fields(
        &self,
        app: &App,
        district: &District,
        n: usize,
        petition: &Petition,
        actor: &Actor,
        step: &Step,
        day: Date,
    ) -> anyhow::Result<Map<String, Value>> {
        let play = self.plays.get(n).context("a play")?;
        let mut fields = Map::new();
        if step.verb == Verb::Register {
            fields.insert("kind".to_owned(), json!(petition.kind));
        }
        for (name, text) in &step.fields {
            let value = match text.split_once(':') {
                Some(("unit", "own")) => json!(play.organ),
                Some(("unit", login)) => json!(district.unit(login)?),
                Some(("official", post)) => {
                    let unit = actor.unit().or(petition.organ).context("a unit")?;
                    let n = ["clerk", "handler", "head"].iter().position(|known| *known == post);
                    json!(district.official_of(unit, n.context("a post")?)?)
                }
                Some(("promise", index)) => json!(index.parse::<u32>()?),
                _ => self.value(app, play, petition, n, text, day).await?,
            };
            fields.insert(name.clone(), value);
        }
        Ok(fields)
    }

    async fn value(
        &self,
        app: &App,
        play: &Play,
        petition: &Petition,
        n: usize,
        text: &str,
        day: Date,
    ) -> anyhow::Result<Value> {
        let matter = &play.matter;
        let later = |days: i64| -> anyhow::Result<Value> { Ok(json!(day.checked_add(days.days())?)) };
        Ok(match text {
            "@class" => json!(matter.class),
            "@findings" => json!(matter.findings),
            "@answer" => json!(matter.answer),
            "@ways" => {
                let ways = app.procedure_of(petition)?.ways.iter().filter(|way| !way.petition);
                json!(ways.map(|way| &way.id).collect::<Vec<_>>())
            }
            "@answers" => {
                Value::Array((0..petition.requests.len().max(1)).map(|_| answer(play, day)).collect())
            }
            "@terms" => {
                let promise = matter.requests.first().cloned().unwrap_or_else(|| matter.title.clone());
                json!([{ "promise": promise, "executor": play.organ, "due_on": later(40)? }])
            }
            "@parts" => json!([
                { "kind": petition.kind, "title": matter.title, "request": matter.requests.first() },
                { "kind": petition.kind, "title": "要求书面答复", "request": "书面答复办理情况" },
            ]),
            "previous" => {
                let before = n.checked_sub(1).and_then(|n| self.plays.get(n)).context("a play before")?;
                let submission = before.load(app).await?.submission.context("a submission")?;
                json!(submission.case_ref)
            }
            "yes" => json!(true),
            "no" => json!(false),
            _ if text.starts_with('@') => bail!("there are no words {text}"),
            _ => match (text.parse::<i64>(), text.starts_with(['+', '-'])) {
                (Ok(days), true) => later(days)?,
                (Ok(number), false)
                    if text.len() < 4 && text != play.matter.class && !text.starts_with('0') =>
                {
                    json!(number)
                }
                (Ok(_) | Err(_), _) => json!(text),
            },
        })
    }
}

impl Play {
    async fn load(&self, app: &App) -> anyhow::Result<Petition> {
        let id = self.petition.context("a step before its submission")?;
        Ok(history::load(&app.database, id).await?.context("a petition that was just made")?.petition)
    }
}

/// The answer to a request in the matter's own words.
fn answer(play: &Play, day: Date) -> Value {
    let matter = &play.matter;
    let mut answer = json!({ "outcome": matter.outcome, "reason": matter.answer, "article": matter.article });
    if matter.outcome == "supported"
        && let Some(answer) = answer.as_object_mut()
    {
        answer.insert("action".to_owned(), json!(matter.action));
        answer.insert("executor".to_owned(), json!(play.organ));
        answer.insert("due_on".to_owned(), json!(day.checked_add(30.days()).unwrap_or(day)));
    }
    answer
}

fn who(district: &District, play: &Play, who: &str) -> anyhow::Result<Actor> {
    if who == "petitioner" {
        return Ok(Actor::Petitioner { party: 0 });
    }
    let (place, post) = who.split_once('-').with_context(|| format!("nobody is called {who:?}"))?;
    let unit = match place {
        "office" => district.unit("petition")?,
        "unit" => play.organ,
        "above" => district.above(play.organ)?,
        "top" => district.above(district.above(play.organ)?)?,
        "superior" => district.unit("citypetition")?,
        "integrity" => district.unit("discipline")?,
        other => bail!("there is no place {other:?}"),
    };
    district.actor(unit, post)
}

/// Gives a command as a page would.
async fn give(
    app: &App,
    actor: &Actor,
    petition: &Petition,
    verb: Verb,
    fields: Map<String, Value>,
) -> anyhow::Result<Petition> {
    let mut contents = Contents::new();
    let history = history::load(&app.database, petition.id).await?.context("the matter")?;
    let act = read_act(app, actor, &history, verb, fields, &mut contents)
        .await
        .map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
    Ok(app.carry_out(actor, petition.id, Some(petition.version), act.into(), contents).await?)
}

/// Every fifth petition comes with a file, one of them long: a written account, made up here.
async fn attached(app: &App, n: usize, body: &str) -> anyhow::Result<Vec<Holder>> {
    if !n.is_multiple_of(5) {
        return Ok(Vec::new());
    }
    let times = if n == 0 { 2_000 } else { 3 };
    let text = format!("{}\n", body.trim()).repeat(times);
    let holder = Holder::of("demo", &n.to_string());
    let bytes = futures_util::stream::iter([Ok::<_, anyhow::Error>(text.into())]);
    match app.receive(&holder, "情况说明.txt", bytes).await? {
        Ok(_) => Ok(vec![holder]),
        // A disk that is nearly full: the demo goes without.
        Err(_) => Ok(Vec::new()),
    }
}

/// Opens to somebody whom a letter is for; in a sealed matter another of the body agrees (DUAL-1).
async fn ask_whom(app: &App, actor: &Actor, now: &Petition) -> anyhow::Result<()> {
    let purpose = (Purpose::Serve, "核对送达对象");
    if !app.takes_two(now)? {
        return Ok(app.reveal(actor, now.id, IdentityField::Name, purpose).await?);
    }
    app.ask_to_reveal(actor, now.id, IdentityField::Name, purpose).await?;
    let history = history::load(&app.database, now.id).await?.context("the matter")?;
    for ask in app.asks(now.id).await? {
        let second = app.second_people(now, ask.by)?;
        let second = second.first().context("somebody who agrees")?;
        let second = Actor::Official { id: second.id, unit: second.unit, roles: second.roles.clone() };
        app.agree(&second, &history, &ask).await?;
    }
    Ok(())
}
