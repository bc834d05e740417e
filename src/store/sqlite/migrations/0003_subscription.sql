-- What we asked WebSub hubs for. The token is the last part of the callback's path, the secret signs what is pushed.
create table subscription (
    token  text primary key,
    source text not null,
    secret text not null,
    state  text not null
) strict, without rowid;
