-- The last documents of each source. whole: it could be read and stands for all of its source; base: the newest such one, the
-- last to go. The packed bytes stand apart, so that a changed mark rewrites none of them.
create table body (
    id         integer primary key,
    source     text not null,
    fetched_at integer not null,
    base       integer not null,
    whole      integer not null,
    was_read   integer not null,
    size       integer not null,
    length     integer not null,
    digest     integer not null,
    facts      text not null
) strict;

create index body_by_source on body (source, fetched_at, size);
create index body_by_age on body (base, fetched_at);

create table body_bytes (
    id     integer primary key references body (id) on delete cascade,
    packed blob not null
) strict;
