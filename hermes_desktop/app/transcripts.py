"""Knows how a conversation is exported: what it would reveal, how it begins, to which file."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app import pages, saving, transcript_words, whole
from hermes_desktop.app.chat_forms import Seen
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.app.telling import Telling, Wish
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.transcript import (
    SHIPPED_CHOICES,
    TO_READ,
    Choices,
    ChoicesPreset,
    Format,
    Item,
    Labels,
    Opening,
    Reveal,
    Told,
)
from hermes_desktop.storage import conversations, messages, personas, profiles
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.transcripts import Walk
from hermes_desktop.transcripts import html, markdown, plain
from hermes_desktop.transcripts.parts import one_line
from hermes_desktop.transcripts.reveals import Watch

T = TypeVar("T")
_LINE = 160  # letters of a message in a list
_SHOWN = 12  # messages of a preview
_WRITERS: dict[Format, Callable[[Opening, Iterable[Item], Labels], Iterator[str]]] = {
    Format.HTML: html.write,
    Format.MARKDOWN: markdown.write,
    Format.TEXT: plain.write,
}


class _StoppedError(Exception):
    """The person wants it no more."""


@dataclass(slots=True, eq=False)
class _Job:
    wish: Wish
    stopped: bool = False  # read by the thread that writes


@dataclass(frozen=True, slots=True)
class Preview:
    """How a transcript begins."""

    opening: Opening
    items: tuple[Item, ...]
    text: str  # as the file has it; nothing where that is not for reading


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a conversation before anything is chosen."""

    title: str
    my_name: str
    persona_name: str
    messages: int


@dataclass(frozen=True, slots=True)
class Line:
    """How a message begins."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Copied:
    """What goes to the clipboard."""

    markdown: str
    html: str


class _Watched:
    """Look at what is told while it passes."""

    def __init__(self, telling: Telling, choices: Choices) -> None:
        self._telling, self._watch = telling, Watch(choices)

    def items(self, seen: Callable[[int], None]) -> Iterator[Item]:
        """Give the messages."""
        for item in self._telling.items(seen):
            if isinstance(item, Told):
                self._watch.see(item)
            yield item

    def reveals(self) -> tuple[Reveal, ...]:
        """Say what was private in them, and in what stands above."""
        profile, system = self._telling.profile(), self._telling.system()
        for leaf in (profile, *system):
            if leaf is not None:
                self._watch.see_text(leaf.text)
        return self._watch.reveals(profile, system)


class TranscriptsService(QObject):
    """Write conversations, for people to read or whole; nothing of them is changed by that."""

    progressed = Signal(int, int)  # messages done, all of them, about
    ended = Signal(object, bool)  # Path | None, and whether it is whole: otherwise it was stopped
    failed = Signal(object)  # KnownError

    _moved = Signal(int, int)

    def __init__(
        self,
        open_database: Callable[[], Database],
        preferences: PreferencesService,
        tasks: Tasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._open, self._preferences, self._tasks = open_database, preferences, tasks
        self._job: _Job | None = None
        self._moved.connect(self.progressed)  # from whatever thread

    # ---- choices -----------------------------------------------------------------------------------

    def presets(self) -> tuple[ChoicesPreset, ...]:
        """List the shipped presets and the person's own."""
        shipped = tuple(ChoicesPreset(name, choices) for name, choices in SHIPPED_CHOICES.items())
        return shipped + self._preferences.value.transcript_presets

    def preset(self, name: str) -> ChoicesPreset:
        """Give the preset of this name; raises TRANSCRIPT_PRESET."""
        wanted = (name or TO_READ).casefold()
        for preset in self.presets():
            if wanted in (preset.name.casefold(), transcript_words.preset_name(preset.name).casefold()):
                return preset
        raise KnownError(ErrorKind.TRANSCRIPT_PRESET, name=name)

    def save_preset(self, name: str, choices: Choices) -> ChoicesPreset:
        """Keep choices under a name; a shipped preset is never overwritten."""
        own = " ".join(name.split()) or self.tr("My choices")
        taken = {*SHIPPED_CHOICES, *(transcript_words.preset_name(each) for each in SHIPPED_CHOICES)}
        if own.casefold() in {each.casefold() for each in taken}:
            own = self.tr("{name} (mine)").replace("{name}", own)
        kept = self._preferences.value.transcript_presets
        others = tuple(preset for preset in kept if preset.name.casefold() != own.casefold())
        made = ChoicesPreset(own, choices)
        self._preferences.update(transcript_presets=(*others, made))
        return made

    def delete_preset(self, name: str) -> None:
        """Forget one of the person's own presets."""
        left = tuple(each for each in self._preferences.value.transcript_presets if each.name != name)
        self._preferences.update(transcript_presets=left)

    def remember(self, form: Format, preset: str) -> None:
        """Begin with these the next time."""
        self._preferences.update(transcript_format=form.value, transcript_preset=preset)

    def last(self) -> tuple[Format, ChoicesPreset]:
        """Give what was chosen the last time."""
        value = self._preferences.value
        forms = {form.value: form for form in Format}
        try:
            preset = self.preset(value.transcript_preset)
        except KnownError:  # it was deleted
            preset = self.preset(TO_READ)
        return forms.get(value.transcript_format, Format.HTML), preset

    # ---- looking -----------------------------------------------------------------------------------

    def about(self, conversation_id: int) -> About:
        """Say what a conversation is."""
        with self._reading() as session:
            found = conversations.get(session, conversation_id)
            persona = personas.get_version(session, found.persona_version_id)
            profile = profiles.get_version(session, found.profile_version_id)
            count = messages.count(session, conversation_id)
            return About(found.title, profile.name, persona.fields.spoken_name, count)

    def lines(self, conversation_id: int, first: int, count: int) -> list[Line]:
        """Give how some messages begin, from a position on."""
        with self._reading() as session:
            found = Walk(session, conversation_id, versions=False).slice(first, count)
            return [Line(one_line(each.name), one_line(each.text[:_LINE])[:_LINE]) for each in found]

    def preview(self, wish: Wish) -> Preview:
        """Show how it begins."""
        with self._reading() as session:
            telling = self._telling(session, wish)
            if wish.form.whole:
                text = whole.beginning(session, wish.conversation_id, wish.form)
                return Preview(telling.opening(), (), text)
            opening, items = telling.opening(), tuple(islice(telling.items(), _SHOWN))
        write = _WRITERS.get(wish.form) if wish.form is not Format.HTML else None
        text = "".join(write(opening, items, transcript_words.labels())) if write else ""
        return Preview(opening, items, text)

    def reveals(self, wish: Wish, stopped: Callable[[], bool] = lambda: False) -> tuple[Reveal, ...]:
        """Read it whole and say what is private in it."""
        with self._reading() as session:
            if wish.form.whole:
                seen = partial(_go_on, stopped)
                return whole.reveals(session, wish.conversation_id, wish.form, seen)
            watched = _Watched(self._telling(session, wish), wish.choices)
            for _item in watched.items(partial(_go_on, stopped)):
                pass
            return watched.reveals()

    def look(self, wish: Wish, done: Callable[[tuple[Reveal, ...]], None]) -> Callable[[], None]:
        """Say off the event loop what is private in it; what is given back stops that."""
        return self._apart(wish, lambda stopped: self.reveals(wish, stopped), done)

    def look_ahead(self, wish: Wish, done: Callable[[Preview], None]) -> Callable[[], None]:
        """Show off the event loop how it begins; what is given back stops that."""
        return self._apart(wish, lambda _stopped: self.preview(wish), done)

    def _apart(
        self, wish: Wish, look: Callable[[Callable[[], bool]], T], done: Callable[[T], None]
    ) -> Callable[[], None]:
        job = _Job(wish)

        def work() -> T | None:
            try:
                return None if job.stopped else look(lambda: job.stopped)
            except _StoppedError:
                return None

        def tell(found: T | None) -> None:
            if found is not None and not job.stopped:
                done(found)

        def stop() -> None:
            job.stopped = True

        self._tasks.run(work, tell)
        return stop

    def name_of(self, wish: Wish) -> str:
        """Propose a name for the file."""
        with self._reading() as session:
            return saving.file_name(self._telling(session, wish).opening().title, wish.form, "conversation")

    # ---- writing -----------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Say whether something is being written."""
        return self._job is not None

    def save(self, wish: Wish, file: Path) -> None:
        """Write a file off the event loop; `ended` or `failed` says what became of it."""
        job = _Job(wish)
        self._start(job, lambda: self.write_file(wish, file, partial(self._note, job)), file)

    def print_on(self, wish: Wish, device: pages.Device) -> None:
        """Draw it on a printer off the event loop."""
        job = _Job(wish)

        def work() -> None:
            with self._reading() as session:
                telling = self._telling(session, wish)
                items = telling.items(partial(self._note, job, total=telling.total))
                drawing = pages.Pages(device, telling.opening(), transcript_words.labels())
                if not pages.apart(lambda: drawing.draw(items)):
                    raise KnownError(ErrorKind.PRINTER)

        self._start(job, work, None)

    def copy(self, wish: Wish, done: Callable[[Copied], None]) -> None:
        """Write it for the clipboard, off the event loop."""
        self._tasks.run(partial(self.copied, wish), done)

    def copied(self, wish: Wish) -> Copied:
        """Write the messages as Markdown and as rich text, without what stands above them."""
        words = transcript_words.labels()
        with self._reading() as session:
            items = list(self._telling(session, wish).items())
        bare = (
            markdown.aside(item) if not isinstance(item, Told) else markdown.told(item, words)
            for item in items
        )
        return Copied("".join(bare).lstrip("\n"), "".join(html.fragment(items, words)))

    def cancel(self) -> None:
        """Stop what is being written; nothing of it is left."""
        if self._job is not None:
            self._job.stopped = True

    def write_file(self, wish: Wish, file: Path, seen: Seen) -> tuple[Reveal, ...]:
        """Write a file here and now, whole or not at all; raises DISK_FULL or FILE_UNWRITABLE."""
        with saving.replacing(file) as opened:
            return self.write_to(wish, opened, seen)

    def write_to(self, wish: Wish, opened: BinaryIO, seen: Seen) -> tuple[Reveal, ...]:
        """Write into an open file and say what is private in it; `seen` may raise to stop."""
        words = transcript_words.labels()
        with self._reading() as session:
            if wish.form.whole:
                return whole.write(session, wish.conversation_id, wish.form, opened, seen)
            telling = self._telling(session, wish)
            watched = _Watched(telling, wish.choices)
            items = watched.items(partial(seen, total=telling.total))
            if wish.form is Format.PDF:
                pages.write_pdf(opened, telling.opening(), items, words, dated=wish.choices.times)
            else:
                for piece in _WRITERS[wish.form](telling.opening(), items, words):
                    opened.write(piece.encode("utf-8", "replace"))
            return watched.reveals()

    # ---- inside ------------------------------------------------------------------------------------

    def _start(self, job: _Job, work: Callable[[], object], file: Path | None) -> None:
        assert self._job is None  # whoever starts asks `busy`
        self._job = job

        def whole() -> bool:
            try:
                work()
            except _StoppedError:
                return False
            return True

        self._tasks.run(whole, partial(self._on_ended, file), self._on_failed)

    def _on_ended(self, file: Path | None, whole: bool) -> None:
        self._job = None
        self.ended.emit(file if whole else None, whole)

    def _on_failed(self, error: KnownError) -> None:
        self._job = None
        self.failed.emit(error)

    def _note(self, job: _Job, done: int, total: int) -> None:
        _go_on(lambda: job.stopped, done)
        self._moved.emit(done, total)

    def _telling(self, session: Session, wish: Wish) -> Telling:
        return Telling(session, wish, self._preferences.value.system_prompt)

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        """Read through a connection of its own: any thread may, and all of it is of one moment."""
        database = self._open()
        try:
            with database.session() as session:
                yield session
        finally:
            database.close()


def _go_on(stopped: Callable[[], bool], _done: int, _total: int = 0) -> None:
    if stopped():
        raise _StoppedError
