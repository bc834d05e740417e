-- How polling stands, apart from what extract remembers: a poll that brought nothing writes a small row. A claim is the
-- wait that is written before a request leaves; it counts until the poll's own state follows it.
create table poll (
    source        text primary key,
    state         text,
    claimed_at    integer,
    claimed_until integer
) strict;

insert into poll (source, state) select id, state from source where state is not null;

alter table source drop column state;
