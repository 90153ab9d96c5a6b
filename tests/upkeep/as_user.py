"""Run a command of the warehouse as another account: `as_user.py <user> <arguments>`. As root, rights would be no limit.

Everything is imported before the rights are given up, because the account need not be able to read the environment that the tests run in.
"""

from __future__ import annotations

import os
import sys

import upkeep.doctor
import upkeep.restore  # noqa: F401
from contracts import every_version, sources
from upkeep import surroundings
from warehouse.__main__ import main

if __name__ == "__main__":
    for source in sources():
        every_version(source)
    list(surroundings.of_configuration())
    os.setgroups([])
    os.setgid(0)
    os.setuid(int(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
