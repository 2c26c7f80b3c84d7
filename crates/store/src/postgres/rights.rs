//! What the program's account may do on PostgreSQL, where another one owns the tables (SCOPE-7, LOG-2).
//!
//! Whoever takes the program over has its rights and no more: no trigger is switched off, no event altered or taken away.

use super::Postgres;
use crate::sql::Row;
use crate::{StoreError, Value};

/// What an account may do with each table beside reading it. Nobody updates or deletes what is not said here.
pub(crate) const RIGHTS: &[(&str, &str)] = &[
    ("access_code", "insert, delete"),
    ("account", "insert, update"),
    ("attachment", "insert"),
    ("attachment_chunk", "insert, delete"),
    ("ceremony", "insert, delete"),
    ("content", "insert"),
    ("deadline", "insert, update, delete"),
    ("desk", "insert, update, delete"),
    ("draft", "insert, update, delete"),
    ("event", "insert"),
    ("follow_session", "insert, delete"),
    ("key_event", "insert"),
    ("letter", "insert, update, delete"),
    ("letter_number", "insert, update"),
    ("letter_print", "insert, update, delete"),
    ("log_commit", "insert"),
    ("log_cosignature", "insert, update"),
    ("log_head", "insert, update"),
    ("log_published", "insert, update"),
    ("log_tile", "insert, update"),
    ("login_try", "insert, update, delete"),
    ("matter", "insert, update, delete"),
    ("matter_unit", "insert, delete"),
    ("office_event", "insert"),
    ("official", "insert, update"),
    ("outbox", "insert, update, delete"),
    ("passkey", "insert, update, delete"),
    ("petition_key", "insert, update"),
    ("proposal", "insert, update"),
    ("provider_link", "insert, delete"),
    ("reach", "insert, delete"),
    ("read_event", "insert"),
    ("recovery_key", "insert"),
    ("reminder", "insert, update, delete"),
    ("schema_version", ""),
    ("sealed_shell", "insert, update, delete"),
    ("sealed_wrap", "insert, update, delete"),
    ("sealing_key", "insert, update"),
    ("session", "insert, update, delete"),
    ("setting", "insert, update, delete"),
    ("submission_token", "insert, update"),
    ("unit", "insert, update"),
    ("upload", "insert, update, delete"),
];

/// Tables whose rows are final.
const FINAL: &str = "('event', 'office_event', 'read_event', 'key_event')";

/// Tables with rows of petitions: what an official asks of them goes through their policy (`schema/0024_reach.postgres.sql`).
const GUARDED: &[&str] = &[
    "access_code",
    "attachment",
    "attachment_chunk",
    "content",
    "deadline",
    "desk",
    "draft",
    "event",
    "follow_session",
    "letter",
    "letter_print",
    "matter",
    "matter_unit",
    "outbox",
    "petition_key",
    "reach",
    "read_event",
    "reminder",
    "sealed_shell",
    "sealed_wrap",
    "submission_token",
    "upload",
];

/// How the account through which the database is asked stands to what is kept in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// No rule of the server binds it, or one that it can become: a superuser, who passes row security by, who reads or writes
    /// the server's files or runs programs there.
    pub unbound: bool,
    /// It owns the database or something in it, or can become who does: tables, but also the function of a trigger.
    pub owns: bool,
    /// What else it may do that a program need not, in words; empty when nothing.
    pub excess: Vec<&'static str>,
    /// Triggers that keep rows final are missing or switched off.
    pub triggers_off: bool,
    /// Tables whose policy is missing, switched off, not forced, or has another beside it.
    pub unguarded: Vec<String>,
}

const ACCOUNT: &str = "select current_user::text, count(*) from pg_roles r where pg_has_role(current_user, r.oid, 'MEMBER') and (r.rolsuper or r.rolbypassrls or r.rolname in ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))";
const OWNS: &str = "select count(*) from pg_shdepend d, pg_database b where b.datname = current_database() and d.refclassid = 'pg_authid'::regclass and d.deptype = 'o' and (d.dbid = b.oid or d.classid = 'pg_database'::regclass and d.objid = b.oid) and pg_has_role(current_user, d.refobjid, 'MEMBER')";

/// Each excess, in words and as what counts it.
fn excesses() -> [(&'static str, String); 4] {
    let of_role = |attribute: &str| {
        format!("select count(*) from pg_roles where rolname = current_user and {attribute}")
    };
    [
        ("make accounts or databases", of_role("(rolcreaterole or rolcreatedb)")),
        ("copy the whole server by replication", of_role("rolreplication")),
        (
            "alter events",
            format!(
                "select count(*) from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relname in {FINAL} and has_table_privilege(c.oid, 'update, delete, truncate, trigger')"
            ),
        ),
        (
            "switch triggers off or make tables",
            "select (has_parameter_privilege('session_replication_role', 'SET') or has_schema_privilege(current_schema(), 'CREATE'))::int::bigint".to_owned(),
        ),
    ]
}

fn triggers_on() -> String {
    format!(
        "select count(*) from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = current_schema()::regnamespace and c.relname in {FINAL} and t.tgname = c.relname || '_is_final' and t.tgenabled in ('O', 'A')"
    )
}

/// Guarded tables whose one policy is in force, for every account that is bound by any.
const STANDING: &str = "select c.relname::text from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relrowsecurity and c.relforcerowsecurity and (select count(*) = 1 and bool_and(p.polname = 'reach' and p.polpermissive and p.polcmd = '*') from pg_policy p where p.polrelid = c.oid)";

impl Postgres {
    /// The account's standing.
    pub(crate) async fn account(&self) -> Result<Account, StoreError> {
        let missing = || StoreError::Corrupt("pg_roles: no such account".to_owned());
        let found = self.query(ACCOUNT, Vec::new()).await?;
        let row = found.first().ok_or_else(missing)?;
        let standing = self.query(STANDING, Vec::new()).await?;
        let standing = standing.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        let unguarded = GUARDED.iter().filter(|table| !standing.contains(table));
        let mut excess = Vec::new();
        for (words, sql) in excesses() {
            if self.counted(&sql).await? > 0 {
                excess.push(words);
            }
        }
        Ok(Account {
            name: row.text(0)?.to_owned(),
            unbound: row.int(1)? != 0,
            owns: self.counted(OWNS).await? > 0,
            excess,
            triggers_off: self.counted(&triggers_on()).await? < 4,
            unguarded: unguarded.map(|table| (*table).to_owned()).collect(),
        })
    }

    async fn counted(&self, sql: &str) -> Result<i64, StoreError> {
        self.query(sql, Vec::new()).await?.first().map_or(Ok(0), |row: &Row| row.int(0))
    }

    /// Gives an account what [`RIGHTS`] says and takes everything else from it.
    pub(crate) async fn grant(&self, to: &str) -> Result<(), StoreError> {
        let known = self
            .query(
                "select (rolname = current_user)::int from pg_roles where rolname = $1::text",
                vec![Value::from(to)],
            )
            .await?;
        match known.first().map(|row| row.int(0)).transpose()? {
            None => return Err(StoreError::NoAccount(to.to_owned())),
            Some(0) => {}
            Some(_) => return Err(StoreError::OwnAccount(to.to_owned())),
        }
        let role = quoted(to);
        let found = self.query("select current_schema()::text", Vec::new()).await?;
        let schema = quoted(found.first().map_or(Ok("public"), |row| row.text(0))?);
        let mut script = format!(
            "revoke all on all tables in schema {schema} from {role};\nrevoke all on schema {schema} from {role};\ngrant usage on schema {schema} to {role};\n"
        );
        for (table, rights) in RIGHTS {
            let more = if rights.is_empty() { String::new() } else { format!(", {rights}") };
            script.push_str(&format!("grant select{more} on {schema}.{} to {role};\n", quoted(table)));
        }
        self.script(&script).await
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
