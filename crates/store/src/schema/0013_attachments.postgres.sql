-- What is encrypted does not get smaller: the server need not try.
alter table attachment_chunk alter column body set storage external;
