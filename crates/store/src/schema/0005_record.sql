-- What happened, and what people wrote. Text in SQLite's STRICT dialect; migrate.rs says it for PostgreSQL.

-- One row for each decision. seq = number of events before it. Its log entry is HMAC(ekey, record): whoever holds the
-- row can prove it, whoever holds the entry alone learns nothing (security.md §2.1).
create table event (
  petition_id text not null,
  seq integer not null,
  at text not null,
  -- 0 when the clock was not believed.
  sure integer not null,
  kind text not null,
  actor text not null,
  body blob not null,
  body_digest blob not null,
  ekey blob not null,
  entry blob not null,
  log_epoch integer not null,
  log_index integer not null,
  primary key (petition_id, seq)
) strict;

-- What happened to the office itself: a log opened, the directory put in place, the clock corrected.
create table office_event (
  seq integer not null primary key,
  at text not null,
  sure integer not null,
  kind text not null,
  actor text not null,
  body blob not null,
  body_digest blob not null,
  ekey blob not null,
  entry blob not null,
  log_epoch integer not null,
  log_index integer not null
) strict;

-- Words, apart from the events, encrypted under their petition's key. seq is that of the decision that wrote them.
-- commitment binds the words, digest the row as it is kept.
create table content (
  petition_id text not null,
  content_id text not null,
  seq integer not null,
  commitment blob not null,
  digest blob not null,
  body blob not null,
  primary key (petition_id, content_id)
) strict;

-- The key of a petition's words, wrapped by the office's; empty once it was destroyed.
create table petition_key (
  petition_id text not null primary key,
  digest blob not null,
  wrapped blob not null
) strict;

-- Query codes as keyed hashes; the key is not in the database.
create table access_code (
  code_mac text not null primary key,
  petition_id text not null,
  party integer not null
) strict;

-- A submission sent twice is one submission (CORE-7).
create table submission_token (
  token text not null primary key,
  petition_id text not null,
  -- What was submitted under it: the same token with something else is refused, not swallowed.
  digest text not null,
  at text not null
) strict;

-- Letters: gap-free per unit, mark and year.
create table letter_number (
  unit_id text not null,
  mark text not null,
  year integer not null,
  last integer not null,
  primary key (unit_id, mark, year)
) strict;

-- The office directory.
create table unit (
  id text not null primary key,
  sort integer not null,
  body text not null
) strict;

create table official (
  id text not null primary key,
  unit_id text not null,
  body text not null
) strict;

create table setting (
  name text not null primary key,
  value text not null
) strict;
