"""Writes the samples: extracts into an inbox and the configuration to read them with."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from random import Random

import yaml

from samples.areas import fit_areas
from samples.careers import rename_team, reorganise, slip
from samples.choices import Lives
from samples.council import play
from samples.lapses import lapse
from samples.layout import write_extract
from samples.layouts import COUNCILS, TEMPLATES
from samples.lives import live
from samples.months import month_end, period
from samples.plan import SOURCES, Plan, plan_council
from samples.published_figures import CARRIED, SampleError, read_published
from samples.published_statistics import ORGANISATION, write_published_statistics
from samples.rows import Extracts
from samples.training import read_courses, record_attempts
from samples.truth import Council

CONFIGURATION = Path(__file__).resolve().parent.parent / "config"
DEFAULT_SEED = 7
DRAWS = 5
YEARS = [2024, 2025]
HISTORY = [2023]
KEY_FILE = "sample_pseudonym_key.yaml"
KEY = {
    "sample": True,
    "key": "samples-only-7b1f3c9de2a84650",
    "says": "A key for generated samples only. Never use it for real extracts: set WORKFORCE_PSEUDONYM_KEY to a secret of your own.",
}
NOT_SUPPLIED_COLUMNS = ("source", "measure", "from_month", "to_month", "symbol", "counts_above")
TEAM_CHANGE_COLUMNS = ("from_date", "old_team_id", "new_team_id")
CORRECTED_MONTH, TYPED_LATE = 11, 2  # one month's agency bookings come again a week later, with bookings entered late
MAY_BE_EMPTY = ("agency", "absence", "caseload", "training")
Say = Callable[[str], object]


def generate_councils(out: Path, seed: int = DEFAULT_SEED, say: Say = print) -> None:
    """Three councils, October 2023 to September 2025, with a year of staff in post and absences before."""
    published = read_published(CARRIED)
    plans = [plan_council(published, code, YEARS, HISTORY, CARRIED.name, by_name=True) for code in COUNCILS]
    _write(plans, out, seed, say)
    say(write_published_statistics([plan.published for plan in plans], CONFIGURATION / "comparators", out, seed))


def generate_published(
    file: Path,
    la_codes: list[str],
    years: list[int],
    out: Path,
    seed: int = DEFAULT_SEED,
    say: Say = print,
    sources: Sequence[str] = SOURCES,
    processes: int = 1,
) -> None:
    """Any authorities in the Department's file, for consecutive census years. Raises SampleError."""
    wanted = sorted(set(years))
    if wanted != list(range(wanted[0], wanted[-1] + 1)):
        raise SampleError(f"--years {' '.join(map(str, wanted))}: the years must be consecutive")
    published = read_published(file)
    plans = [plan_council(published, code, wanted, [], str(file)) for code in dict.fromkeys(la_codes)]
    _write([replace(plan, sources=tuple(sources)) for plan in fit_areas(plans, file)], out, seed, say, processes)


def _write(plans: list[Plan], out: Path, seed: int, say: Say, processes: int = 1) -> None:
    _clear_earlier_samples(plans, out)
    _write_configuration(plans, out / "config")
    if processes == 1:
        for plan in plans:
            say(_write_council(plan, out, seed))
        return
    # Plans contain functions, which cannot be sent to another process. So each process is forked with all plans and gets a place in the list.
    _PLANS[:] = plans
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        for said in pool.map(_write_planned, range(len(plans)), repeat(out), repeat(seed)):
            say(said)


_PLANS: list[Plan] = []


def _write_planned(place: int, out: Path, seed: int) -> str:
    return _write_council(_PLANS[place], out, seed)


def _write_council(plan: Plan, out: Path, seed: int) -> str:
    """Write a council's extracts. Returns what was written, in words."""
    play_seed = f"{seed}:{plan.la_code}"
    council = _played(plan, play_seed)
    _complete(council, plan, play_seed)
    changes = [(day.isoformat(), plan.layout.team(old), plan.layout.team(new)) for day, old, new in council.team_changes]
    _write_table(out / "config" / "organisations" / plan.organisation_id / "team_changes.csv", TEAM_CHANGE_COLUMNS, changes)
    extracts = Extracts(council, plan.layout, plan.wanted("training")[0], play_seed)
    corrected = ("agency", month_end(plan.reported_from, CORRECTED_MONTH))
    files = rows = 0
    for source in plan.sources:
        folder = out / "inbox" / plan.organisation_id / source
        for month in plan.months(source):
            found = extracts.rows(source, month)
            version = 1
            if (source, month) == corrected and len(found) > TYPED_LATE:
                write_extract(folder, plan.layout, plan.prefix, source, month, found[:-TYPED_LATE])
                version = 2
            write_extract(folder, plan.layout, plan.prefix, source, month, found, version)
            files += version
            rows += len(found)
    last = plan.figures[-1]
    missing = "; ".join(
        f"{source} {measure or 'as a whole'} not supplied {start} to {end} ({symbol})"
        for source, measure, start, end, symbol, _ in plan.not_supplied()
    )
    return (
        f"{plan.organisation_id}: {plan.published.name}, {last.inpost_headcount} social workers in post in September {last.year}; "
        f"{files} extracts, {rows} rows" + (f"; {missing}" if missing else "")
    )


def _played(plan: Plan, play_seed: str) -> Council:
    """A workforce with the published figures. If the people drawn cannot have them, others are drawn, a few times."""
    for more in range(DRAWS):
        try:
            return play(plan.opening, plan.figures, f"{play_seed}:{more}" if more else play_seed, plan.late_in_september)
        except ValueError as error:
            refused = error
    raise SampleError(f"{plan.published.name} ({plan.la_code}): no workforce can have the published figures: {refused}") from refused


def _complete(council: Council, plan: Plan, play_seed: str) -> None:
    """Add unusual working lives, training, typing errors, and how this kind of system shows teams that change."""
    random = Random(f"{play_seed}:more")
    months = plan.wanted("training")
    in_post = set(plan.months("hr_assignments"))
    lives = Lives(council, [day for day in months if day in in_post], Random(f"{play_seed}:lives"))
    live(lives)
    if not plan.layout.history:
        lapse(lives)
    record_attempts(council, read_courses(CONFIGURATION / "courses.csv"), months[0], months[-1], random)
    slip(council, months[1], months[-1], random)
    if plan.layout.kind == "unit4":
        reorganise(council, months[-1])
    elif plan.layout.kind == "oracle":
        rename_team(council)


def _clear_earlier_samples(plans: list[Plan], out: Path) -> None:
    """Remove what an earlier run of the samples wrote. Refuse to touch anything else."""
    if (out / "config").resolve() == CONFIGURATION.resolve():
        raise SampleError(f"--out {out}: that is the project's own folder, and its config/ would be overwritten. Choose another folder")
    written_here = (out / "config" / KEY_FILE).exists()
    if (out / "config").exists() and not written_here:
        raise SampleError(f"{out / 'config'} was not written by the samples. Choose another folder with --out, or move it away")
    for organisation_id in (*(plan.organisation_id for plan in plans), ORGANISATION):
        inbox = out / "inbox" / organisation_id
        if inbox.exists() and any(inbox.rglob("*.*")) and not written_here:
            raise SampleError(f"{inbox} has files that the samples did not write. Choose another folder with --out, or move them away")
        shutil.rmtree(inbox, ignore_errors=True)
    shutil.rmtree(out / "config", ignore_errors=True)


def _keep_targets_of(plans: list[Plan], path: Path) -> None:
    """Keep only targets of the configured councils, and targets for every council."""
    with path.open(encoding="utf-8", newline="") as written:
        header, *targets = csv.reader(written)
    ours = {"", *(plan.organisation_id for plan in plans)}
    _write_table(path, tuple(header), [tuple(row) for row in targets if row[0] in ours])


def _write_configuration(plans: list[Plan], folder: Path) -> None:
    """The project's configuration with the councils of the plans, made from the council with the same layout."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(CONFIGURATION.glob("*.*")):
        shutil.copyfile(path, folder / path.name)
    shutil.copytree(CONFIGURATION / "comparators", folder / "comparators", dirs_exist_ok=True)
    _keep_targets_of(plans, folder / "targets.csv")
    (folder / KEY_FILE).write_text(yaml.safe_dump(KEY, sort_keys=False), encoding="utf-8")
    for plan in plans:
        target = folder / "organisations" / plan.organisation_id
        template = CONFIGURATION / "organisations" / TEMPLATES[plan.layout.kind]
        if not (template / "organisation.yaml").exists():
            raise SampleError(f"{template}: the configuration to start from is missing. Restore config/organisations")
        shutil.copytree(template, target)
        if not plan.by_name:
            settings = yaml.safe_load((template / "organisation.yaml").read_text(encoding="utf-8"))
            row = plan.published
            settings.update(id=plan.organisation_id, name=row.name, la_code=row.la_code, new_la_code=row.new_la_code, region=row.region)
            settings.update(partnership=None, first_month=period(plan.months("hr_assignments")[0]))
            settings["sources"] = {source: setting for source, setting in settings["sources"].items() if source in plan.sources}
            for source in MAY_BE_EMPTY:
                mapping = target / "mappings" / f"{source}.yaml"
                text = mapping.read_text(encoding="utf-8")
                mapping.write_text(text.replace("  header: find\n", "  header: find\n  may_be_empty: true\n"), encoding="utf-8")
            (target / "organisation.yaml").write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")
        _write_table(target / "not_supplied.csv", NOT_SUPPLIED_COLUMNS, plan.not_supplied())


def _write_table(path: Path, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
