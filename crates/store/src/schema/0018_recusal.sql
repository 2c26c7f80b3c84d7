-- Officials who are kept from the matter, by their ids with a space before each; their own inbox counts none of it.
alter table desk add column kept text not null default '';
