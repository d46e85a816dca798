"""Puts anything at all in the place of something in a document."""

from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


def put(document: object, place: int, value: object) -> object:
    """Give a copy with a value in the place of the one that is met at this number."""
    left = place

    def changed(inner: object) -> object:
        nonlocal left
        left -= 1
        if left == -1:
            return value
        if isinstance(inner, dict):
            return {key: changed(item) for key, item in inner.items()}
        return [changed(item) for item in inner] if isinstance(inner, list) else inner

    return changed(document)
