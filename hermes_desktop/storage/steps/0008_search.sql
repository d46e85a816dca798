-- The words of what was said, by which messages are found; triggers see to it that none is forgotten.

-- A reply that is being written is no part of it, so that saving it twice a second costs nothing here.
create view message_said as select id, text from message where state <> 'running';

create virtual table message_words using fts5 (
    text, content = 'message_said', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);

create trigger message_said_added after insert on message when new.state <> 'running' begin
    insert into message_words (rowid, text) values (new.id, new.text);
end;

create trigger message_said_changed after update of text, state on message
when new.text is not old.text or (new.state = 'running') <> (old.state = 'running') begin
    insert into message_words (message_words, rowid, text)
    select 'delete', old.id, old.text where old.state <> 'running';
    insert into message_words (rowid, text) select new.id, new.text where new.state <> 'running';
end;

create trigger message_said_removed after delete on message when old.state <> 'running' begin
    insert into message_words (message_words, rowid, text) values ('delete', old.id, old.text);
end;

-- Scripts without spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, Chinese and Japanese. Their words cannot
-- be listed, so texts that have any are looked through. The length in bytes spares most texts the pattern.
create index message_unspaced on message (id)
where length(cast(text as blob)) > length(text)
and text glob '*[฀-࿿က-႟ក-៿぀-ㇿ㐀-鿿豈-﫿ｦ-ﾝ𠀀-𲎯]*';

insert into message_words (message_words) values ('rebuild');
