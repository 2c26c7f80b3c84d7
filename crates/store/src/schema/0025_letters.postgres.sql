-- As on the other tables with rows of petitions (schema 24).
do $$
declare
  its text;
  free constant text := '(select coalesce(current_setting(''app.actor'', true), '''')) = ''''';
  words constant text := 'any ((select string_to_array(current_setting(''app.actor'', true), '' ''))::text[])';
begin
  foreach its in array array['letter', 'letter_print'] loop
    execute format('create policy reach on %1$I using (%2$s or (select max(r.bars) = 0 from reach r where r.petition_id = %1$I.petition_id and r.word = %3$s))', its, free, words);
    execute format('alter table %I enable row level security', its);
    execute format('alter table %I force row level security', its);
  end loop;
end $$;
