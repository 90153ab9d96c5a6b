"""Whether a part of Airflow in this container has given a sign of life: `alive.py SchedulerJob`. Exits 0 if so, 1 otherwise.

It asks the table of jobs, as `airflow jobs check` does, in a twentieth of the time: that command loads all of Airflow.
"""

from __future__ import annotations

import socket
import sys
from contextlib import closing

import psycopg2

from container.connection import address

SECONDS = 60  # a job writes its heartbeat every 5 s
LATEST = """
select extract(epoch from now() - max(latest_heartbeat))
from job where job_type = %s and hostname = %s and state = 'running'
"""


def seconds_since_heartbeat(job_type: str, hostname: str) -> float | None:
    """Seconds since the last heartbeat; None where no such job runs. Raises psycopg2.Error."""
    with closing(psycopg2.connect(address("postgresql"), connect_timeout=5)) as connection, connection.cursor() as cursor:
        cursor.execute(LATEST, (job_type, hostname))
        (seconds,) = cursor.fetchone() or (None,)
    return None if seconds is None else float(seconds)


def main(job_type: str) -> int:
    """Returns 0 if the job lives, otherwise 1."""
    seconds = seconds_since_heartbeat(job_type, socket.getfqdn())
    return 0 if seconds is not None and seconds < SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
