-- What is remembered of conversations beside their messages: pins, summaries and facts.

create table memory (
    id integer not null primary key,
    conversation_id integer not null references conversation (id),
    kind text not null, -- pin, summary, fact; another one came from a newer version
    -- The last message that it tells of; it holds on every path through this one. The root: it holds everywhere.
    message_id integer not null references message (id),
    first_depth integer not null, -- of the first message that it tells of
    who text not null default '', -- whom a fact is about
    text text not null default '',
    by_hand boolean not null default 0,
    created_at integer not null,
    deleted_at integer,
    extra text not null default '' -- JSON object: what a newer version said of it in a file
);

create index memory_conversation on memory (conversation_id);
create index memory_message on memory (message_id);
