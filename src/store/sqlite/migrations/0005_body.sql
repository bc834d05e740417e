-- The last documents of each source, packed. base: the newest of its source that stands for all of it and could be read; the
-- last to go. What is long stands last, so that counting never reads it.
create table body (
    id         integer primary key,
    source     text not null,
    fetched_at integer not null,
    base       integer not null,
    was_read   integer not null,
    size       integer not null,
    length     integer not null,
    digest     integer not null,
    facts      text not null,
    packed     blob not null
) strict;

create index body_by_source on body (source, fetched_at, size);
create index body_by_age on body (base, fetched_at);
