-- Signed letters of matters that are not sealed: a projection of the events, from which letters are issued, printed, listed in a
-- unit's register and looked up by the mark that stands on them.
create table letter (
  petition_id text not null,
  idx integer not null,
  unit_id text not null,
  letter text not null,
  -- Its number, in three parts: the mark of its series, the year, and the number within both.
  series text not null,
  year integer not null,
  serial integer not null,
  signed_on text not null,
  to_petitioner integer not null,
  -- SHA-256 of the mark that stands on it, in hexadecimal digits; '' until it is issued.
  mark text not null,
  -- SHA-256 of its file, likewise.
  digest text not null,
  -- 1 while it is to be issued.
  waits integer not null,
  -- '' until it is served.
  served_on text not null,
  -- Whose print room has it: its unit's, or the petition office's where that unit may not know who complains of it.
  room_id text not null,
  -- 1 while it can be served: a letter to the petitioner that was not, and that no newer one has overtaken.
  to_serve integer not null,
  primary key (petition_id, idx)
) strict;

create index letter_waiting on letter (waits, petition_id, idx);
create index letter_by_mark on letter (mark);
create index letter_by_digest on letter (digest);
create index letter_of_day on letter (unit_id, signed_on, series, year, serial);
create index letter_to_serve on letter (room_id, to_serve, signed_on, petition_id, idx);

-- Petitions of before stand in no such list until `huiyin rebuild` has made all of them anew.
insert into setting (name, value) select 'lists_are_old', '25' where exists (select 1 from matter);

-- When a letter was printed last: so that whoever prints it again prints a mark. That it was is a read in the record.
create table letter_print (
  petition_id text not null,
  idx integer not null,
  printed_on text not null,
  primary key (petition_id, idx)
) strict;
