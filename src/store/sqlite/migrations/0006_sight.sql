-- The fingerprints of the newest items, read without the items: what a renamed article is found by.
create index item_by_sight on item (paper, first_seen, fingerprint);
