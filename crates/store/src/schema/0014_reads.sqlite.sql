create trigger read_event_is_final_update before update on read_event begin select raise(abort, 'events are append-only'); end;
create trigger read_event_is_final_delete before delete on read_event begin select raise(abort, 'events are append-only'); end;
