create function event_is_final() returns trigger language plpgsql as $$ begin raise exception 'events are append-only'; end $$;
create trigger event_is_final before update or delete or truncate on event for each statement execute function event_is_final();
create trigger office_event_is_final before update or delete or truncate on office_event for each statement execute function event_is_final();
