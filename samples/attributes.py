"""What people declare: sex, ethnicity, disability and destination. Drawn separately for each number, so that nothing else changes."""

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
# Destinations of people who resigned: mostly other councils and agencies. Other reasons have one usual destination.
DESTINATIONS = (
    ("other_council_england", 42),
    ("agency", 20),
    ("other_social_work", 9),
    ("other_social_care", 8),
    ("outside_social_care", 10),
    ("outside_england", 2),
    ("other", 3),
    ("not_known", 6),
)
DESTINATION_OF = {
    "retired": "outside_social_care",
    "deceased": "other",
    "moved_outside_children": "other",
    "not_known": "not_known",
    "not_yet_collected": "not_yet_collected",
}


def attributes(seed: str, number: int) -> dict[str, object]:
    """Sex, ethnicity and disability of a made-up person, in the contract's codes. The same number has the same."""
    random = Random(f"{seed}:attributes:{number}")
    return {
        name: random.choices([code for code, _ in shares], [share for _, share in shares])[0]
        for name, shares in (("sex", SEXES), ("ethnicity", ETHNICITIES), ("disability", DISABILITIES))
    }


def destination(seed: str, number: int, reason: str | None) -> str | None:
    """Where a leaver went, in the contract's codes. Empty for people who changed post or went with the function."""
    if reason is None or reason in ("change_of_post", "structural_transfer"):
        return None
    if reason in DESTINATION_OF:
        return DESTINATION_OF[reason]
    return Random(f"{seed}:destination:{number}").choices([code for code, _ in DESTINATIONS], [share for _, share in DESTINATIONS])[0]
