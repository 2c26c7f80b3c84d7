-- What officials read of petitions: a stream of its own for each, outside the petition's versions, in the same log
-- (architecture §10.19). seq = number of reads before it.
create table read_event (
  petition_id text not null,
  seq integer not null,
  at text not null,
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

-- What one official read, by time: breach notices and the audit administrator ask for it.
create index read_event_of on read_event (actor, at, petition_id, seq);
-- What one official read of one petition just now: such reads are one.
create index read_event_just_now on read_event (petition_id, actor, at);
