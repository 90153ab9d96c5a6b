"""What every command does if nobody reads its output any more, as in `| head`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/__main__.py"))


def told_nobody(*arguments: str) -> tuple[int, str]:
    """The exit code of a program whose output nobody reads, and what it prints as errors."""
    reads, writes = os.pipe()
    os.close(reads)
    try:
        done = subprocess.run([sys.executable, *arguments], stdout=writes, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    finally:
        os.close(writes)
    return done.returncode, done.stderr


def test_a_command_does_its_work_to_the_end_though_nobody_reads_what_it_prints(tmp_path: Path) -> None:
    done = tmp_path / "done"
    work = f"from foundation.command_line import run\ndef main():\n for n in range(20000): print(n)\n open({str(done)!r}, 'w'); return 3\nrun(main)"
    assert told_nobody("-c", work) == (3, "")
    assert done.exists()


def test_a_short_output_that_nobody_reads_is_no_error_either() -> None:
    assert told_nobody("-c", "from foundation.command_line import run\nrun(lambda: print('one line') or 0)") == (0, "")


def test_a_long_list_that_is_cut_off_gives_no_traceback() -> None:
    assert told_nobody("-m", "expectations", "rules") == (0, "")


@pytest.mark.parametrize("path", [*COMMANDS, "warehouse/ledger.py", "warehouse/query.py"])
def test_every_command_ends_this_way(path: str) -> None:
    assert (ROOT / path).read_text().endswith('if __name__ == "__main__":\n    run(main)\n')
