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
  urgent integer not null,
  supervised integer not null,
  withdrawing integer not null,
  -- Other petitions are answered with it.
  joined integer not null,
  n_people integer not null,
  title_content text not null,
  -- Who filed it; '' for an anonymous petition.
  identity_content text not null
) strict;

create unique index matter_by_ref on matter (case_ref);
create unique index matter_by_number on matter (number);
-- What lies on a unit's desk: matters it answers for, and matters of others in which it owes a duty (a letter to serve, a
-- report, a reply). One row for each unit and matter, gone when nothing is to be done.
create table desk (
  petition_id text not null,
  unit_id text not null,
  -- Earliest duty that this unit owes: legal last day ('9999-12-31' when only others may act), start and limit.
  due_on text not null,
  due_from text not null,
  due_limit text not null,
  -- Who answers for the matter when the unit does; '' when it runs against the unit's first addressee.
  official_id text not null,
  -- The unit does not answer for the matter, or somebody is kept from it: the rules must be asked who may see it.
  guarded integer not null,
  case_ref text not null,
  channel text not null,
  class text not null,
  stage text not null,
  primary key (petition_id, unit_id)
) strict;

-- Everything that an inbox sorts, filters and counts by, so that it reads the index alone.
create index desk_of on desk (unit_id, due_on, case_ref, official_id, channel, class, stage, guarded, petition_id);
-- The same order within each filter, so that a rare one is found as fast as none.
create index desk_of_official on desk (unit_id, official_id, due_on, case_ref);
create index desk_of_class on desk (unit_id, class, due_on, case_ref);
create index desk_of_stage on desk (unit_id, stage, due_on, case_ref);
create index desk_of_channel on desk (unit_id, channel, due_on, case_ref);

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
