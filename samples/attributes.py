"""What people say of themselves: sex, ethnicity and disability, drawn for each number by itself, so that nothing else in the samples changes."""

from __future__ import annotations

from random import Random

SEXES = (("female", 84), ("male", 16))
ETHNICITIES = (
    ("WBRI", 66),
    ("WIRI", 1),
    ("WOTH", 6),
    ("BAFR", 6),
    ("BCRB", 3),
    ("BOTH", 1),
    ("AIND", 3),
    ("APKN", 2),
    ("ABAN", 1),
    ("AOTH", 1),
    ("MWBC", 2),
    ("MWAS", 1),
    ("OOTH", 1),
    ("REFU", 2),
    ("NOBT", 4),
)
DISABILITIES = (("not_disabled", 80), ("disabled", 6), ("not_stated", 5), ("not_known", 9))


def attributes(seed: str, number: int) -> dict[str, object]:
    """Sex, ethnicity and disability of a made-up person, in the contract's codes. The same number has the same."""
    random = Random(f"{seed}:attributes:{number}")
    return {
        name: random.choices([code for code, _ in shares], [share for _, share in shares])[0]
        for name, shares in (("sex", SEXES), ("ethnicity", ETHNICITIES), ("disability", DISABILITIES))
    }
