//! One schema text gives both databases the same tables; every statement is understood by both.

use crate::{both, commit};
use rusqlite::Connection;
use store::testing::open;
use store::{
    Outcome, StoreError, Value, Write, attachment, content, history, inbox, keys, letter, log, outbox,
    projection, reads, reminder, sealed, verify,
};

const SQLITE_COLUMNS: &str = "
select t.name, c.name, case c.type when 'INTEGER' then 'number' when 'BLOB' then 'bytes' when 'TEXT' then 'text' end,
       case when c.\"notnull\" = 1 then 'required' else 'optional' end, c.pk
from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite_%'";

const POSTGRES_COLUMNS: &str = "
select c.table_name::text, c.column_name::text,
       case c.data_type when 'bigint' then 'number' when 'bytea' then 'bytes' when 'text' then 'text' end,
       case when c.is_nullable = 'NO' then 'required' else 'optional' end, coalesce(k.ordinal_position, 0)::bigint
from information_schema.columns c left join information_schema.key_column_usage k
  on k.table_schema = c.table_schema and k.table_name = c.table_name and k.column_name = c.column_name
where c.table_schema = current_schema()";

/// Names only: which columns an index has is compared by its creating text, which is the same for both.
const SQLITE_INDEXES: &str = "select name from sqlite_schema where type = 'index' and sql is not null";
const POSTGRES_INDEXES: &str = "
select indexname::text from pg_indexes
where schemaname = current_schema() and indexname not like '%\\_pkey'";

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_tables() {
    let [sqlite, postgres] = both("tables").await;
    for (ours, theirs) in [(SQLITE_COLUMNS, POSTGRES_COLUMNS), (SQLITE_INDEXES, POSTGRES_INDEXES)] {
        let mut ours = sqlite.database.query(ours, Vec::new()).await.unwrap();
        let mut theirs = postgres.database.query(theirs, Vec::new()).await.unwrap();
        ours.sort_by_key(|row| format!("{:?}", row.values()));
        theirs.sort_by_key(|row| format!("{:?}", row.values()));
        assert!(!ours.is_empty());
        assert!(
            !ours.iter().any(|row| row.values()[1..].contains(&Value::Null)),
            "a type of neither database"
        );
        assert_eq!(ours, theirs);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_understand_every_statement() {
    let [sqlite, postgres] = both("statements").await;
    let file = Connection::open(sqlite.address.strip_prefix("sqlite:").unwrap()).unwrap();
    let (client, connection) =
        tokio_postgres::connect(&postgres.address, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    for sql in [
        &content::statements(),
        attachment::STATEMENTS,
        history::STATEMENTS,
        projection::STATEMENTS,
        &inbox::statements(),
        letter::STATEMENTS,
        outbox::STATEMENTS,
        reads::STATEMENTS,
        reminder::STATEMENTS,
        &verify::statements(),
        &log::statements(),
        &keys::statements(),
        &sealed::statements(),
    ]
    .concat()
    {
        let ours = file.prepare(sql).unwrap_or_else(|error| panic!("SQLite: {sql}: {error}"));
        let theirs = client.prepare(sql).await.unwrap_or_else(|error| panic!("PostgreSQL: {sql}: {error:?}"));
        assert_eq!(ours.parameter_count(), theirs.params().len(), "{sql}");
        assert_eq!(ours.column_count(), theirs.columns().len(), "{sql}");
    }
}

/// SQLite numbers `$2 … $1` by first appearance, PostgreSQL by the digit, and the driver binds by place: a statement
/// that names its parameters out of order would swap them on SQLite without a word. So none may.
#[test]
fn parameters_appear_in_the_order_of_their_numbers() {
    for sql in [
        &content::statements(),
        attachment::STATEMENTS,
        history::STATEMENTS,
        projection::STATEMENTS,
        &inbox::statements(),
        letter::STATEMENTS,
        outbox::STATEMENTS,
        reads::STATEMENTS,
        reminder::STATEMENTS,
        &verify::statements(),
        &log::statements(),
        &keys::statements(),
    ]
    .concat()
    {
        let mut newest = 0;
        for part in sql.split('$').skip(1) {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            let number: u32 = digits.parse().unwrap();
            assert!(number <= newest + 1, "${number} before ${}: {sql}", newest + 1);
            newest = newest.max(number);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_again_changes_nothing() {
    for scratch in both("again").await {
        let versions = "select number from schema_version order by number";
        let before = scratch.database.query(versions, Vec::new()).await.unwrap();
        let again = open(&scratch.address).await.unwrap();
        assert_eq!(again.query(versions, Vec::new()).await.unwrap(), before);
    }
}

/// UPG-1: what a newer list lacks of petitions of before is said until all lists are made anew; an empty office lacks nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_before_letters_had_a_list_is_to_be_rebuilt() {
    for scratch in both("lists").await {
        assert_eq!(projection::lacks_rows(&scratch.database).await, Ok(false), "a new office");
        let matter = "insert into matter (petition_id, case_ref, number, version, procedure_id, kind, sealed, stage, rest, channel, class, place, office_id, owner_unit, owner_id, received_on, urgent, supervised, withdrawing, joined, n_people, title_content, identity_content) values ('one', 'ref', '1', 1, 'p', 'k', 0, 's', 0, 'c', '', '', '', 'u', 'o', '2026-03-02', 0, 0, 0, 0, 1, '', '')";
        let before = [
            "delete from schema_version where number >= 25",
            "drop table letter",
            "drop table letter_print",
            matter,
        ];
        let before = before.map(|sql| Write::new(sql, Vec::new()));
        assert_eq!(commit(&scratch.database, before).await, Ok(Outcome::Committed));
        let again = open(&scratch.address).await.unwrap();
        assert_eq!(projection::lacks_rows(&again).await, Ok(true), "{}", again.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_refused() {
    for scratch in both("newer").await {
        let newer = Write::new("insert into schema_version (number) values (9999)", Vec::new());
        assert_eq!(commit(&scratch.database, [newer]).await, Ok(Outcome::Committed));
        let refused = open(&scratch.address).await.unwrap_err();
        assert!(matches!(refused, StoreError::Newer { found: 9999, .. }), "{refused:?}");
        assert!(refused.to_string().contains("install the newer version"), "{refused}");
    }
}

/// UPG-1: a first start that was interrupted before the keys got their second wraps is gone on with; a database that holds
/// keys of before is refused, and they stay as they are.
#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_earlier_schema_are_refused_and_never_dropped() {
    for scratch in both("keys").await {
        let is_sqlite = scratch.database.kind() == "sqlite";
        let before = || {
            let tables = [
                "delete from schema_version where number >= 17",
                "drop table sealed_wrap",
                "drop table sealed_shell",
                "drop table sealing_key",
                "drop index matter_sealed",
                "alter table access_code drop column public",
                "drop table recovery_key",
                "drop table key_event",
                "alter table desk drop column kept",
                "drop index outbox_sent",
                "alter table outbox drop column recipient",
                "alter table outbox drop column given_up",
                "drop table letter",
                "drop table letter_print",
                // With it go the policies that ask it.
                if is_sqlite { "drop table reach" } else { "drop table reach cascade" },
            ];
            let policies = [
                "drop policy reach on attachment_chunk",
                "drop policy reach on access_code",
                "drop policy reach on submission_token",
                "drop policy reach on follow_session",
                "drop policy reach on draft",
                "drop policy reach on upload",
                "drop policy reach on outbox",
            ];
            let policies = policies.into_iter().filter(|_| !is_sqlite);
            tables.into_iter().chain(policies).map(|sql| Write::new(sql, Vec::new())).collect::<Vec<_>>()
        };
        assert_eq!(commit(&scratch.database, before()).await, Ok(Outcome::Committed));
        let again = open(&scratch.address).await.unwrap();
        let rows = again.query("select count(*) from key_event", Vec::new()).await.unwrap();
        assert_eq!(rows[0].int(0), Ok(0), "{}", again.kind());
        let keep =
            "insert into petition_key (petition_id, digest, wrapped, recovery) values ('one', $1, $1, $1)";
        let key = Write::new(keep, vec![vec![7].into()]);
        assert_eq!(commit(&again, [key]).await, Ok(Outcome::Committed));
        assert_eq!(commit(&again, before()).await, Ok(Outcome::Committed));
        let refused = open(&scratch.address).await.unwrap_err();
        assert!(matches!(refused, StoreError::Older { .. }), "{refused:?}");
        let kept = again.query("select wrapped from petition_key", Vec::new()).await.unwrap();
        assert_eq!(kept[0].blob(0).unwrap(), [7]);
    }
}
