"""Knows llama.cpp's functions for the cells of a context's cache; what stands in them is decided elsewhere.

There are two sequences. What is resident stands in the first. In the second one, which has the cells before
a position in common with it, tokens can be read as if nothing stood behind them.
"""

import ctypes
import os

import llama_cpp

_ROTATED = 64  # heads of a multiple are turned before they are quantised

SEQUENCES = 2
MAIN, BESIDE = range(SEQUENCES)


class Cells:
    """The cells of one context."""

    def __init__(
        self, model: llama_cpp.llama_model_p, context: llama_cpp.llama_context_p, *, quantised: bool
    ) -> None:
        """Take a context, and whether its cache is of less than 16 bits."""
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        # What sums up all tokens in a state has nothing that could be moved, whatever it says itself.
        sums_up = llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model)
        shifts = bool(llama_cpp.llama_memory_can_shift(self._memory)) and not sums_up
        # WORKAROUND https://github.com/ggml-org/llama.cpp/pull/25636: moving quantised cells that were not
        # turned reads a null pointer, and ends the process.
        turned = _head(model) % _ROTATED == 0 and os.environ.get("LLAMA_ATTN_ROT_DISABLE", "0") == "0"
        self._shifts = shifts and (turned or not quantised)
        self.settled = True  # False: moved, which takes effect when something is read next

    def can_shift(self) -> bool:
        """Say whether cells can be moved to other positions."""
        return self._shifts

    def span(self, sequence: int = MAIN) -> tuple[int, int]:
        """Give the first position and the last one; -1 where there is none."""
        first = llama_cpp.llama_memory_seq_pos_min(self._memory, sequence)
        return int(first), int(llama_cpp.llama_memory_seq_pos_max(self._memory, sequence))

    def remove(self, start: int, stop: int) -> bool:
        """Forget the cells of these positions; False where this kind of memory cannot."""
        return bool(llama_cpp.llama_memory_seq_rm(self._memory, MAIN, start, stop))

    def move(self, start: int, stop: int, delta: int) -> None:
        """Move cells to other positions."""
        self.settled = False
        llama_cpp.llama_memory_seq_add(self._memory, MAIN, start, stop, delta)

    def clear(self) -> None:
        """Forget everything."""
        self.settled = True
        llama_cpp.llama_memory_clear(self._memory, False)

    # ---- reading beside -------------------------------------------------------------------------------

    def share(self, stop: int) -> None:
        """Begin the second sequence with what stands before a position."""
        llama_cpp.llama_memory_seq_cp(self._memory, MAIN, BESIDE, 0, stop)

    def adopt(self, start: int, stop: int) -> None:
        """Take what was read in the second sequence into the first one, which has nothing there."""
        llama_cpp.llama_memory_seq_cp(self._memory, BESIDE, MAIN, start, stop)

    def end_sharing(self) -> None:
        """Forget the second sequence."""
        llama_cpp.llama_memory_seq_rm(self._memory, BESIDE, -1, -1)

    # ---- put away -------------------------------------------------------------------------------------

    def size(self) -> int:
        """Count the bytes that `state` takes."""
        return int(llama_cpp.llama_state_seq_get_size(self._context, MAIN))

    def state(self) -> bytearray | None:
        """Copy what is resident; None where that cannot be done now, or fails."""
        if not self.settled:  # the positions are told as they will be, the numbers as they were
            return None
        try:
            state = bytearray(self.size())
        except MemoryError:
            return None
        view = (ctypes.c_uint8 * len(state)).from_buffer(state)
        copied = llama_cpp.llama_state_seq_get_data(self._context, view, len(state), MAIN)
        return state if copied == len(state) > 0 else None

    def restore(self, state: bytearray) -> bool:
        """Put a copy in the place of everything; where that fails there is nothing."""
        self.clear()
        view = (ctypes.c_uint8 * len(state)).from_buffer(state)
        if llama_cpp.llama_state_seq_set_data(self._context, view, len(state), MAIN) == len(state):
            return True
        self.clear()
        return False


def _head(model: llama_cpp.llama_model_p) -> int:
    """Count the numbers of a head's key."""
    architecture = _told(model, "general.architecture")
    named = _told(model, f"{architecture}.attention.key_length")
    if named.isdigit():
        return int(named)
    return int(llama_cpp.llama_model_n_embd(model)) // max(1, int(llama_cpp.llama_model_n_head(model)))


def _told(model: llama_cpp.llama_model_p, key: str) -> str:
    """Give what a file says under a key; "" for nothing."""
    buffer = ctypes.create_string_buffer(128)
    length = llama_cpp.llama_model_meta_val_str(model, key.encode(), buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace") if length >= 0 else ""
