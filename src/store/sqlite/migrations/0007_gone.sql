-- What left the feeds, newest last: the tombstones of a channel are read off this index.
create index change_gone on change (paper, cursor) where kind in ('withdraw', 'erase');

-- Slugs that categories had before: an item that is labeled so stands in the category of now.
create table category_was (
    paper text not null,
    slug  text not null,
    now   text not null,
    primary key (paper, slug)
) strict, without rowid;
