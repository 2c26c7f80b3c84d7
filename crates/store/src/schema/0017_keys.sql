-- Who can open a petition's words (KEY-2, KEY-3; docs/decisions/0008).

-- The key of a petition's words, wrapped twice: `wrapped` under the office's wrapping key, whose version stands before it;
-- `recovery` under a recovery key, whose id stands before it; empty where there was none to wrap under. Both are empty
-- once the key was destroyed. digest: of both as they were first kept, which the petition's first record says; what
-- became of them since is in key_event.
drop table petition_key;

create table petition_key (
  petition_id text not null primary key,
  digest blob not null,
  wrapped blob not null,
  recovery blob not null
) strict;

-- Keys of second wraps, each sealed to the recovery recipients; nobody at the office can open them. recipients: to whom.
create table recovery_key (
  recovery_id text not null primary key,
  recipients text not null,
  sealed blob not null
) strict;

-- What happened to keys: a version of the wrapping key came into use, a recovery key was kept, petitions' keys were wrapped
-- anew. A stream of its own in the same log.
create table key_event (
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
