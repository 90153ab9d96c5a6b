"""What a message may say about a cell that cannot be read, without its value: odd characters by code point, and the pattern of digits.

A message may reach a log, a mail or a page that is never changed. So it says how a cell is written, never what is written in it. A
text with a word in it has no pattern, because the lengths of words may give a name away.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

LONGEST_PATTERN = 24
# The sign that landing itself puts between hours and full-time hours that give no FTE.
HOURS_OF = " hours of "
# Words in dates, times and amounts. Any other letter may be part of a name.
WORDS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|st|nd|rd|th|am|pm|gmt|bst|utc|[tzw]"
)
PATTERNED = re.compile(rf"(?=.*\d)(?:\d|[\s:/.,()%£$€'+-]|(?<![a-z])(?:{WORDS})(?![a-z]))+", re.IGNORECASE)
# Characters that are in no name and on no keyboard: formats and controls, blanks, dashes, quotation marks, digits of other scripts.
ODD_KINDS = ("Cc", "Cf", "Zs", "Zl", "Zp", "Pd", "Pi", "Pf", "Nd")
# These characters are invisible, although Unicode counts them as letters, marks or symbols.
LOOK_LIKE_NOTHING = "\u034f\u115f\u1160\u2800\u3164\uffa0\ufe0e\ufe0f"
MINUS = "\u2212"
MOST_ODD = 3
# Control characters have no name in Unicode.
CONTROLS = {"\t": "tab", "\n": "line feed", "\r": "carriage return", "\x00": "null"}


def described(text: str, with_pattern: bool = True) -> str:
    """How a text is written, as a part of a sentence. Empty if nothing can be said without giving the text away."""
    text = text.partition(HOURS_OF)[0]
    odd = dict.fromkeys(character for character in text if _is_odd(character))
    if odd:
        listed = [f"U+{ord(character):04X} ({_name(character)})" for character in odd]
        more = f" and {len(listed) - MOST_ODD} more" if len(listed) > MOST_ODD else ""
        return f"it holds {', '.join(listed[:MOST_ODD])}{more}"
    if with_pattern and len(text) <= LONGEST_PATTERN and PATTERNED.fullmatch(text):
        return f"it is written like {re.sub('[A-Za-z]', 'A', re.sub(r'[0-9]', '9', text))}"
    return ""


def descriptions(texts: pl.Expr, with_pattern: bool = True) -> pl.Expr:
    """How texts are written. An empty text if nothing can be said."""

    def of(series: pl.Series) -> pl.Series:
        different = series.drop_nulls().unique()
        known = {text: described(text, with_pattern) for text in different.to_list()}
        return series.replace_strict(list(known), list(known.values()), default="", return_dtype=pl.String)

    return texts.map_batches(of, return_dtype=pl.String)


def _is_odd(character: str) -> bool:
    if " " <= character <= "~":
        return False
    return character in LOOK_LIKE_NOTHING or character == MINUS or unicodedata.category(character) in ODD_KINDS


def _name(character: str) -> str:
    return CONTROLS.get(character) or unicodedata.name(character, "no name").lower()
