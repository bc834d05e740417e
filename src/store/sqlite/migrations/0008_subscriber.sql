-- Who subscribed to our feeds, as their WebSub hub. The secret signs what is delivered.
create table subscriber (
    topic    text not null,
    callback text not null,
    secret   text,
    state    text not null,
    failures integer not null,
    primary key (topic, callback)
) strict, without rowid;
