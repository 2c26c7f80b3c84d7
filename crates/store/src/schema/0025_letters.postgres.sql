-- As on the other tables with rows of petitions (schema 24).
create policy reach on letter using ((select coalesce(current_setting('app.actor', true), '')) = '' or (select max(r.bars) = 0 from reach r where r.petition_id = letter.petition_id and r.word = any ((select string_to_array(current_setting('app.actor', true), ' '))::text[])));
alter table letter enable row level security;
alter table letter force row level security;
