"""An Airflow database for each process that tests run in, since a DAG run locks it. Airflow reads its settings once, when it is imported."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

WORKER = "PYTEST_XDIST_WORKER"

if WORKER in os.environ:
    home = Path(os.environ["AIRFLOW_HOME"])
    own = Path(tempfile.mkdtemp(prefix=f"airflow-{os.environ[WORKER]}-"))
    shutil.copy(home / "airflow.db", own / "airflow.db")
    os.environ["AIRFLOW_HOME"] = str(own)
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{own / 'airflow.db'}"
