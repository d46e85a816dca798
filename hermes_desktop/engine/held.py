"""Knows what the cells of a loaded model hold, and brings them to what a prompt wants; not what it wants."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from hermes_desktop import machine
from hermes_desktop.domain.replay import Batch
from hermes_desktop.engine import cells, kv, llama, schedule, tokens

Told = Callable[[int], None]  # hears how many tokens a batch had that was read


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy of the cells, and what they hold."""

    state: bytearray
    resident: tuple[kv.Run, ...]
    batches: tuple[Batch, ...]


@dataclass(slots=True)
class Held:
    """A loaded model, how it is spoken to, and what its cells hold."""

    model: llama.Llama
    form: tokens.ChatFormat
    resident: list[kv.Run]
    batches: list[Batch]  # in which these were evaluated

    def forget(self) -> None:
        """Empty the cells."""
        self.resident, self.batches = [], []
        self.model.cells.clear()

    # ---- for the next prompt ----------------------------------------------------------------------------

    def plan(self, wanted: Sequence[kv.Run], forgotten: Collection[int], *, exact: bool) -> kv.Plan:
        """Plan what to do; an exact reply keeps nothing that was moved."""
        if exact:
            self._drop_moved()
        exact = exact or not self.model.cells.can_shift()
        return kv.plan(self.resident, wanted, forgotten, exact=exact)

    def reuse(self, plan: kv.Plan, wanted: Sequence[kv.Run]) -> kv.Plan:
        """Remove and move cells; give what is left to do."""
        if not all(self.model.cells.remove(start, stop) for start, stop in plan.removals):
            self.forget()  # a kind of memory that forgets all or nothing
            return kv.plan((), wanted)
        for move in plan.moves:
            self.model.cells.move(move.start, move.stop, move.delta)
        self._set_reused(plan, wanted, 0)
        return plan

    def read(self, plan: kv.Plan, wanted: Sequence[kv.Run], threads: int, told: Told) -> None:
        """Evaluate what is missing. Raises AbortedError; what was read before that stays."""
        for number in range(len(plan.inserts)):
            self._insert(plan, wanted, number, told)
        ids, position = kv.flat(wanted), plan.position
        while position < plan.tokens:
            batch = ids[position : position + self.model.batch]
            try:
                self.model.evaluate(batch, position)
            except llama.AbortedError:
                self.model.cells.remove(position, -1)
                raise
            position += len(batch)
            self.resident = kv.truncated(wanted, position)
            self.batches = schedule.grown(self.batches, len(batch), threads)
            told(len(batch))

    def schedule(self, plan: kv.Plan, threads: int) -> tuple[Batch, ...]:
        """Tell in which batches the prompt will have been evaluated, before it is read."""
        before = schedule.moved(self.batches, plan.kept, plan.shifted + plan.inserted)
        return schedule.planned(before, len(plan.evaluate), self.model.batch, threads)

    def add(self, drawn: Sequence[int], threads: int) -> None:
        """Take note of tokens that were evaluated behind the last run one by one."""
        last = self.resident[-1]
        self.resident = [*self.resident[:-1], replace(last, tokens=(*last.tokens, *drawn))]
        self.batches = list(schedule.planned(self.batches, len(drawn), 1, threads))

    def _drop_moved(self) -> None:
        """Forget cells that were moved, and what stands behind them: nothing makes them again."""
        sound = schedule.sound(self.batches)
        if sound >= self._length():
            return
        if self.model.cells.remove(sound, -1):
            self.resident = kv.truncated(self.resident, sound)
            self.batches = schedule.truncated(self.batches, sound)
        else:
            self.forget()

    def _length(self) -> int:
        return sum(len(run.tokens) for run in self.resident)

    # ---- insertions -------------------------------------------------------------------------------------

    def _set_reused(self, plan: kv.Plan, wanted: Sequence[kv.Run], done: int) -> None:
        """Take note of what is resident when so many insertions are done."""
        inserted = sum(len(insert.tokens) for insert in plan.inserts[:done])
        self.resident = kv.without(kv.truncated(wanted, plan.position), plan.inserts[done:])
        self.batches = schedule.moved(self.batches, plan.kept, plan.shifted + inserted)

    def _insert(self, plan: kv.Plan, wanted: Sequence[kv.Run], number: int, told: Told) -> None:
        try:
            self._read_beside(plan.inserts[number], told)
        except llama.AbortedError:
            # Close the gaps, so that what stands behind them is not read anew next time.
            for insert in reversed(plan.inserts[number:]):
                self.model.cells.move(insert.stop, -1, -len(insert.tokens))
            raise
        self._set_reused(plan, wanted, number + 1)

    def _read_beside(self, insert: kv.Insert, told: Told) -> None:
        """Fill a gap. llama.cpp reads only behind the last position of a sequence, so another one does it."""
        model, step = self.model, self.model.batch
        model.cells.share(insert.position)
        try:
            for at in range(0, len(insert.tokens), step):
                batch = insert.tokens[at : at + step]
                model.evaluate(batch, insert.position + at, cells.BESIDE)
                told(len(batch))
            model.cells.adopt(insert.position, insert.stop)
        finally:
            model.cells.end_sharing()

    # ---- put away ---------------------------------------------------------------------------------------

    def keep(self, wanted: Sequence[kv.Run]) -> Kept | None:
        """Copy what a prompt would push out, where it would and there is room for a copy."""
        length = self._length()
        if kv.common_prefix(kv.flat(self.resident), kv.flat(wanted)) >= length:
            return None
        if self.model.cells.size() > machine.free_memory() // 2:
            return None
        state = self.model.cells.state()
        return None if state is None else Kept(state, tuple(self.resident), tuple(self.batches))

    def put_back(self, kept: Kept) -> None:
        """Make the cells what they were when the copy was made; empty where that fails."""
        self.resident, self.batches = list(kept.resident), list(kept.batches)
        restored = self.model.cells.restore(kept.state)
        if not restored or self.model.cells.span() != (0, self._length() - 1):
            self.forget()
