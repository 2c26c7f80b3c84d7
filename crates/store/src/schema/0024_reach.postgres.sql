-- Whoever asks as an official has their words in app.actor, for the length of one transaction, and is given the rows of
-- petitions that let one of them in and bar none. The program asks without: timers, petitioners' codes, every commit.
do $$
declare
  its text;
  free constant text := '(select coalesce(current_setting(''app.actor'', true), '''')) = ''''';
  words constant text := 'any ((select string_to_array(current_setting(''app.actor'', true), '' ''))::text[])';
begin
  foreach its in array array['event', 'read_event', 'content', 'petition_key', 'matter', 'deadline', 'matter_unit', 'reminder',
    'attachment', 'sealed_wrap', 'sealed_shell'] loop
    execute format('create policy reach on %1$I using (%2$s or (select max(r.bars) = 0 from reach r where r.petition_id = %1$I.petition_id and r.word = %3$s))', its, free, words);
  end loop;
  -- A desk holds what its unit has to do with: nobody is kept from what is not guarded.
  execute format('create policy reach on desk using (%1$s or guarded = 0 and ''works:'' || unit_id = %2$s or (select max(r.bars) = 0 from reach r where r.petition_id = desk.petition_id and r.word = %2$s))', free, words);
  -- A piece goes with its file, whose own policy is asked.
  execute format('create policy reach on attachment_chunk using (%1$s or exists (select 1 from attachment a where a.file_id = attachment_chunk.file_id))', free);
  -- Of the words themselves those that the official has.
  execute format('create policy reach on reach using (%1$s or word = %2$s)', free, words);
  -- Of no official, whatever they may see.
  foreach its in array array['access_code', 'submission_token', 'follow_session', 'draft', 'upload', 'outbox'] loop
    execute format('create policy reach on %1$I using (%2$s)', its, free);
  end loop;
  foreach its in array array['event', 'read_event', 'content', 'petition_key', 'matter', 'deadline', 'matter_unit', 'reminder',
    'attachment', 'attachment_chunk', 'sealed_wrap', 'sealed_shell', 'desk', 'reach', 'access_code', 'submission_token', 'follow_session',
    'draft', 'upload', 'outbox'] loop
    execute format('alter table %I enable row level security', its);
    -- Also for an account that owns the tables.
    execute format('alter table %I force row level security', its);
  end loop;
end $$;
