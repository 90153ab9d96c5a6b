"""What a workbook's number format makes of a number: a duration, a per cent, or a code such as 00101. The standard library alone."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

DURATION, PER_CENT, CODE = "duration", "per cent", "code"
# Formats that a workbook has without writing them out, if they are of one of these kinds.
BUILT_IN = {
    9: "0%",
    10: "0.00%",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
}
TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<width>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]|(?P<general>General)|(?P<half>AM/PM|A/P)|'
    r"(?P<power>[eE][-+])|(?P<digits>[0#?]+)|(?P<end>;)|(?P<sign>.)",
    re.IGNORECASE | re.DOTALL,
)
ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
CONDITION = re.compile(r"(?P<sign><=|>=|<>|=|<|>)(?P<number>-?\d+(?:\.\d+)?)")
COMPARES: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<>": operator.ne,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
WORD = re.compile(r"\w")
WHOLE = re.compile(r"\d+")
LITERAL, DIGITS, GENERAL, TEXT = "literal", "digits", "general", "text"


@dataclass(frozen=True)
class _Section:
    """A part of a format between semicolons: what is written, in order, and when. `in_full` if only the number itself says everything."""

    pieces: tuple[tuple[str, str], ...]
    kind: str | None
    condition: tuple[str, Decimal] | None
    in_full: bool

    def has(self, what: str) -> bool:
        return any(piece == what for piece, _ in self.pieces)

    @property
    def words(self) -> str:
        return "".join(text for what, text in self.pieces if what == LITERAL)


def kind_of_format(code: str) -> str | None:
    """Whether numbers with a format are durations, per cents or codes, so that the number alone is not what a person sees.

    Otherwise None.
    """
    sections = _sections(code)
    if sections[0].kind in (DURATION, PER_CENT):
        return sections[0].kind
    return CODE if any(_says_more(section) for section in sections) else None


def as_duration(hours: Decimal) -> str:
    """Hours as people write them: 37:00, or 7:24:30 if there are seconds."""
    seconds = int((abs(hours) * 3600).to_integral_value())
    sign = "-" if hours < 0 and seconds else ""
    rest = f":{seconds % 60:02d}" if seconds % 60 else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}{rest}"


def as_per_cent(text: str) -> str:
    """A number's text as a per cent, with all its digits. A text that is no number is returned as it is."""
    try:
        number = Decimal(text) * 100
    except InvalidOperation:
        return text
    return f"{number.normalize():f}%" if number.is_finite() else text


def as_shown(text: str, code: str, is_text: bool = False) -> str:
    """What a person sees of a number, or of a text, in a format that makes codes or words of it.

    A number that is rounded, scaled or grouped only for the eye is given in full.
    """
    sections = _sections(code)
    if is_text:
        section = sections[3] if len(sections) > 3 else sections[-1]
        is_said = section.has(TEXT) and WORD.search(section.words)
        return "".join(text if what == TEXT else piece for what, piece in section.pieces).strip() if is_said else text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    section = _chosen(sections, number)
    if not _says_more(section) or section.has(TEXT):
        return text
    if section.has(DIGITS):
        return _filled(section, text) if WHOLE.fullmatch(text) else text
    return "".join(text if what == GENERAL else piece for what, piece in section.pieces).strip()


def padding(code: str) -> tuple[str, int, str] | None:
    """What a format puts before and after each whole number, and the number of digits up to which it adds zeros. None for other formats."""
    sections = _sections(code)
    places = [at for at, (what, _) in enumerate(sections[0].pieces) if what == DIGITS]
    if len(sections) > 1 or len(places) != 1 or not _says_more(sections[0]) or sections[0].condition or sections[0].has(TEXT):
        return None
    (at,) = places
    before, behind = ("".join(text for _, text in pieces) for pieces in (sections[0].pieces[:at], sections[0].pieces[at + 1 :]))
    return before.lstrip(), sections[0].pieces[at][1].count("0"), behind.rstrip()


def _says_more(section: _Section) -> bool:
    """Whether a section gives more than the number: leading zeros, signs between digits, or words."""
    if section.in_full or section.kind:
        return False
    zeros = sum(text.count("0") for what, text in section.pieces if what == DIGITS)
    return zeros > 1 or WORD.search(section.words) is not None


def _chosen(sections: tuple[_Section, ...], number: Decimal) -> _Section:
    """The section for a number: by the conditions in the format, or for positive, negative and zero."""
    of_numbers = sections[:3]
    if any(section.condition for section in of_numbers):
        fitting = (
            section for section in of_numbers if section.condition is None or COMPARES[section.condition[0]](number, section.condition[1])
        )
        return next(fitting, of_numbers[-1])
    if len(of_numbers) > 1 and number < 0:
        return of_numbers[1]
    return of_numbers[2] if len(of_numbers) > 2 and number == 0 else of_numbers[0]


def _filled(section: _Section, digits: str) -> str:
    """A whole number's digits in the places that a section has for them, from the right."""
    written: list[str] = []
    places = [at for at, (what, _) in enumerate(section.pieces) if what == DIGITS]
    for at in range(len(section.pieces) - 1, -1, -1):
        what, piece = section.pieces[at]
        if what != DIGITS:
            written.append(piece)
            continue
        taken = len(digits) if at == places[0] else min(len(piece), len(digits))
        mine, digits = digits[len(digits) - taken :], digits[: len(digits) - taken]
        written.append("0" * piece[: max(0, len(piece) - taken)].count("0") + mine)
    return "".join(reversed(written)).strip()


@lru_cache(maxsize=4096)
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[list[re.Match[str]]] = [[]]
    for token in TOKEN.finditer(code):
        if token.lastgroup == "end":
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_section(part) for part in parts)


def _section(tokens: list[re.Match[str]]) -> _Section:
    pieces: list[tuple[str, str]] = []
    signs: set[str] = set()
    condition, elapsed, in_full = None, False, False
    for token in tokens:
        what, text = token.lastgroup, token[token.lastgroup or 0]
        if what in ("quoted", "escaped"):
            pieces.append((LITERAL, text))
        elif what == "bracket":
            elapsed |= ELAPSED.fullmatch(text) is not None
            if text.startswith("$"):
                pieces.append((LITERAL, text[1:].split("-")[0]))
            elif found := CONDITION.fullmatch(text):
                condition = (found["sign"], Decimal(found["number"]))
        elif what == "digits":
            pieces.append((DIGITS, text))
        elif what == "general":
            pieces.append((GENERAL, text))
        elif what == "sign" and text == "@":
            pieces.append((TEXT, text))
        elif what == "sign":
            signs.add(text.lower())
            in_full |= text in ".,/"
            pieces.append((LITERAL, text))
        in_full |= what == "power"
    return _Section(tuple(pieces), _kind(signs, elapsed), condition, in_full or bool(signs & set("dyhsm")))


def _kind(signs: set[str], elapsed: bool) -> str | None:
    if signs & {"d", "y"}:
        return None
    if elapsed or signs & {"h", "s"}:
        return DURATION
    return PER_CENT if "%" in signs else None
