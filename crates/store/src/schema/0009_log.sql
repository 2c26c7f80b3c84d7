-- The transparency log (security.md §2): what every decision is bound to.

-- Where each log stands; the newest epoch is the one that is written. peaks: roots of the complete subtrees, largest
-- first. vkey: whose signatures the checkpoints carry, a line each; a second one in an office of the suite gm.
create table log_head (
  epoch integer not null primary key,
  origin text not null,
  vkey text not null,
  size integer not null,
  at text not null,
  peaks blob not null
) strict;

-- One row for each grouped commit: its entries (32 bytes each, without their version), the last of them padding that
-- seed explains, and the checkpoint after it. signature: one of 64 bytes by each of the head's keys, in their order.
create table log_commit (
  epoch integer not null,
  first integer not null,
  last integer not null,
  at text not null,
  sure integer not null,
  n_events integer not null,
  seed blob not null,
  entries blob not null,
  root blob not null,
  signature blob not null,
  primary key (epoch, first)
) strict;

-- Hashes by level and place as the public feed has them; level 0 only once complete.
create table log_tile (
  epoch integer not null,
  level integer not null,
  idx integer not null,
  hashes blob not null,
  primary key (epoch, level, idx)
) strict;

-- Checkpoints that were made public, on the beat.
create table log_published (
  epoch integer not null,
  size integer not null,
  at text not null,
  primary key (epoch, size)
) strict;

-- What witnesses signed: the line of the note, as it came.
create table log_cosignature (
  epoch integer not null,
  size integer not null,
  witness text not null,
  line text not null,
  primary key (epoch, size, witness)
) strict;
