-- Files that people attach (docs/decisions/0007): cut into pieces, each encrypted for its place.

-- A file that a decision brought; seq is that decision's. sealed_key opens the pieces, itself under the petition's key.
-- digest is of the pieces' digests and of sealed_key, size of all that is kept: with them a record is checked without
-- any key.
create table attachment (
  file_id text not null primary key,
  petition_id text not null,
  seq integer not null,
  commitment blob not null,
  digest blob not null,
  size integer not null,
  sealed_key blob not null
) strict;

create index attachment_of on attachment (petition_id, seq, file_id);

create table attachment_chunk (
  file_id text not null,
  idx integer not null,
  digest blob not null,
  body blob not null,
  primary key (file_id, idx)
) strict;

-- Files on their way to a petition. body says what they are and opens them, encrypted under a secret of whoever brings
-- them, which is not in the database; empty until the last piece is there. No part of the record.
create table upload (
  file_id text not null primary key,
  holder_mac text not null,
  body blob not null,
  expires_at text not null
) strict;

create index upload_of on upload (holder_mac, file_id);
