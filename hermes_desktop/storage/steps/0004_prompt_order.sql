-- Where in the prompt stands what changes, and how far from its end the author's note.

alter table conversation add column prompt_order text not null default 'stable';
alter table conversation add column note_depth integer not null default 1; -- messages that follow it
