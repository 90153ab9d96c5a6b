"""The process that builds the models with dbt. It reads the project while raw is still being written.

    python -m warehouse.models TARGET_PATH [without tests]

The end of the process frees the database file. dbt needs longer to start and to read the project than to run a council's SQL, and needs no
database for it. So the process starts with the build and waits for a line on its input. Without one it ends and builds nothing.
If the process that started it is killed, its input ends, and it ends too: it would write into the file of the next build.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from foundation.storage import REPOSITORY, Storage
from warehouse.engine_words import of_node

PROJECT = REPOSITORY / "dbt_project"
RESULTS = "run_results.json"
# The definitions of the metrics, and of the tables that they add up.
SEMANTIC_MANIFEST = "semantic_manifest.json"
# The test of a model's grain. The statement that makes the table checks it (macros/engine/table.sql).
GRAIN = "one_row_a"
_BEGIN = "begin\n"
# dbt reports by events. Nobody reads them, because the results are kept.
_SILENT = ["--log-level", "none", "--log-level-file", "none"]


class ModelsFailed(Exception):
    """dbt could not start: the project does not parse, or the database could not be opened. The message is dbt's."""


class ModelsKilled(Exception):
    """The process of the models was ended from outside, such as by a full memory. The message says so."""


class Models:
    """dbt started on the project of a data root. Use as a context manager: on leaving, a process that was not told to build is ended."""

    def __init__(self, place: Storage, with_tests: bool) -> None:
        self._target = dbt_target(place)
        (self._target / RESULTS).unlink(missing_ok=True)
        command = [sys.executable, "-m", "warehouse.models", str(self._target), *([] if with_tests else ["without tests"])]
        self._process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=dbt_environment(place) | {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Models:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def build(self) -> Path:
        """Build the models from the raw that is now written. Returns the file of results. Raises ModelsFailed and ModelsKilled."""
        assert self._process.stdin and self._process.stdout
        # The input stays open: its end says that this process has ended. A process that has ended itself has said why.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(_BEGIN)
            self._process.stdin.flush()
        said = self._process.stdout.read()
        if self._process.wait() < 0:
            raise ModelsKilled(f"The process of dbt was ended by signal {signal.Signals(-self._process.returncode).name}")
        results = self._target / RESULTS
        if not results.exists():
            raise ModelsFailed(said.strip())
        return results


def dbt_target(place: Storage) -> Path:
    """The folder where dbt writes its manifest, semantic manifest and results."""
    return place.build_folder / "dbt"


def dbt_environment(place: Storage) -> dict[str, str]:
    """The environment of a process of dbt over the build of a data root."""
    return {**os.environ, "WORKFORCE_BUILD_DATABASE": str(place.build_database), "DBT_SEND_ANONYMOUS_USAGE_STATS": "False"}


def project_options(target: Path) -> list[str]:
    """The project and profile, and where dbt may write, as dbt's options."""
    return [
        *("--target", "build", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(target), "--log-path", str(target / "logs")),
    ]


def main(target: Path, with_tests: bool) -> int:
    """Read the project, wait, build, write the results. Returns 1, after printing why, if dbt could not do one of these."""
    # What dbt makes of the project stays until the end. Searching it for what could be freed takes a tenth of the time.
    gc.disable()
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner, dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

    def refused(done: dbtRunnerResult) -> int:
        print(of_node(str(done.exception)))
        return 1

    read = dbtRunner().invoke([*_SILENT, "parse", *project_options(target)])
    if not isinstance(read.result, Manifest):
        return refused(read)
    if sys.stdin.readline() != _BEGIN:
        return 0
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    left_out = ["unit_test", "exposure", *([] if with_tests else ["test"])]
    exclude = [part for kind in left_out for part in ("--exclude-resource-type", kind)] + ["--exclude", f"test_name:{GRAIN}"]
    built = dbtRunner(manifest=read.result).invoke([*_SILENT, "--no-write-json", "build", *exclude, *project_options(target)])
    if not isinstance(built.result, RunExecutionResult):
        return refused(built)
    for result in built.result.results:
        result.message = of_node(result.message or "")
    built.result.write(str(target / RESULTS))
    return 0


def _end_with_the_input() -> None:
    """End this process at once when the one that started it has ended: nobody waits for the models any more."""
    # Not by `sys.stdin`, whose lock a thread would hold when this process ends as usual.
    while os.read(0, 1):
        continue
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), with_tests=len(sys.argv) == 2))
