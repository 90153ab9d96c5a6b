"""What is kept of an error's words."""

from __future__ import annotations

import errno

from warehouse.engine_words import place_of


def told_of(error: BaseException) -> str:
    try:
        raise error
    except type(error) as raised:
        return place_of(raised)


def test_a_full_disk_is_told_in_the_words_of_the_operating_system_and_no_others() -> None:
    told = told_of(OSError(errno.ENOSPC, "a value of an extract"))
    assert told.startswith("No space left on device (OSError) at test_engine_words.py:")
    assert "a value" not in told


def test_of_any_other_error_only_its_kind_and_place_are_told() -> None:
    assert told_of(ValueError("a value of an extract")).startswith("ValueError at test_engine_words.py:")
    assert told_of(OSError("a value of an extract")).startswith("OSError at test_engine_words.py:")
