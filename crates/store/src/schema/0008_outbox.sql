-- What must still happen after something was written: put in the same batch, done by a task that may be run twice.

create table outbox (
  petition_id text not null,
  -- Says what it is about: the same message put twice is one message.
  message_id text not null,
  topic text not null,
  body text not null,
  due_at text not null,
  tries integer not null,
  -- Whoever does it holds it until then; '' when nobody does. Who dies loses it at that instant.
  leased_until text not null,
  -- '' until it is done.
  done_at text not null,
  primary key (petition_id, message_id)
) strict;

create index outbox_to_do on outbox (done_at, due_at, petition_id, message_id);

-- Warnings before a deadline, for the official it runs against: one row for each deadline, moved on by each warning.
create table reminder (
  petition_id text not null,
  idx integer not null,
  official_id text not null,
  warned_on text not null,
  -- '' until the official has put it away.
  seen_on text not null,
  primary key (petition_id, idx)
) strict;

create index reminder_of on reminder (official_id, seen_on, warned_on, petition_id, idx);
