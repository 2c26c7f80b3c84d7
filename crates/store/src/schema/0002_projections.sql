-- Projections of the events: written in the same transaction, rebuilt by `huiyin rebuild`, compared by `verify`.
-- No decision reads them (architecture §3).

create table matter (
  petition_id text not null primary key,
  case_ref text not null,
  number text not null,
  version integer not null,
  procedure_id text not null,
  kind text not null,
  sealed integer not null,
  stage text not null,
  rest integer not null,
  channel text not null,
  class text not null,
  place text not null,
  office_id text not null,
  owner_unit text not null,
  owner_id text not null,
  received_on text not null,
  -- Earliest open official deadline, rolled and raw; '9999-12-31' when none runs.
  due_on text not null,
  raw_due_on text not null,
  due_limit text not null,
  -- Where that deadline starts; '' when none runs.
  due_from text not null,
  -- Last day of the petitioner's open window; '' when none is open.
  window_on text not null,
  missed integer not null,
  urgent integer not null,
  supervised integer not null,
  withdrawing integer not null,
  -- Other petitions are answered with it.
  joined integer not null,
  -- Somebody is kept from it (recused, or reported): lists ask the rules who may see it.
  guarded integer not null,
  n_people integer not null,
  title_content text not null,
  -- Who filed it; '' for an anonymous petition.
  identity_content text not null
) strict;

create unique index matter_by_ref on matter (case_ref);
create unique index matter_by_number on matter (number);
-- Everything that a unit's inbox sorts, filters and counts by, so that it reads the index alone.
create index matter_of_unit on matter (owner_unit, rest, due_on, case_ref, owner_id, channel, class, stage, petition_id);

-- Units that once held a matter and may look back at it. Sealed matters have no rows here.
create table matter_unit (
  unit_id text not null,
  petition_id text not null,
  primary key (unit_id, petition_id)
) strict;

create table deadline (
  petition_id text not null,
  idx integer not null,
  limit_id text not null,
  role text not null,
  state text not null,
  from_on text not null,
  raw_due_on text not null,
  due_on text not null,
  provisional integer not null,
  unit_id text not null,
  primary key (petition_id, idx)
) strict;

create index deadline_due on deadline (state, due_on, petition_id, idx);
