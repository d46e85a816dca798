-- Lorebooks as things of their own, and where each speaks.

create table lorebook (
    id integer not null primary key,
    deleted_at integer
);

create table lorebook_version (
    id integer not null primary key,
    lorebook_id integer not null references lorebook (id),
    number integer not null,
    name text not null,
    spec text not null, -- the form it came in, 'own' where it was written here
    document text not null, -- the whole book as JSON, with what the app does not know
    entries integer not null,
    file text not null, -- the file that this version is, byte for byte; '' where it was written or changed here
    digest text not null, -- SHA-256 of the document as it came, with its keys in order; '' after a change
    created_at integer not null,
    unique (lorebook_id, number)
);

create index lorebook_version_digest on lorebook_version (digest);

-- The narrowest one decides whether a book speaks: conversation, profile, persona, everywhere.
create table lorebook_binding (
    id integer not null primary key,
    lorebook_id integer not null references lorebook (id),
    scope text not null, -- chat, profile, persona or global
    holder_id integer not null, -- of the conversation, profile or persona; 0 where it is global
    active boolean not null,
    unique (lorebook_id, scope, holder_id)
);

create index lorebook_binding_holder on lorebook_binding (scope, holder_id);
