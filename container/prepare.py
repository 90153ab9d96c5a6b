"""Prepares the services, once at each start: is there memory and disk, may the folders be written; then the database, the pool and the samples."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
GIB = 1024**3
LEAST_MEMORY = 4 * GIB
LEAST_DISK = 5 * GIB
USER = 50000


def memory() -> int:
    """Bytes of memory of this server, whatever the limit of this container."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def lacks(home: Path, logs: Path, memory_bytes: int, least_memory: int = LEAST_MEMORY, least_disk: int = LEAST_DISK) -> Iterator[str]:
    """What the server lacks, each in a sentence that says what to do."""
    if memory_bytes < least_memory:
        yield f"The server has {memory_bytes / GIB:.1f} GiB of memory. At least {least_memory / GIB:.0f} GiB are needed"
    for folder in (home, logs):
        if not folder.is_dir():
            yield f"{folder}: there is no such folder. Mount a volume there"
            continue
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            yield f"{folder}: cannot be written ({error.strerror}). Give it to the user {USER} and the group 0: chown -R {USER}:0 on the folder or volume"
            continue
        free = shutil.disk_usage(folder).free
        if free < least_disk:
            yield f"{folder}: {free / GIB:.1f} GiB are free. At least {least_disk / GIB:.0f} GiB are needed"


def uses_samples(home: Path, config: Path) -> bool:
    """Whether the configuration is the one that the samples bring: it lies in the data root."""
    return config.is_relative_to(home)


def _airflow(*arguments: str) -> None:
    done = subprocess.run(["airflow", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"airflow {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def main() -> int:
    """Returns 0 when all is ready; 1 with sentences that say what is missing."""
    home, config = Path(os.environ["WORKFORCE_HOME"]), Path(os.environ["WORKFORCE_CONFIG"])
    missing = list(lacks(home, Path(os.environ["AIRFLOW_HOME"]) / "logs", memory()))
    if missing:
        print("\n".join(missing), flush=True)
        return 1
    print("Memory, disk and folders are sufficient", flush=True)
    _airflow("db", "migrate")
    print("Airflow's database is up to date", flush=True)
    _airflow("pools", "import", str(REPOSITORY / "dags" / "pools.json"))
    print("Airflow's pool is there", flush=True)
    if uses_samples(home, config) and not config.exists():
        subprocess.run([sys.executable, "-m", "samples", "generate", "--out", str(home)], check=True)
    print("Ready. The password of Airflow's page: docker compose exec api-server cat /run/workforce/accounts/passwords.json", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
