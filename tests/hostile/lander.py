"""Land everything that waits in a data root, each time in a process of its own, so that its memory can be measured.

Everything is imported once. For each line that comes in, which names the environment and the working directory, this process is
forked. The fork says that it is ready. It then lands once for each line, until an empty one comes.
"""

from __future__ import annotations

import json
import os
import sys
import traceback

import pyarrow.compute  # noqa: F401  (imported here, and not once a fork)

from ingestion.__main__ import main

READY, DONE, GONE = "=ready=", "=done=", "=gone="
LAND = "land"


def land_for_each_line() -> None:
    print(f"{READY} {os.getpid()}", flush=True)
    while sys.stdin.readline().strip() == LAND:
        try:
            code = main(["land", "--notes"])
        except BaseException:  # noqa: BLE001 - whatever ends a landing is what a trial wants to know
            traceback.print_exc(file=sys.stdout)
            code = -1
        print(f"\n{DONE} {code}", flush=True)


def serve() -> None:
    """Fork for each trial, and say when it is over."""
    while wanted := sys.stdin.readline().strip():
        asked = json.loads(wanted)
        child = os.fork()
        if child == 0:
            os.environ.clear()
            os.environ.update(asked["environment"])
            os.chdir(asked["folder"])
            try:
                land_for_each_line()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        print(f"\n{GONE}", flush=True)


if __name__ == "__main__":
    serve()
