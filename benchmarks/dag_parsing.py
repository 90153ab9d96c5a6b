"""How much processor time Airflow needs to read the DAG files, which its processor does every half minute: of the sample councils, and of England's 153.

    python benchmarks/dag_parsing.py

Beside it stands the import of Airflow itself, in the same process and before it, so that the ratio holds on any machine. Each number of councils has a
process of its own. Ends with 1 if a limit is passed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
SECONDS, RATIO = 2.0, 1.5
ENGLAND = 153
A_COUNCIL = "peterborough"


def with_councils(config: Path, count: int) -> Path:
    """A copy of the repository's configuration with as many councils: copies of one of them, with names of their own."""
    shutil.copytree(REPOSITORY / "config", config)
    organisations = config / "organisations"
    for number in range(count - len(list(organisations.iterdir()))):
        name = f"council_{number:03}"
        shutil.copytree(organisations / A_COUNCIL, organisations / name)
        path = organisations / name / "organisation.yaml"
        path.write_text(re.sub(r"^id: .*$", f"id: {name}", path.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
    return config


def read(config: Path) -> int:
    """Read the DAG files in this process. Returns 1 if a limit is passed or a file cannot be read, else 0."""
    import tests.own_airflow  # noqa: F401  (before anything imports Airflow)

    os.environ["WORKFORCE_CONFIG"] = str(config)
    councils = len(list((config / "organisations").iterdir()))
    began = time.process_time()
    from airflow.dag_processing.dagbag import DagBag

    imported = time.process_time() - began
    began = time.process_time()
    bag = DagBag(str(REPOSITORY / "dags"))
    parsed = time.process_time() - began
    tasks = sum(len(dag.tasks) for dag in bag.dags.values())
    print(f"reading {len(bag.dags)} DAGs of {councils} councils, {tasks:,} tasks: {parsed:.1f} s of processor time, limit {SECONDS:.0f} s")
    print(f"importing Airflow before it: {imported:.1f} s; ratio {parsed / imported:.2f}, limit {RATIO}")
    every_council = councils == len({task.task_group.group_id for task in bag.dags["workforce_month"].tasks if "." in task.task_id})
    return 0 if every_council and not bag.import_errors and parsed <= SECONDS and parsed <= RATIO * imported else 1


def main() -> int:
    """Returns 1 if a limit is passed or a file cannot be read, else 0."""
    if len(sys.argv) > 1:
        return read(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        england = with_councils(Path(folder) / "config", ENGLAND)
        return max(
            subprocess.run([sys.executable, __file__, str(config)], check=False).returncode for config in (REPOSITORY / "config", england)
        )


if __name__ == "__main__":
    raise SystemExit(main())
