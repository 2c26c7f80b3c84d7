-- Who at the identity provider is whose login here (OpenID Connect).

create table provider_link (
  -- Keyed hash of issuer and person: nothing that names them.
  subject_mac text not null primary key,
  login text not null,
  -- Binds the two to the official, by the office's key: whoever can only write the database links nobody.
  seal text not null,
  linked_at text not null
) strict;

create unique index provider_link_of on provider_link (login);
