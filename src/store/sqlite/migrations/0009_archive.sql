-- The pages of what was published before (RFC 5005): their order, the members of each, their finished documents.

-- The number is the place in the chain: a page links to the one before it in its channel. `base` is the public address that
-- its links have. broken: it is to be made anew.
create table archive (
    id      integer primary key autoincrement,
    channel text not null,
    month   text not null,
    part    integer not null,
    base    text not null,
    broken  integer not null default 0,
    unique (channel, month, part)
) strict;

create index archive_by_channel on archive (channel, id);
create index archive_broken on archive (id) where broken = 1;

create table archive_document (
    path          text primary key,
    archive_id    integer not null references archive (id) on delete cascade,
    etag          text not null,
    last_modified integer not null,
    gzip          blob not null
) strict;

create index archive_document_by_archive on archive_document (archive_id);

-- The page on which an item stands: of its paper's channel of everything, and of each category.
alter table item add column archive integer;
alter table item_category add column archive integer;

create index item_unarchived on item (paper, published, id) where standing = 2 and archive is null;
create index item_by_archive on item (archive) where archive is not null;
create index item_category_unarchived on item_category (category_id, published, item_id)
    where standing = 2 and archive is null;
create index item_category_by_archive on item_category (archive) where archive is not null;
