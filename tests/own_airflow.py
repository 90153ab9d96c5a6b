"""The settings that the Makefile gives a process, for tests that start without it, and an Airflow database for each process of a run.

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
# Airflow's own configuration names the folder in which it was made. As in the Makefile, these settings take precedence.
os.environ.setdefault("AIRFLOW__CORE__PLUGINS_FOLDER", str(REPOSITORY / "dags" / "plugins"))
os.environ.setdefault("AIRFLOW__LOGGING__BASE_LOG_FOLDER", str(home / "logs"))
os.environ.setdefault("AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY", str(home / "logs" / "dag_processor"))
os.environ.setdefault("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{home / 'airflow.db'}")
if not (home / "airflow.db").exists():
    subprocess.run(["make", "--silent", f"AIRFLOW_HOME={home}", "airflow-ready"], cwd=REPOSITORY, check=True)
if WORKER in os.environ:
    own = Path(tempfile.mkdtemp(prefix=f"airflow-{os.environ[WORKER]}-"))
    shutil.copy(home / "airflow.db", own / "airflow.db")
    os.environ["AIRFLOW_HOME"] = str(own)
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{own / 'airflow.db'}"
