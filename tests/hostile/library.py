"""Every attack, of each kind."""

from __future__ import annotations

from tests.hostile import archives, configuration, delimited, names_and_times, odd_files, records, second_looks, workbooks

ATTACKS = [
    *archives.ATTACKS,
    *workbooks.ATTACKS,
    *records.ATTACKS,
    *delimited.ATTACKS,
    *names_and_times.ATTACKS,
    *configuration.ATTACKS,
    *odd_files.ATTACKS,
    *second_looks.ATTACKS,
]
