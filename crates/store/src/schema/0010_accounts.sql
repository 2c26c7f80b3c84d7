-- Who may log in, and which changes of accounts and rights wait for a second person. What was decided about them is an
-- event of the office; what stands here is not.

create table account (
  login text not null primary key,
  official_id text not null,
  -- '' until the holder has chosen one.
  password_hash text not null,
  password_at text not null,
  -- Digest of the one-time code with which the holder sets the account up, and its end; '' when there is none.
  enrol_digest text not null,
  enrol_until text not null,
  -- Secret of the second factor, encrypted; empty until it was set up. totp_step: the newest step used, never again.
  totp blob not null,
  totp_step integer not null,
  used_at text not null,
  disabled integer not null
) strict;

create unique index account_of on account (official_id);

create table session (
  token_digest text not null primary key,
  login text not null,
  official_id text not null,
  -- 'whole'; 'second' while the second factor is asked for; 'enrol' while it must first be set up.
  reach text not null,
  began_at text not null,
  seen_at text not null,
  -- When the holder last showed that it is they.
  proved_at text not null,
  expires_at text not null
) strict;

create index session_of on session (login, began_at);

-- Wrong passwords and codes by keyed hash of the login, whether there is such a login or not.
create table login_try (
  login_mac text not null primary key,
  fails integer not null,
  until text not null
) strict;

-- What one person proposed and another must decide (DUAL-1).
create table proposal (
  proposal_id text not null primary key,
  kind text not null,
  body text not null,
  reason text not null,
  proposed_by text not null,
  proposed_at text not null,
  expires_at text not null,
  -- '' until it is decided: 'approved', 'refused'.
  outcome text not null,
  decided_by text not null,
  decided_at text not null
) strict;

create index proposal_open on proposal (outcome, proposed_at, proposal_id);
