//! The second wall (SCOPE-7): every address as everybody while the rules let everybody see everything. What is still absent
//! then, PostgreSQL alone holds back.

use super::matrix::*;
use super::*;
use store::Reads as _;

/// The rules let everybody see everything from now on.
fn without_rules(office: &mut Office) {
    Arc::get_mut(&mut office.app).unwrap().blind_to_nothing = true;
}

/// Tables with rows of petitions. Each is guarded, whoever asks, and the doctor looks at each.
async fn guarded_tables(office: &Office) -> Vec<String> {
    let sql = "select c.relname::text, (c.relrowsecurity and c.relforcerowsecurity)::int from pg_class c where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and (c.relname = 'attachment_chunk' or exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'petition_id')) order by 1";
    let rows = office.app.database.query(sql, Vec::new()).await.unwrap();
    let unguarded = rows.iter().filter(|row| row.int(1) == Ok(0)).map(|row| row.text(0).unwrap());
    assert_eq!(unguarded.collect::<Vec<_>>(), Vec::<&str>::new(), "no policy");
    assert_eq!(office.app.database.account().await.unwrap().unwrap().unguarded, Vec::<String>::new());
    rows.iter()
        .map(|row| row.text(0).unwrap().to_owned())
        .filter(|table| table != "attachment_chunk")
        .collect()
}

/// How many rows of a petition an official is given, of all guarded tables.
async fn rows_for(office: &Office, tables: &[String], official: OfficialId, matter: &Matter) -> i64 {
    let directory = office.app.directory();
    let known = directory.official(official).unwrap();
    let actor = Actor::Official { id: official, unit: known.unit, roles: known.roles.clone() };
    let id = office.app.by_ref(&matter.case_ref).await.unwrap().unwrap().to_string();
    let reader = office.app.reader(&actor).unwrap();
    let mut n = 0;
    for table in tables {
        // Of the words of reach an official is given their own, and learns nothing else from them.
        let others = "and not word = any (string_to_array(current_setting('app.actor'), ' '))";
        let others = if table == "reach" { others } else { "" };
        let sql = format!("select count(*) from {table} where petition_id = $1 {others}");
        n += reader.rows(&sql, vec![id.clone().into()]).await.unwrap()[0].int(0).unwrap();
    }
    n
}

#[tokio::test(flavor = "multi_thread")]
async fn scope_7_without_the_rules_the_database_still_gives_no_foreign_row() {
    let scratch = store::testing::postgres_of_two("wall").await.unwrap();
    let mut office = populated(scratch, "wall").await;
    without_rules(&mut office);
    let matters = matters(&office).await;
    let tables = guarded_tables(&office).await;
    assert!(tables.len() > 12, "{tables:?}");
    let (mut foreign, mut known, mut crawled) = (0, 0, 0);
    for (standing, unit) in STANDINGS {
        for (n, role) in (FIRST..).zip(Role::ALL) {
            let official = official_id(unit, n);
            let token = session_of(&office, official).await;
            for (sealed, matter) in [false, true].into_iter().zip(&matters) {
                let who = format!("{standing} {} sealed {sealed}", role.word());
                let rows = rows_for(&office, &tables, official, matter).await;
                if may_know(sealed, unit, role) {
                    assert!(knows(&office, &token, matter).await, "{who}: may know, and is told nothing");
                    assert!(rows > 5, "{who}: {rows}");
                    known += 1;
                    continue;
                }
                assert_eq!(rows, 0, "{who}: rows of a foreign petition");
                let (asked, looked) = is_blind(&office, &token, &who, matter).await;
                foreign += asked;
                crawled += looked;
            }
        }
    }
    for (who, official, matter) in kept_from(&office).await {
        let token = session_of(&office, official).await;
        if who == "subordinate of the accused person" {
            // In clear nothing says whom a report accuses (SEAL-2): a recipient of the unit that has it is held back by the
            // rules, and by the encryption.
            assert!(rows_for(&office, &tables, official, &matter).await > 0, "{who}");
            continue;
        }
        assert_eq!(rows_for(&office, &tables, official, &matter).await, 0, "{who}");
        let (asked, looked) = is_blind(&office, &token, who, &matter).await;
        foreign += asked;
        crawled += looked;
    }
    let (asked, looked) = no_more(&office, &matters[0]).await;
    foreign += asked;
    crawled += looked;
    println!("{} tables, {foreign} foreign requests twice, {known} known, {crawled} lists", tables.len());
    assert!(foreign > 500 && known > 5, "{foreign} {known}");
}

/// The control: a file has no such wall, and without the rules everybody is let in.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_rules_nothing_holds_anybody_back_on_a_file() {
    let mut office = populated(store::testing::sqlite("wall").await.unwrap(), "wall-s").await;
    without_rules(&mut office);
    let matters = matters(&office).await;
    let token = session_of(&office, official_id(STANDINGS[1].1, FIRST)).await;
    assert!(knows(&office, &token, &matters[0]).await);
}

/// The doctor names every table that lost its policy, has another beside it, or lets its owner pass.
#[tokio::test(flavor = "multi_thread")]
async fn scope_7_a_wall_with_a_hole_is_found() {
    let scratch = store::testing::postgres_of_two("wall-hole").await.unwrap();
    let unguarded = async || scratch.database.account().await.unwrap().unwrap().unguarded;
    assert_eq!(unguarded().await, Vec::<String>::new());
    let owner = store::Database::look(scratch.owner.as_ref().unwrap()).await.unwrap();
    for (table, hole, mend) in [
        (
            "event",
            "alter table event disable row level security",
            "alter table event enable row level security",
        ),
        (
            "content",
            "alter table content no force row level security",
            "alter table content force row level security",
        ),
        ("matter", "create policy more on matter using (true)", "drop policy more on matter"),
        ("draft", "alter policy reach on draft rename to gone", "alter policy gone on draft rename to reach"),
    ] {
        owner.query(hole, Vec::new()).await.unwrap();
        assert_eq!(unguarded().await, [table], "{hole}");
        owner.query(mend, Vec::new()).await.unwrap();
        assert_eq!(unguarded().await, Vec::<String>::new(), "{mend}");
    }
}

/// Whoever owns only the function of a trigger owns the trigger, and whoever can become a superuser is one.
#[tokio::test(flavor = "multi_thread")]
async fn scope_7_an_account_is_judged_by_all_that_it_owns_and_can_become() {
    let scratch = store::testing::postgres_of_two("wall-owner").await.unwrap();
    let account = async || scratch.database.account().await.unwrap().unwrap();
    let before = account().await;
    assert!(!before.owns && !before.unbound, "{before:?}");
    let name = before.name;
    let superuser = store::Database::look(&scratch.address.replacen(&name, "huiyin", 1)).await.unwrap();
    let say = async |sql: String| {
        superuser.query(sql.leak(), Vec::new()).await.unwrap();
    };
    say(format!("alter function event_is_final() owner to {name}")).await;
    assert!(account().await.owns);
    let owner = store::testing::account_of(scratch.owner.as_ref().unwrap()).to_owned();
    say(format!("alter function event_is_final() owner to {owner}")).await;
    assert!(!account().await.owns);
    say(format!("grant pg_read_server_files to {name}")).await;
    assert!(account().await.unbound);
    say(format!("revoke pg_read_server_files from {name}")).await;
    assert!(!account().await.unbound);
}

/// An actor is forgotten with the transaction, whatever became of it: the next who asks on the same connection is the program.
#[tokio::test(flavor = "multi_thread")]
async fn scope_7_an_actor_lasts_for_one_question() {
    let scratch = store::testing::postgres_of_two("wall-once").await.unwrap();
    let database = &scratch.database;
    let mut batch = store::Batch::new();
    batch.push(store::Write::new(
        "insert into petition_key (petition_id, digest, wrapped, recovery) values ('one', '', '', '')",
        Vec::new(),
    ));
    database.commit(batch).await.unwrap();
    let all = "select count(*) from petition_key";
    let nobody = std::collections::BTreeSet::new();
    for _ in 0..30 {
        let reader = database.as_official(&nobody);
        assert_eq!(reader.rows(all, Vec::new()).await.unwrap()[0].int(0), Ok(0));
        reader.rows("select 1 / (count(*) - count(*)) from petition_key", Vec::new()).await.unwrap_err();
        // Who asks as an official changes nothing.
        reader.rows("delete from session returning login", Vec::new()).await.unwrap_err();
        assert_eq!(database.query(all, Vec::new()).await.unwrap()[0].int(0), Ok(1));
    }
}
