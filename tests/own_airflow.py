"""The settings that the Makefile gives a process, for tests that are started without it, and an Airflow database for each process of a run.

A DAG run locks the database. Airflow reads its settings once, when it is imported.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
SETTING = re.compile(r"^([A-Z_]+) \?= (.*)$", re.MULTILINE)
WORKER = "PYTEST_XDIST_WORKER"

for name, value in SETTING.findall((REPOSITORY / "settings.mk").read_text(encoding="utf-8")):
    os.environ.setdefault(name, value)
os.environ.setdefault("PYTHONPATH", str(REPOSITORY))
os.environ.setdefault("AIRFLOW_HOME", str(REPOSITORY / ".airflow"))
os.environ.setdefault("AIRFLOW__CORE__DAGS_FOLDER", str(REPOSITORY / "dags"))
home = Path(os.environ["AIRFLOW_HOME"])
if not (home / "airflow.db").exists():
    subprocess.run(["make", "--silent", ".airflow/.ready"], cwd=REPOSITORY, check=True)
if WORKER in os.environ:
    own = Path(tempfile.mkdtemp(prefix=f"airflow-{os.environ[WORKER]}-"))
    shutil.copy(home / "airflow.db", own / "airflow.db")
    os.environ["AIRFLOW_HOME"] = str(own)
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{own / 'airflow.db'}"
