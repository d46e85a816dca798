-- Profiles that came from files, and which profile a persona's new conversations begin with.

-- JSON: the document that the profile came as, with what the app does not know; '' where it was written here.
alter table profile_version add column original text not null default '';

create table profile_binding (
    persona_id integer not null primary key references persona (id),
    profile_id integer not null references profile (id)
);
