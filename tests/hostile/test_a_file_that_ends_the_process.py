"""A file that ends the process that reads it, whatever the limits, is held at the third landing. It lands once the cause is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from foundation import ledger
from foundation.storage import Storage
from tests.hostile.trial import CASES, KEY, REPOSITORY, Attack, lay_out

ENDS_AT = "cases_2024-09.csv"
PROGRAM = f"""
import os, signal, sys
from ingestion.__main__ import main
from ingestion.landing.months_of_file import MonthsReader
months = MonthsReader.months
def end_at_it(reader, extract, content):
    if extract.name == "{ENDS_AT}" and not extract.refused and "ends" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
    return months(reader, extract, content)
MonthsReader.months = end_at_it
sys.exit(main(["land", *[word for word in sys.argv[1:] if word != "ends"]]))
"""


def land(home: Path, config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "WORKFORCE_HOME": str(home), "WORKFORCE_CONFIG": str(config), "WORKFORCE_PSEUDONYM_KEY": KEY}
    command = [sys.executable, "-c", PROGRAM, *words]
    return subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_it_is_held_at_the_third_landing_and_lands_when_it_is_read_again(tmp_path: Path) -> None:
    place = lay_out(tmp_path / "trial", Attack("it", "CSV", lambda place: place.put(ENDS_AT, CASES)))
    for _ in range(2):
        assert land(place.home, place.config, "ends").returncode == -signal.SIGKILL
    third = land(place.home, place.config, "ends")
    assert third.returncode == 1
    assert f"held: {ENDS_AT}: the file ended the process that read it, 2 times" in third.stdout
    assert "testshire hr_assignments: 1 landed" in third.stdout
    store = Storage(place.home)
    states = {delivery.file: delivery.state for delivery in ledger.deliveries("testshire", "caseload", store)}
    assert states == {"cases_2024-08.csv": "accepted", ENDS_AT: "held"}
    assert land(place.home, place.config, "--again").returncode == 0
    states = {delivery.file: delivery.state for delivery in ledger.deliveries("testshire", "caseload", store)}
    assert states == {"cases_2024-08.csv": "accepted", ENDS_AT: "accepted"}
