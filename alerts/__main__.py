"""Alerts without Airflow's scheduler. `python -m alerts late` says whether the month's publication is late, and mails the engineers. For cron."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from foundation.command_line import run
from foundation.errors import ConfigurationError


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 if nothing is late, 1 if the publication is late, 2 if that could not be found out or the mail could not be sent."""
    parser = argparse.ArgumentParser(prog="python -m alerts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("late", help="mail the engineers, once a day, if the month's publication is late. Ends with 1 then")
    parser.parse_args(arguments)
    return _late()


def _late() -> int:
    # Airflow's connections are in its database, which Airflow 3 shows to such processes alone. One in the environment is found without it.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    from alerts.late_publication import late_month, tell_late_publication
    from foundation.storage import storage

    try:
        says = tell_late_publication(storage(), datetime.now(UTC))
    except ConfigurationError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except Exception as error:  # noqa: BLE001 - cron mails what is printed; the error's text may quote addresses
        month = late_month(storage(), datetime.now(UTC))
        print(f"The publication of {month} is late, and the mail could not be sent: {type(error).__name__}", file=sys.stderr, flush=True)
        return 2
    if says:
        print(says, flush=True)
    return 1 if says else 0


if __name__ == "__main__":
    run(main)
