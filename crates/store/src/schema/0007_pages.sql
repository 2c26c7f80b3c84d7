-- What the petitioner's pages need between two requests. Nothing here is part of the record.

-- A petition that is being written, encrypted under its own code; the code is not in the database.
create table draft (
  code_mac text not null primary key,
  body blob not null,
  expires_at text not null
) strict;

create index draft_expiry on draft (expires_at);

-- A petition that is being followed after its code was typed once.
create table follow_session (
  token_digest text not null primary key,
  petition_id text not null,
  party integer not null,
  expires_at text not null
) strict;
