"""Run a command as another account: `as_user.py <user> <warehouse or ingestion> <arguments>`. As root, rights would be no limit.

Everything is imported before the rights are given up, because the account need not be able to read the environment that the tests run in.
"""

from __future__ import annotations

import atexit
import os
import sys

import upkeep.doctor
import upkeep.restore  # noqa: F401
from contracts import every_version, sources
from foundation.command_line import run
from ingestion.__main__ import main as ingestion
from ingestion.reading import limited_process
from upkeep import surroundings
from warehouse.__main__ import main as warehouse

COMMANDS = {"warehouse": warehouse, "ingestion": ingestion}

if __name__ == "__main__":
    for source in sources():
        every_version(source)
    list(surroundings.of_configuration())
    # The account may not be able to start this environment's Python either: a process that reads files waits already.
    # It ends with this one, which may not end it: it is root's.
    limited_process._Idle.give_back(limited_process._Idle.take())
    atexit.unregister(limited_process._Idle.close)
    os.setgroups([])
    os.setgid(0)
    os.setuid(int(sys.argv[1]))
    run(lambda: COMMANDS[sys.argv[2]](sys.argv[3:]))
