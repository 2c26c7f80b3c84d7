-- To whom a mail was sent, by a keyed hash: how much one person is sent is bounded (MAIL-2).
alter table outbox add column recipient text not null default '';
-- Tried for days in vain and put away.
alter table outbox add column given_up integer not null default 0;

create index outbox_sent on outbox (recipient, done_at);
