"""Keys are found as whole words where a script has words, and the sieve loses none of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.prompting import pattern
from hermes_desktop.prompting.keys import TEXT_LIMIT, Sieve, Text, Word, key_of
from hermes_desktop.prompting.pattern import Patience


def found(key: str, text: str, *, sensitive: bool = False, whole: bool = True) -> str:
    made = key_of(key, sensitive=sensitive, whole=whole)
    assert made is not None
    return made.find(Text([text]))


@pytest.mark.parametrize(
    ("key", "text", "whole", "there"),
    [
        ("cat", "the Cat.", True, True),
        ("cat", "cats", True, False),
        ("cat", "concat", True, False),
        ("cat", "concat", False, True),
        ("cat", "cat_a", True, False),
        ("old cat", "an old cats' home", True, True),  # with a space inside: wherever it stands
        ("o'brien", "O'Brien's", True, True),
        ("o'brien", "po'brien", True, False),
        ("o'brien", "po'brien o'brienne o'brien", True, True),
        ("c++", "I write C++11", True, True),
        ("#tag", "a#tag", True, True),
        ("кот", "Кот спит", True, True),
        ("кот", "который", True, False),
        ("猫", "黒猫がいる", True, True),
        ("灯台", "古い灯台の", True, True),
        ("แมว", "มีแมวอยู่", True, True),
        ("cat", "我有cat了", True, True),
        ("고양이", "고양이가 잔다", True, True),
        ("고양이", "길고양이", True, False),
        ("café", "CAFÉ", True, True),
        ("cafe", "cafe\u0301", True, False),
        ("é", "é", True, True),
        ("naïve", "naïvely", True, False),
    ],
)
def test_where_a_key_counts(key: str, text: str, whole: bool, there: bool) -> None:
    assert found(key, text, whole=whole) == (key if there else "")


def test_case_may_count() -> None:
    assert found("Rose", "rose", sensitive=True) == ""
    assert found("Rose", "a Rose", sensitive=True) == "Rose"
    assert found("A Rose", "a rose", sensitive=True) == ""


def test_nothing_is_no_key() -> None:
    assert key_of(" \n", sensitive=False, whole=True) is None


def test_a_text_grows_at_its_end() -> None:
    text = Text(["cat"])
    words = [
        key_of(key, sensitive=s, whole=w) for key in ("dog", "catd", "cat") for s in (0, 1) for w in (0, 1)
    ]
    before = [word.find(text) for word in words if word]
    text.grow(["dog", "owl"])
    after = [word.find(text) for word in words if word]
    assert before == [""] * 8 + ["cat"] * 4
    assert after == ["dog"] * 4 + [""] * 4 + ["cat"] * 4
    assert [word.find(text) for word in words if word] == after


def test_what_is_far_back_in_a_long_text_is_left() -> None:
    text = Text(["a" * TEXT_LIMIT, "cat"])
    assert found("cat", "b" + "a" * 10) == "" and key_of("cat", sensitive=False, whole=False).find(text) == ""  # type: ignore[union-attr]


_LETTERS = st.text(alphabet="abAB éΣσςİß猫แ한_-1 ", min_size=1, max_size=7)


@given(
    st.lists(_LETTERS, max_size=8), st.lists(_LETTERS, min_size=1, max_size=6), st.booleans(), st.booleans()
)
def test_the_sieve_loses_nothing_and_growing_changes_nothing(
    keys: list[str], parts: list[str], sensitive: bool, whole: bool
) -> None:
    made = [
        (at, key) for at, one in enumerate(keys) if (key := key_of(one, sensitive=sensitive, whole=whole))
    ]
    sieve = Sieve(made)
    grown = Text(parts[:1])
    for part in parts[1:]:
        sieve.candidates(grown)
        [key.find(grown) for _, key in made]
        grown.grow([part])
    once = Text(list(parts))
    there = {at for at, key in made if key.find(once)}
    assert there == {at for at, key in made if key.find(grown)}
    assert there <= sieve.candidates(grown) and there <= sieve.candidates(once)
    for at, key in made:
        assert isinstance(key, Word)
        hay = once.plain if sensitive else once.lower
        assert (at in there) == _plainly(key, hay)


def _plainly(key: Word, hay: str) -> bool:
    """Look at every place, one by one."""
    ends = [at for at in range(len(hay)) if hay.startswith(key.sought, at)]
    return any(
        (not key.starts or at == 0 or not _is_word(hay[at - 1]))
        and (not key.ends or at + len(key.sought) == len(hay) or not _is_word(hay[at + len(key.sought)]))
        for at in ends
    )


def _is_word(letter: str) -> bool:
    return (letter.isalnum() or letter in "_\u0307") and letter not in "猫แ"


# ---- patterns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "text", "word"),
    [
        ("/c[aeiou]t/", "a cut", "cut"),
        ("/CAT/i", "a cat", "cat"),
        ("/CAT/", "a cat", ""),
        (r"/a\/b/", "a/b", "a/b"),
        ("/a$/", "a\n", ""),
        ("/a$/m", "a\nb", "a"),
        ("/^b/m", "a\nb", "b"),
        ("/a.b/s", "a\nb", "a b"),
        ("/a[^]b/", "a\nb", "a b"),
        ("/a[]|b/", "ab", "b"),
        (r"/\w+x/", "éx", ""),
        (r"/(?<x>a)\k<x>/", "baa", "aa"),
        (r"/\u{1F600}/u", "\U0001f600", "\U0001f600"),
        (r"/\u0041/", "A", "A"),
        (r"/[\]a[]+/", "x]a[", "]a["),
        (r"/[$]/", "5$", "$"),
        (r"/\A/", "a", ""),
        (r"/\d+\-\d/", "12-3", "12-3"),
        ("/(?=a)/", "a", "…"),
        ("/\x01Sam:/", "Mira: a\n\x01Sam: b", "Sam:"),
        ("/(/", "(", ""),
        ("/" + "a" * 3000 + "/", "a" * 3000, ""),
        ("/[^\\W]ä/u", "äää", "ää"),
        ("/a{e}/", "aa{e}", "a{e}"),
        ("/a{2}b/", "aab", "aab"),
        ("/(?i:A)b/", "ab", "ab"),
        (r"/\(?>/", "(>", "(>"),
        ("/(?x)a/", "a", ""),
        ("/a(?R)?b/", "aabb", ""),
        ("/(?#a)b/", "b", ""),
        ("/(*FAIL)|b/", "b", ""),
    ],
)
def test_patterns_are_read_as_javascript_means_them(key: str, text: str, word: str) -> None:
    assert " ".join(found(key, text).split()) == word.strip()


def test_what_is_no_pattern_is_a_word() -> None:
    assert found("/a/b/", "x /a/b/ y", whole=False) == "/a/b/"
    assert found("/a/x", "/a/x") == "/a/x" and found("a/i", "A/I") == "a/i"
    assert pattern.compiled("cat") is None


@pytest.mark.parametrize(
    "key",
    [
        "/(a{65535}){65535}/",
        "/a{9999999}/",
        "/" + "a{9999}" * 9 + "/",
        "/(?:b(?:[x-z]{999,}c){999,})+/",
        "/)a{99999}/",
    ],
)
def test_what_would_fill_the_memory_is_no_pattern(key: str) -> None:
    assert pattern.compiled(key) is None


def test_patience_ends() -> None:
    slow, text = "/^(a+)+$/", "a" * 5000 + "b"
    patience = Patience()
    many = [made for _ in range(40) if (made := pattern.compiled(slow))]
    assert not any(made.find(text, patience) for made in many)
    tired = sum(made.tired for made in many)
    assert 0 < tired < 40 and patience.left <= 0
    assert many[0].find("a", Patience()) == ""  # it rests
    assert many[-1].find("a", Patience()) == "a"  # it was never run


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_pattern_raises(written: str, text: str) -> None:
    key = key_of(f"/{written}/", sensitive=False, whole=True)
    assert key is not None
    key.find(Text([text]))
