"""How much processor time Airflow needs to read the DAG files, which its processor does every half minute.

    python benchmarks/dag_parsing.py

Beside it stands the import of Airflow itself, in the same process and before it, so that the ratio holds on any machine. The councils are those of
the repository. Ends with 1 if a limit is passed.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
SECONDS, RATIO = 2.0, 1.5


def main() -> int:
    """Returns 1 if a limit is passed or a file cannot be read, else 0."""
    import tests.own_airflow  # noqa: F401  (before anything imports Airflow)

    os.environ["WORKFORCE_CONFIG"] = str(REPOSITORY / "config")
    began = time.process_time()
    from airflow.dag_processing.dagbag import DagBag

    imported = time.process_time() - began
    began = time.process_time()
    bag = DagBag(str(REPOSITORY / "dags"))
    parsed = time.process_time() - began
    print(f"reading {len(bag.dags)} DAGs: {parsed:.1f} s of processor time, limit {SECONDS:.0f} s")
    print(f"importing Airflow before it: {imported:.1f} s; ratio {parsed / imported:.2f}, limit {RATIO}")
    return 0 if bag.dags and not bag.import_errors and parsed <= SECONDS and parsed <= RATIO * imported else 1


if __name__ == "__main__":
    raise SystemExit(main())
