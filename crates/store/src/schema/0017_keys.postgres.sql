create trigger key_event_is_final before update or delete or truncate on key_event for each statement execute function event_is_final();
