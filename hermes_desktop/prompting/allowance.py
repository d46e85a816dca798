"""Knows how many tokens lore may still take: of all, of its book, and of the late part of the prompt."""

from dataclasses import dataclass, field

from hermes_desktop.prompting.lore_index import Ready
from hermes_desktop.prompting.placing import is_late


@dataclass(slots=True)
class Allowance:
    """Hand out tokens."""

    total: int
    late: int  # for what changes from reply to reply
    _books: dict[int, int] = field(default_factory=dict)

    def take(self, ready: Ready, tokens: int) -> bool:
        """Take tokens for an entry; say whether there were enough.

        An entry that ignores the budget still has to fit into the late part, which is kept free for it
        and cannot grow.
        """
        exempt = ready.entry.ignore_budget
        late = is_late(ready.entry)
        book = self._books.get(ready.place, ready.book.token_budget)
        if late and tokens > self.late:
            return False
        if not exempt and (tokens > self.total or (book is not None and tokens > book)):
            return False
        if late:
            self.late -= tokens
        if not exempt:
            self.total -= tokens
            if book is not None:
                self._books[ready.place] = book - tokens
        return True

    @property
    def empty(self) -> bool:
        """Say whether nothing is left."""
        return self.total <= 0
