"""Whether everything around the data fits: configuration, connections, key, rights, disk, calendar and clock."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from alerts.alert_settings import Settings, settings
from contracts import ContractError, every_version
from foundation import ledger
from foundation.arrives import INBOX, Arrives
from foundation.configuration import ConfigurationError, Organisation, councils
from foundation.folder_rights import wrong_rights
from foundation.ledger import CLOCKS_DIFFER
from foundation.storage import Storage, use_own_airflow
from ingestion.arriving.arrival_places import PlaceFailed, place_of
from ingestion.mapping import read_mapping
from ingestion.protecting.pseudonyms import KEY_VARIABLE, PseudonymKeyError, check_key, master_key, pseudonyms_of
from upkeep.finding import Finding
from warehouse.configuration_tables import refuse_unusable_configuration
from warehouse.models import PROJECT

GIB = 1 << 30
LEAST_FREE = GIB
LEAST_FILES = 10_000
WORKING_DAYS = PROJECT / "seeds" / "working_days.csv"
MONTHS_AHEAD = 6
# The census year begins in October.
FIRST_MONTH_OF_CENSUS = 10
OWNER_ALONE = 0o700


def of_configuration() -> Iterator[Finding]:
    """Files of the configuration that cannot be used."""
    try:
        refuse_unusable_configuration()
    except (ConfigurationError, ContractError) as wrong:
        for line in str(wrong).splitlines():
            yield Finding("configuration", line.rstrip("."), "Correct the file that is named")
    for council, source in _usable():
        try:
            read_mapping(council.sources[source].mapping, every_version(source))
        except (ConfigurationError, ContractError) as wrong:
            yield Finding(
                "configuration", f"{council.organisation_id} {source}: {str(wrong).rstrip('.')}", "Nothing of the source lands until then"
            )
    try:
        settings()
    except ConfigurationError as wrong:
        yield Finding("configuration", str(wrong).rstrip("."), "No mail is sent until then")


def of_key(store: Storage) -> Iterator[Finding]:
    """Whether the key for pseudonyms is there, and is the one that each council's deliveries were landed with."""
    try:
        key = master_key()
    except PseudonymKeyError as wrong:
        yield Finding(KEY_VARIABLE, *_sentence(wrong))
        return
    for organisation_id in dict.fromkeys(council.organisation_id for council, _ in _usable()):
        try:
            check_key(pseudonyms_of(organisation_id, key), ledger.deliveries(organisation_id, None, store))
        except ConfigurationError as wrong:
            yield Finding(KEY_VARIABLE, *_sentence(wrong))


def of_connections() -> Iterator[Finding]:
    """Places from which extracts are fetched, and the mail server, as far as they are configured and do not answer."""
    places: dict[Arrives, str] = {}
    for council, source in _usable():
        arrives = council.sources[source].arrives
        if arrives.kind != INBOX:
            places.setdefault(arrives, f"{council.organisation_id} {source}")
    for arrives, where in places.items():
        try:
            with place_of(arrives) as place:
                place.files()
        except (PlaceFailed, ConfigurationError) as wrong:
            yield Finding(where, *_sentence(wrong))
    try:
        how = settings()
    except ConfigurationError:
        return
    if how.smtp_connection:
        yield from _mail_server(how)


def _mail_server(how: Settings) -> Iterator[Finding]:
    use_own_airflow()
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    try:
        with SmtpHook(smtp_conn_id=str(how.smtp_connection)):
            pass
    except Exception as error:  # noqa: BLE001 - whatever it is, no mail can be sent; its text may have a password
        what = f"the mail server of the connection {how.smtp_connection} does not answer as it should ({type(error).__name__})"
        yield Finding(
            "alerts.yaml", what, "Check its host, port, login and certificate in Airflow's connections. No mail is sent until then"
        )


def of_rights(store: Storage) -> Iterator[Finding]:
    """Restricted folders that others can enter, audiences and an inbox with other rights than the configuration gives them, and places that this
    account cannot read or write."""
    for folder in store.restricted:
        if folder.is_dir() and folder.stat().st_mode & 0o777 != OWNER_ALONE:
            mode = f"{folder.stat().st_mode & 0o777:o}"
            yield Finding(
                _named(folder, store),
                f"has the rights {mode} instead of 700, so that others may read rows of people",
                f"chmod 700 {folder}",
            )
    yield from _of_audiences(store)
    if store.published.is_dir() and store.published.stat().st_mode & 0o002:
        yield Finding("published/", "can be written by anybody", f"chmod o-w {store.published}")
    for top in (*store.written, store.home / "inbox"):
        for walked, _, names in os.walk(top):
            if not os.access(walked, os.R_OK | os.W_OK | os.X_OK):
                yield _not_ours(Path(walked), "written", store)
                continue
            for name in names:
                path = Path(walked) / name
                if not path.is_symlink() and not os.access(path, os.R_OK):
                    yield _not_ours(path, "read", store)


def _of_audiences(store: Storage) -> Iterator[Finding]:
    try:
        for path, wrong, rights in wrong_rights(store.home / "inbox", store.published):
            within = path.relative_to(store.published).parts if path.is_relative_to(store.published) else ()
            folder = store.published.joinpath(*within[:3]) if within else path
            group = f"chgrp -R {rights.group} {folder}; " if rights.group is not None else ""
            do = f"chmod {rights.mode:o} {folder}"
            if within:
                do = f"find {folder} -type d -exec chmod {rights.mode:o} {{}} +; find {folder} -type f -exec chmod {rights.of_files:o} {{}} +"
            yield Finding(_named(path, store), wrong, group + do)
    except ConfigurationError as wrong:
        yield Finding("configuration", str(wrong).rstrip("."), "Nothing is landed or published until then")


def _not_ours(path: Path, verb: str, store: Storage) -> Finding:
    owner = path.stat(follow_symlinks=False).st_uid
    do = f"Give it to the account that runs the pipeline: chown {os.geteuid()} {path}, or correct its rights"
    return Finding(_named(path, store), f"cannot be {verb} by this account (user {os.geteuid()}; it belongs to user {owner})", do)


def of_disk(store: Storage) -> Iterator[Finding]:
    """Too little room for the next run: as much as twice the last build and publication, and a gigabyte at least."""
    built = store.build_database.stat().st_size if store.build_database.exists() else 0
    least = max(LEAST_FREE, 2 * built)
    for disk in {place.resolve() for place in (store.home, store.published, store.build_folder) if place.is_dir()}:
        try:
            with tempfile.TemporaryFile(dir=disk) as probe:
                probe.write(b"\0" * 4096)
                probe.flush()
        except OSError as error:
            yield Finding(str(disk), f"cannot be written ({error.strerror})", "Free the disk, or give the account the right to write there")
            continue
        free, files = shutil.disk_usage(disk).free, os.statvfs(disk).f_favail
        if free < least:
            yield Finding(
                str(disk), f"{free / GIB:.1f} GiB are free, and a run may need {least / GIB:.1f}", "Free the disk, or give it more room"
            )
        elif 0 < files < LEAST_FILES:
            yield Finding(
                str(disk),
                f"the file system has room for {files:,} more files only",
                "Remove files, or make a file system with more of them",
            )


def of_clock(store: Storage, now: datetime) -> Iterator[Finding]:
    """A clock that is behind what the data root knows already: whatever comes now would come before it."""
    known = [
        datetime.fromisoformat(state.at) for delivery in ledger.deliveries(store=store) if not delivery.is_lost for state in delivery.states
    ]
    newest = max(known, default=now)
    if newest > now + CLOCKS_DIFFER:
        what = f"it is {now:%Y-%m-%d %H:%M} by this machine's clock, but the ledger was last written on {newest:%Y-%m-%d %H:%M} (UTC)"
        yield Finding("clock", what, "Set the clock (timedatectl), and run nothing until then: what comes now would count as older")


def of_calendar(today: date) -> Iterator[Finding]:
    """A census year of the coming months for which nobody has said how many working days it has."""
    month = today.year * 12 + today.month - 1 + MONTHS_AHEAD
    census_year = month // 12 + (1 if month % 12 + 1 >= FIRST_MONTH_OF_CENSUS else 0)
    with WORKING_DAYS.open(encoding="utf-8", newline="") as opened:
        known = {int(row["census_year"]) for row in csv.DictReader(opened)}
    if census_year not in known:
        what = f"{WORKING_DAYS.name} has no working days of the census year {census_year}"
        yield Finding("calendar", what, f"Add a line to {WORKING_DAYS}: without it the absence rate of that year has no figure")


def _usable() -> Iterator[tuple[Organisation, str]]:
    try:
        usable, _ = councils()
    except ConfigurationError:
        return
    for council in usable:
        for source in council.sources:
            yield council, source


def _sentence(wrong: Exception) -> tuple[str, str]:
    """An error's first sentence, and what it says after that."""
    what, _, do = str(wrong).partition(". ")
    return what, do or "See docs/runbooks/workforce_month.md"


def _named(path: Path, store: Storage) -> str:
    return path.relative_to(store.home).as_posix() + ("/" if path.is_dir() else "")
