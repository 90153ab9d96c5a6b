"""CSV of blank, ragged, endless or deceptive rows."""

from __future__ import annotations

from collections.abc import Callable

from tests.hostile.trial import CASES, READ, Attack, Place

KIND = "CSV"


def text(name: str, content: Callable[[], str | bytes], **more: object) -> Attack:
    def lay(place: Place) -> object:
        return place.put("cases_2024-09.csv", content())

    return Attack(name=name, kind=KIND, lay=lay, **more)  # type: ignore[arg-type]


WIDE = "Worker,Agency Ref,Cases" + "".join(f",h{number}" for number in range(1900)) + "\n1,,2\n"
ATTACKS = [
    text("a million blank lines", lambda: CASES + "\n" * 1_000_000, result=READ, rows=2, in_table=True),
    text("10 million blank lines", lambda: CASES + "\n" * 10_000_000, says="lines", in_table=True),
    text("10 million blank lines of another system", lambda: CASES.replace("\n", "\r") + "\r" * 10_000_000, says="lines"),
    text("2 million lines of spaces", lambda: CASES + "  \n" * 2_000_000),
    text("2.5 million lines of commas alone", lambda: CASES + ",,\n" * 2_500_000, says="blank rows"),
    text("1,900 columns and 900,000 blank lines", lambda: WIDE + "\n" * 900_000, says="blank rows"),
    text("a million columns", lambda: "Worker,Agency Ref,Cases" + "," * 1_000_000 + "\n"),
    text("the same row 1.5 million times", lambda: CASES + "1,,2\n" * 1_500_000, says="rows are rejected"),
    text("1.5 million rows without a number", lambda: CASES + "1,,x\n" * 1_500_000, says="rows are rejected"),
    text("2 million rows of one field", lambda: CASES + "1\n" * 2_000_000, says="more or fewer fields"),
    text("a quotation mark that is never closed", lambda: CASES + '3,,"' + "4\n" * 1_000_000, says="quotation mark"),
    text("half a million lines of quotation marks", lambda: CASES + '"1","","\n2"\n' * 500_000),
    text("quotation marks alone", lambda: CASES + '"' * 900_000 + "\n"),
    text("a line of 20 MB", lambda: CASES + "9" * 20_000_000 + "\n", says="longer than"),
    text("a cell of 900,000 characters", lambda: CASES + "3,," + "9" * 900_000 + "\n", result=READ, rows=2),
    text("a number with a huge exponent", lambda: CASES + "3,,1e999999999\n", result=READ, rows=2),
    text("a number in the digits of another script", lambda: CASES + "3,,\u0661\u0662\n", result=READ, rows=3),
    text("a NUL byte", lambda: CASES + "3,,\x00\n", says="NUL"),
    text("bytes that are not UTF-8", lambda: CASES.encode() + b"3,,\xff\xfe\n", says="not utf-8"),
    text("UTF-16 where UTF-8 is expected", lambda: CASES.encode("utf-16"), says="UTF-16"),
    text("an empty file", lambda: "", says="empty"),
    text("a file of spaces", lambda: " \n" * 100, says="empty"),
    text("a file of one quotation mark", lambda: '"'),
    text("a web page", lambda: "<!DOCTYPE html><html></html>", says="web page"),
    text(
        "ESC sequences in headers",
        lambda: "Worker,Agency Ref,Cases,\x1b]0;owned\x07\x1b[2J,\x1b[31mCases\n1,,12,,\n2,,9,,\n",
        result=READ,
        rows=2,
        in_table=True,
    ),
    text("a header of 500,000 characters", lambda: CASES.replace("Cases\n", "Cases," + "h" * 500_000 + "\n")),
    text("formulas in cells", lambda: CASES + "=1+1,,3\n@SUM(A1),,4\n", result=READ, rows=4),
    text("one header twice", lambda: CASES.replace("Agency Ref", "Cases"), says=""),
    text(
        "one number with a zero-width space, and without",
        lambda: CASES + "1\u200b,,5\n",
        result=READ,
        rows=2,
        says="nobody can see",
        in_table=True,
    ),
    text(
        "one number with a soft hyphen, and without",
        lambda: CASES + "1\u00ad,,5\n",
        result=READ,
        rows=2,
        says="nobody can see",
        in_table=True,
    ),
    text(
        "one number with a word joiner, and without",
        lambda: CASES + "1\u2060,,5\n",
        result=READ,
        rows=2,
        says="nobody can see",
        in_table=True,
    ),
    text("one number with a variation selector, and without", lambda: CASES + "1\ufe0f,,5\n", result=READ, rows=2, says="nobody can see"),
    text(
        "one number in composed and in decomposed letters",
        lambda: CASES + "\u00e9,,5\ne\u0301,,6\n",
        result=READ,
        rows=3,
        says="two parts",
        in_table=True,
    ),
    text(
        "a number with a mark that reverses the direction of writing",
        lambda: CASES + "\u202e3,,5\n",
        result=READ,
        rows=3,
        says="direction of writing",
    ),
    text("a byte order mark in the middle", lambda: CASES + "\ufeff3,,5\n", result=READ, rows=3),
    text("an honest CSV", lambda: CASES, result=READ, rows=2),
]
