"""What fits of the messages that were found."""

from hermes_desktop.domain.conversation import Message, MessageState, Role
from hermes_desktop.domain.recall import Recalled
from hermes_desktop.prompting.recall import turn_tokens, within


def one(depth: int, text: str, score: float) -> Recalled:
    message = Message(
        depth, 1, depth - 1, depth, depth, Role.USER, "Jonas", text, MessageState.COMPLETE, 0, 1, 1
    )
    return Recalled(message, score)


def test_the_best_come_as_they_fit_in_the_order_of_the_conversation() -> None:
    long, late, early = one(5, "x" * 400, 9), one(9, "late", 8), one(2, "early", 7)
    assert [turn_tokens(each.message) for each in (long, late, early)] == [108, 9, 10]
    assert within([long, late, early], 50) == [early, late], "what is too large is passed over"
    assert within([early, late], 18) == [late]
    assert within([early, late], 0) == [] and within([], 9) == []
    assert within([long, late], 1, lambda message: message.depth == 9) == [long, late]
