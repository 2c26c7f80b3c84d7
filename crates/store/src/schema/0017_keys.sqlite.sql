create trigger key_event_is_final_update before update on key_event begin select raise(abort, 'events are append-only'); end;
create trigger key_event_is_final_delete before delete on key_event begin select raise(abort, 'events are append-only'); end;
