-- The first schema. Times are milliseconds since 1970, UTC.

create table picture (
    key text not null primary key, -- SHA-256 of the bytes, hexadecimal
    mime text not null,
    data blob not null
);

create table profile (
    id integer not null primary key,
    deleted_at integer
);

create table profile_version (
    id integer not null primary key,
    profile_id integer not null references profile (id),
    number integer not null,
    name text not null,
    description text not null,
    avatar text not null,
    created_at integer not null,
    unique (profile_id, number)
);

create table persona (
    id integer not null primary key,
    shipped text not null, -- name of the card it was seeded from, '' for the person's own
    favourite boolean not null,
    deleted_at integer
);

create table persona_version (
    id integer not null primary key,
    persona_id integer not null references persona (id),
    number integer not null,
    name text not null,
    fields text not null, -- JSON of the fields that the app uses
    spec text not null,
    card text not null, -- the whole card, with what the app does not know
    avatar text not null,
    lore_entries integer not null,
    created_at integer not null,
    unique (persona_id, number)
);

create table model (
    id integer not null primary key,
    name text not null,
    path text not null unique,
    size integer not null,
    modified_ns integer not null,
    sha256 text not null,
    verified_at integer not null,
    added_at integer not null,
    header text not null -- JSON
);

create table conversation (
    id integer not null primary key,
    title text not null,
    persona_id integer not null references persona (id),
    persona_version_id integer not null references persona_version (id),
    profile_version_id integer not null references profile_version (id),
    root_id integer references message (id) deferrable initially deferred,
    tip_id integer references message (id) deferrable initially deferred,
    memory_line_id integer references message (id),
    created_at integer not null,
    updated_at integer not null,
    favourite boolean not null,
    deleted_at integer,
    draft text not null,
    view_message_id integer references message (id),
    view_offset integer not null,
    authors_note text not null,
    preset text not null,
    messages integer not null -- visible ones on the current path
);

-- A run of messages without a fork. Below start_depth it continues its parent.
create table branch (
    id integer not null primary key,
    conversation_id integer not null references conversation (id),
    parent_branch_id integer references branch (id),
    start_depth integer not null
);

create table message (
    id integer not null primary key,
    conversation_id integer not null references conversation (id),
    branch_id integer not null references branch (id),
    parent_id integer references message (id), -- null for the empty root
    depth integer not null,
    role text not null,
    name text not null,
    text text not null,
    checksum blob not null, -- BLAKE2b of the text, 8 bytes: SQLite does not notice changed text
    state text not null,
    stop_reason text,
    created_at integer not null,
    active_child_id integer references message (id),
    deleted_at integer,
    unique (branch_id, depth)
);

create index message_parent on message (parent_id);
create index message_deleted on message (branch_id, depth) where deleted_at is not null;
create index message_running on message (id) where state = 'running';
create index branch_conversation on branch (conversation_id);
create index conversation_updated on conversation (updated_at);

create table generation (
    message_id integer not null primary key references message (id),
    record text not null, -- JSON without the tokens
    tokens blob not null, -- little-endian 32-bit ids
    tokenizer_hash text not null
);

-- What undo needs: the changed cells, before and after.
create table journal (
    id integer not null primary key,
    conversation_id integer references conversation (id),
    act text not null,
    changes text not null, -- JSON
    undone boolean not null,
    created_at integer not null
);

create index journal_conversation on journal (conversation_id, undone, id);
