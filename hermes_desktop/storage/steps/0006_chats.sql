-- Conversations that came from files: what other programs said of them, and how the same file is known again.

-- JSON object: what a format says of the whole, by the format's name; '' where nothing is kept.
alter table conversation add column extra text not null default '';
-- SHA-256 of what was said when it came in; '' for what began here.
alter table conversation add column digest text not null default '';

create index conversation_digest on conversation (digest) where digest <> '';

create table message_extra (
    message_id integer not null primary key references message (id),
    extra text not null -- JSON object, as above
);
