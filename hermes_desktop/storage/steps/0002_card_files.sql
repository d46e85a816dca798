-- Cards as the files that came, and a digest by which the same card is known again.

create table card_file (
    key text not null primary key, -- SHA-256 of the bytes, hexadecimal
    format text not null, -- png, charx, json ...
    data blob not null
);

-- The file that this version is, byte for byte; '' where it was written or changed here.
alter table persona_version add column file text not null default '';
-- SHA-256 of the card with its keys in order; '' where nobody has reckoned it yet.
alter table persona_version add column digest text not null default '';

create index persona_version_digest on persona_version (digest);
