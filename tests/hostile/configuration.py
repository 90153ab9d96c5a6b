"""Configurations that multiply, name paths outside the data root or inject lines into a mail. The council beside them lands."""

from __future__ import annotations

from collections.abc import Callable

from tests.hostile.trial import CASELOAD, CASES, ORGANISATION, PATTERN, REFUSED, Attack, Place

KIND = "configuration"


def council(folder: str, text: str, name: str = "a council") -> Callable[[Place], object]:
    """Another council beside the good one."""

    def lay(place: Place) -> None:
        other = place.config / "organisations" / folder
        (other / "mappings").mkdir(parents=True)
        (other / "organisation.yaml").write_text(text, encoding="utf-8", newline="")
        (other / "mappings" / "caseload.yaml").write_text(CASELOAD.format(pattern=PATTERN, form="csv"))

    return lay


def other(identifier: str, **lines: str) -> str:
    """The organisation.yaml of another council, with some lines changed."""
    text = ORGANISATION.replace("id: testshire", f"id: {identifier}")
    text = text.replace("  hr_assignments: {owner: HR systems, delivers: snapshot}\n", "")
    for name, value in lines.items():
        text = text.replace(next(line for line in text.splitlines() if line.startswith(f"{name}:")), f"{name}: {value}")
    return text


def mapped(text: str) -> Callable[[Place], object]:
    def lay(place: Place) -> None:
        place.mapping(text)
        place.put("cases_2024-09.csv", CASES)
        place.put(f"{'a' * 150}!.csv", CASES)

    return lay


LAUGHS = "l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 10)}]\n" for level in range(1, 10)
)
GOOD = CASELOAD.format(pattern=PATTERN, form="csv")


def refused(name: str, lay: Callable[[Place], object], says: str, in_table: bool = False) -> Attack:
    return Attack(name, KIND, lay, REFUSED, says, in_table=in_table)


ATTACKS = [
    refused("two folders with one council's id", council("ashby", ORGANISATION), "`id`", True),
    refused("an id that leads out of the data root", council("ashby", other("../../elsewhere/owned")), "`id`", True),
    refused("an id with blanks", council("ash by", other("ash by")), "`id`", True),
    refused("an id with quotation marks and SQL", council("ashby", other('"a\'; drop table x; --"')), "`id`", True),
    refused("an id in capitals", council("Ashby", other("Ashby")), "`id`"),
    refused("an id that is a number", council("7", other("7")), "`id`"),
    refused("an id that is a list", council("ashby", other("[a, b]")), "`id`"),
    refused("an empty id", council("ashby", other('""')), "`id`"),
    refused("a source that leads out of the data root", council("ashby", other("ashby").replace("caseload:", '"../../x":')), "`sources`"),
    refused(
        "a carriage return in a council's name", council("ashby", other("ashby", name='"Ashby\\rBcc: all@example.org"')), "`name`", True
    ),
    refused("a line break in a council's name", council("ashby", other("ashby", name='"Ashby\\x85Bcc: x"')), "`name`"),
    refused("ESC in a council's name", council("ashby", other("ashby", name='"Ashby\\e[2J"')), "`name`"),
    refused(
        "a name with a mark that reverses the direction of writing", council("ashby", other("ashby", name='"Ashby\\u202eyb"')), "`name`"
    ),
    refused("YAML aliases that multiply", council("ashby", LAUGHS + other("ashby")), "values", True),
    refused("an alias of the list that it is in", council("ashby", "a: &a [*a]\n" + other("ashby")), "alias"),
    refused("YAML a hundred thousand levels deep", council("ashby", "a: " + "[" * 100_000), "levels"),
    refused("an organisation.yaml of 20 MB", council("ashby", other("ashby") + "#" * 20_000_000), "larger than"),
    refused("YAML that makes an object", council("ashby", "a: !!python/object/apply:os.system [touch owned]\n" + other("ashby")), "YAML"),
    refused("bytes that are not YAML", council("ashby", "\x00\x01"), "YAML"),
    refused(
        "a pattern that takes for ever", mapped(GOOD.replace(PATTERN, r"(?P<period>([a-z]+)+)\.csv").replace("'(?P", "'(?P")), "", True
    ),
    refused("a pattern with look-ahead", mapped(GOOD.replace(PATTERN, r"(?=c)" + PATTERN)), "look-around"),
    refused("a pattern with a backreference", mapped(GOOD.replace(PATTERN, PATTERN + r"(?P=period)")), "regular expression"),
    refused(
        "a pattern that grows when it is compiled", mapped(GOOD.replace(PATTERN, PATTERN + "((a{300}){300}){300}")), "regular expression"
    ),
    refused("mapping aliases that multiply", mapped(LAUGHS + GOOD), "values", True),
    refused("a mapping of 20 MB", mapped(GOOD + "#" * 20_000_000), "larger than"),
    refused("a mapping a hundred thousand levels deep", mapped("a: " + "{a: " * 100_000), "levels"),
    refused("a mapping that makes an object", mapped("a: !!python/name:os.system\n" + GOOD), "YAML"),
]
