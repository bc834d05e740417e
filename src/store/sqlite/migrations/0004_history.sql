-- What became of items over time. Items of older databases enter the stream and the index when this is applied.

-- The version before each substantive edit of an item that readers saw, the oldest with the lowest number.
create table revision (
    item_id     integer not null references item (id) on delete cascade,
    number      integer not null,
    replaced_at integer not null,
    title       text not null,
    summary     text,
    content     text,
    primary key (item_id, number)
) strict, without rowid;

-- What readers were told, in order. It names items by number and guid without a reference: it outlives them.
create table change (
    cursor   integer primary key autoincrement,
    paper    text not null,
    item_id  integer not null,
    guid     text not null,
    kind     text not null,
    revision integer not null,
    at       integer not null
) strict;

create index change_by_paper on change (paper, cursor);

-- The items that a source's list showed when it was last read whole, in its order: numbers of eight bytes each.
create table shown (
    source text primary key,
    items  blob not null
) strict, without rowid;

-- Items that their list lost while older neighbors stood: their page is asked for.
create table absence (
    item_id  integer primary key references item (id) on delete cascade,
    source   text not null,
    since    integer not null,
    gone     integer not null default 0,
    attempts integer not null default 0,
    next_at  integer not null
) strict;

create index absence_by_time on absence (next_at);

-- How many such pages a host was asked for on a day (days since 1970).
create table absence_day (
    host  text primary key,
    day   integer not null,
    asked integer not null
) strict, without rowid;

-- Items that the operator took back: no list brings them back.
create table taken_back (
    item_id integer primary key references item (id) on delete cascade,
    at      integer not null
) strict;

-- What is left of an erased item, and digests of what it was recognized by, so that no list brings it back.
create table tombstone (
    guid      text primary key,
    paper     text not null,
    erased_at integer not null
) strict, without rowid;

create table tombstone_key (
    digest blob primary key,
    guid   text not null references tombstone (guid) on delete cascade
) strict, without rowid;

-- Words of Ready items, folded: rowid is the item's number. It keeps no text.
create virtual table search using fts5 (
    title, summary, content, paper,
    content = '', contentless_delete = 1, tokenize = "ascii tokenchars '-'", prefix = '2 3'
);

-- Its words, in order: what a beginning may go on to.
create virtual table search_word using fts5vocab (search, instance);

create trigger item_goes after delete on item begin
    delete from search where rowid = old.id;
end;

create trigger item_leaves_readers after update of standing on item when old.standing = 2 and new.standing <> 2 begin
    delete from search where rowid = old.id;
end;

insert into change (paper, item_id, guid, kind, revision, at)
    select paper, id, guid, 'create', revision, changed_at from item where standing = 2 order by revision, id;
