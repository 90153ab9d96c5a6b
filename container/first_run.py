"""Runs the month of the sample councils once, through the scheduler, and says where its scorecard is. With a configuration of your own it does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from container.prepare import uses_samples

DAG_ID, RUN_ID = "workforce_month", "first_run_of_the_samples"
WAIT_FOR_THE_DAG = 180
WAIT_FOR_THE_RUN = 3600


def state_of_run() -> str | None:
    """The state of the first run in Airflow's database; None before it was triggered."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        state = session.scalar(select(DagRun.state).where(DagRun.dag_id == DAG_ID, DagRun.run_id == RUN_ID))
    return str(state) if state else None


def _trigger() -> None:
    """Trigger the run as soon as Airflow has read the DAG."""
    until = time.monotonic() + WAIT_FOR_THE_DAG
    while True:
        asked = subprocess.run(["airflow", "dags", "trigger", DAG_ID, "--run-id", RUN_ID], capture_output=True, text=True, check=False)
        if not asked.returncode:
            return
        if time.monotonic() > until:
            sys.exit(f"{DAG_ID} could not be triggered:\n{asked.stdout}{asked.stderr}")
        time.sleep(5)


def main() -> int:
    """Returns 0 when the samples are published or there are none; 1 if the run failed."""
    home, config = Path(os.environ["WORKFORCE_HOME"]), Path(os.environ["WORKFORCE_CONFIG"])
    if not uses_samples(home, config):
        print(f"The configuration is {config}: the month runs when its schedule says", flush=True)
        return 0
    state = state_of_run()
    if state is None:
        print("Running the month of the three sample councils. It takes some minutes; Airflow's page shows each task", flush=True)
        _trigger()
    until = time.monotonic() + WAIT_FOR_THE_RUN
    while (state := state_of_run()) not in ("success", "failed"):
        if time.monotonic() > until:
            print(f"The run has not ended within {WAIT_FOR_THE_RUN // 60} minutes. Airflow's page shows what it waits for", flush=True)
            return 1
        time.sleep(5)
    if state == "failed":
        print(f"The run failed. Airflow's page shows which task, and docs/runbooks/{DAG_ID}.md says what to do", flush=True)
        return 1
    print(f"The month of the sample councils is published. Open {os.environ['WORKFORCE_PUBLISHED_URL']}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
