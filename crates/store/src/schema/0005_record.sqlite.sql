create trigger event_is_final_update before update on event begin select raise(abort, 'events are append-only'); end;
create trigger event_is_final_delete before delete on event begin select raise(abort, 'events are append-only'); end;
create trigger office_event_is_final_update before update on office_event begin select raise(abort, 'events are append-only'); end;
create trigger office_event_is_final_delete before delete on office_event begin select raise(abort, 'events are append-only'); end;
