-- Passkeys (WebAuthn) of officials, and what was asked of an authenticator a moment ago.

-- Counts the changes of an account's second factors, so that of two at once only one happens.
alter table account add column factor_version integer not null default 0;

create table passkey (
  -- Digest of the credential's id: no authenticator is taken twice.
  passkey_id text not null primary key,
  login text not null,
  -- As its holder calls it.
  name text not null,
  -- Public key, counter and flags, encrypted for this row: whoever can only write the database brings in no key of theirs.
  credential blob not null,
  added_at text not null,
  -- '' until it was used.
  used_at text not null
) strict;

create index passkey_of on passkey (login, added_at);

-- A challenge that waits for its answer. It is used once.
create table ceremony (
  handle_digest text not null primary key,
  -- '' before anybody said who they are.
  login text not null,
  -- What it is for: 'add', 'use', 'enter'; 'provider', 'link'.
  purpose text not null,
  state text not null,
  expires_at text not null
) strict;

create index ceremony_of on ceremony (login, expires_at);
