create trigger read_event_is_final before update or delete or truncate on read_event for each statement execute function event_is_final();
