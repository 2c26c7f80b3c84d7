-- Sealed matters (reports against officials; SEAL-1, docs/decisions/0011). Their petition_key row holds, in place of the
-- office's wrap, a marker and the matter's public key; in place of the second wrap the key sealed to the recovery
-- recipients.

-- Who can open the key of a sealed matter: recipients by their own keys, the petitioner by a key made from their code, a
-- browser that follows it by one made from its cookie. public: to which it was sealed. Rows come and go with people.
create table sealed_wrap (
  petition_id text not null,
  holder text not null,
  public blob not null,
  wrapped blob not null,
  primary key (petition_id, holder)
) strict;

create index sealed_wrap_of on sealed_wrap (holder);

-- The state of a sealed matter without anything that timers do not need, encrypted under the office's own key.
create table sealed_shell (
  petition_id text not null primary key,
  shell blob not null
) strict;

-- A recipient's key pair: the public half, and the other under a passphrase that only they know.
create table sealing_key (
  official_id text not null primary key,
  public blob not null,
  salt blob not null,
  wrapped blob not null,
  made_at text not null,
  -- What the office's own key makes of the public half: the database alone cannot name another.
  mac text not null
) strict;

-- The list of a unit's recipients.
create index matter_sealed on matter (owner_unit, petition_id) where sealed = 1;

-- To what a sealed matter's key is sealed for whoever has the code, in hexadecimal digits; empty for a short code.
alter table access_code add column public text not null default '';
