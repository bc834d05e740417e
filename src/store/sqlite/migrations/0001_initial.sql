-- Moments are microseconds since 1970 (UTC). Never edit a migration that has landed: add the next one.

create table meta (
    key   text primary key,
    value text not null
) strict, without rowid;

-- What we poll: where it was configured, how polling stands, what extract remembers.
create table source (
    id     text primary key,
    url    text,
    state  text,
    memory text
) strict;

create index source_by_url on source (url);

create table origin (
    key   text primary key,
    state text not null
) strict;

-- The heads of the channels: one `all` a paper, one a category. 0: never had an item that readers could see.
create table paper (
    id       text primary key,
    revision integer not null default 0
) strict, without rowid;

create table category (
    id         integer primary key,
    paper      text not null,
    slug       text not null,
    title      text not null,
    configured integer not null default 0,
    revision   integer not null default 0,
    unique (paper, slug)
) strict;

-- standing: 0 awaits its article, 1 held, 2 ready, 3 withdrawn. Numbers are never used again (autoincrement), since an
-- article may still be on its way when its item goes.
create table item (
    id                  integer primary key autoincrement,
    paper               text not null,
    guid                text not null unique,
    first_seen          integer not null,
    revision            integer not null,
    changed_at          integer not null,
    standing            integer not null,
    hold_reason         text,
    published           integer not null,
    published_precision text not null,
    published_origin    text not null,
    updated             integer,
    permalink           text not null,
    title               text not null,
    title_hash          integer not null,
    fingerprint         integer not null,
    summary             text,
    content             text,
    authors             text not null,
    language            text,
    image               text,
    enclosures          text not null
) strict;

create index item_by_date on item (paper, standing, published, id);
create index item_by_title on item (paper, title_hash);

create table item_key (
    paper   text not null,
    key     text not null,
    item_id integer not null references item (id) on delete cascade,
    added   integer not null,
    primary key (paper, key)
) strict, without rowid;

create index item_key_by_item on item_key (item_id);

-- Guids of items that proved to be another one.
create table alias (
    guid    text primary key,
    item_id integer not null references item (id) on delete cascade,
    since   integer not null
) strict, without rowid;

create index alias_by_item on alias (item_id);

-- Standing and date are the item's, repeated here so that a channel is one walk of an index.
create table item_category (
    item_id     integer not null references item (id) on delete cascade,
    category_id integer not null references category (id),
    place       integer not null,
    standing    integer not null,
    published   integer not null,
    primary key (item_id, category_id)
) strict, without rowid;

create index item_category_by_date on item_category (category_id, standing, published, item_id);

-- What each source last said of an item, as digests.
create table sighting (
    item_id    integer not null references item (id) on delete cascade,
    source     text not null,
    statement  blob not null,
    standing   integer not null,
    place      integer not null,
    first_seen integer not null,
    last_seen  integer not null,
    primary key (item_id, source)
) strict, without rowid;

create index sighting_by_source on sighting (source, standing);

-- Article pages that are still to be read.
create table article_read (
    item_id       integer primary key references item (id) on delete cascade,
    source        text not null,
    attempts      integer not null,
    next_at       integer not null,
    failing_since integer,
    grace_ends_at integer
) strict;

create index article_read_by_time on article_read (next_at);
create index article_read_by_grace on article_read (grace_ends_at) where grace_ends_at is not null;

create table publication (
    path          text primary key,
    media_type    text not null,
    etag          text not null,
    last_modified integer not null,
    body          blob not null
) strict;
