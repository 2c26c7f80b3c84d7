-- Who can reach a petition at all (SCOPE-7): a projection of its events, by which PostgreSQL lets rows through to whoever
-- asks as an official. bars: 1 where the word keeps out. Of a sealed matter no word names anybody.
create table reach (
  petition_id text not null,
  word text not null,
  bars integer not null,
  primary key (petition_id, word)
) strict;
