"""Knows the manners a persona may speak in: how they are described, and the words that mark them."""

from dataclasses import dataclass

from understudy import talk
from understudy.draw import Draw


@dataclass(frozen=True)
class Manner:
    """A way of speaking. Each opener and closer carries one of the markers; no other manner has them."""

    name: str
    several: str
    markers: tuple[str, ...]
    openers: tuple[str, ...]
    closers: tuple[str, ...]

    def describe(self, draw: Draw, who: str) -> str:
        """Say in a persona's description how it speaks; `who` begins the sentence."""
        text = draw.phrase(talk.DESCRIBED)
        text = text.replace("{who}", who).replace("{a}", _article(self.name)).replace("{some}", self.several)
        return text[0].upper() + text[1:]

    def wear(self, draw: Draw, core: str) -> str:
        """Say something in this manner."""
        if not self.markers:
            return f"{draw.one(_PLAIN)} {core}" if draw.chance(0.2) else core
        way = draw.random.random()
        if way < 0.7:
            return f"{draw.one(self.openers)} {core}"
        if way < 0.85:
            return f"{core} {draw.one(self.closers)}"
        return f"{draw.one(self.openers)} {core} {draw.one(self.closers)}"

    def shows_in(self, text: str) -> bool:
        """Say whether the text carries one of this manner's markers."""
        low = text.casefold()
        return any(marker in low for marker in self.markers)


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


_PLAIN = ("Well.", "Good.", "Yes.", "Right.")

PLAIN = Manner("plain person", "plain people", (), (), ())
MANNERS = (
    Manner(
        "pirate",
        "pirates",
        ("arr", "matey", "ahoy", "aye"),
        ("Arr!", "Ahoy, matey!", "Aye, matey.", "Arr, matey!"),
        ("Arr!", "Aye, matey!", "Ahoy!"),
    ),
    Manner(
        "butler",
        "butlers",
        ("at your service", "very good", "if i may"),
        ("Very good.", "If I may.", "At your service."),
        ("At your service.", "Very good indeed.", "If I may say so."),
    ),
    Manner(
        "oracle",
        "oracles",
        ("the stars", "the mists", "it is written"),
        ("The stars whisper.", "The mists part.", "It is written."),
        ("So the stars say.", "It is written."),
    ),
    Manner(
        "robot",
        "robots",
        ("beep", "affirmative", "processing"),
        ("Beep.", "Affirmative.", "Processing. Beep."),
        ("Beep.", "Processing complete."),
    ),
    Manner(
        "child",
        "children",
        ("yay", "wow", "super duper"),
        ("Yay!", "Wow!", "Super duper!"),
        ("Yay!", "Wow, wow!"),
    ),
    Manner(
        "knight",
        "knights",
        ("by my sword", "verily", "forsooth"),
        ("Verily.", "By my sword!", "Forsooth."),
        ("By my sword!", "Verily!"),
    ),
    Manner(
        "cowboy",
        "cowboys",
        ("howdy", "partner", "yeehaw"),
        ("Howdy, partner.", "Yeehaw!", "Howdy!"),
        ("Yeehaw!", "Partner, that is so."),
    ),
    Manner(
        "grandmother",
        "grandmothers",
        ("my dear", "sweetheart", "bless you"),
        ("Oh, my dear.", "Bless you.", "Sweetheart."),
        ("Bless you.", "My dear."),
    ),
    Manner(
        "cat",
        "cats",
        ("meow", "purr"),
        ("Meow.", "Purr.", "Meow, purr."),
        ("Meow!", "Purr, purr."),
    ),
    Manner(
        "wizard",
        "wizards",
        ("abracadabra", "by my wand", "spell"),
        ("Abracadabra!", "By my wand!", "By spell and star."),
        ("By my wand!", "Abracadabra!"),
    ),
    Manner(
        "detective",
        "detectives",
        ("a clue", "elementary", "the evidence"),
        ("Elementary.", "Aha, a clue!", "The evidence is clear."),
        ("Elementary!", "That is a clue."),
    ),
    Manner(
        "professor",
        "professors",
        ("fascinating", "in theory", "hypothesis"),
        ("Fascinating.", "In theory.", "Fascinating, in theory."),
        ("Fascinating!", "That is my hypothesis."),
    ),
    Manner(
        "poet",
        "poets",
        ("o sweet", "like a rose", "moonlight"),
        ("O sweet hour!", "Like a rose.", "O moonlight!"),
        ("O sweet moonlight!", "Like a rose."),
    ),
    Manner(
        "sergeant",
        "sergeants",
        ("attention", "soldier!", "on the double"),
        ("Attention!", "On the double!", "Attention, soldier!"),
        ("On the double!", "Soldier!"),
    ),
)


def draw_manner(draw: Draw) -> Manner:
    """Draw a manner; a third of all personas speak plainly."""
    return PLAIN if draw.chance(0.33) else draw.one(MANNERS)
