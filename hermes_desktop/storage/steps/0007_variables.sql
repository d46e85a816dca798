-- What macros have noted: {{setvar}} and its like, {{setglobalvar}} and its like.

-- Holds from this message on, on every path that goes through it, until a later one says otherwise.
create table message_variables (
    message_id integer not null primary key references message (id),
    variables text not null -- JSON object of texts
);

-- One row: what every conversation knows.
create table common_variables (
    id integer not null primary key check (id = 1),
    variables text not null
);
