"""Tell the board's officer what a publication lacks and why, or why there is none. A page in the folder, and a mail if one is configured."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2
import polars as pl

from alerts.alert_settings import LONDON, settings
from alerts.digest_page import CELL, H2, TEMPLATES
from alerts.owner_mail import NotTold, send_mail
from expectations.completeness import SAYS, stopped
from expectations.engine.check_results import MARTS
from foundation.configuration import ConfigurationError, organisations
from foundation.storage import shared, storage, write_whole
from reporting import figure_wording
from reporting.missing_figures import lacking
from reporting.published_marts import left_out, overrides, publication_id
from reporting.published_quality import QualityMarts

THE_ENGINEERS = "The engineers were told."


def tell_officer(publication: Path) -> Path | None:
    """Write and send what a publication lacks, what was overridden for it, and what the checks of its figures found.

    None if the officer was told before. Raises NothingPublished, NotTold.
    """
    page = _folder() / f"{publication_id(publication)}.html"
    if page.exists():
        return None
    with QualityMarts(publication) as marts:
        findings, month, councils = marts.findings_of_figures(), marts.month(), marts.councils()
        found = {council.name: lacking(marts.figures(council.organisation_id), month) for council in councils}
    to_mend = {council: those for council, (those, _) in found.items() if those}
    expected = {council: those for council, (_, those) in found.items() if those}
    overridden = [(council.name, override) for council in councils for override in overrides(publication, council.organisation_id)]
    counted = figure_wording.counted(sum(len(those) for those in to_mend.values()), "figure is", "figures are")
    if not to_mend and findings:
        counted = figure_wording.counted(len(findings), "finding", "findings") + " on figures, none"
    subject = f"{counted} missing or older: publication {publication_id(publication)}, {figure_wording.month(month)}"
    out = left_out(publication)
    html = _page(
        "officer.html.j2", subject, councils=to_mend, expected=expected, findings=findings, overridden=overridden, says=SAYS, left_out=out
    )
    return _tell(page, subject, html, send=bool(to_mend or findings or overridden or out))


def tell_not_published(is_built: bool | None, is_sound: bool | None, is_complete: bool | None, now: datetime) -> Path | None:
    """Write and send that nothing was published and why. None if the officer was told the same before.

    `is_built`, `is_sound` and `is_complete` say how far the run came: the figures were made, their checks passed, the month is complete.
    Raises NotTold.
    """
    month, reasons = _why_not(is_built, is_sound, is_complete)
    day = figure_wording.day(now.astimezone(LONDON).date())
    of = f"{figure_wording.month(date(int(month[:4]), int(month[5:7]), 1))}" if month else f"the run of {day}"
    told = hashlib.sha256("\n".join([of, *reasons]).encode()).hexdigest()[:8]
    page = _folder() / f"not_published_{month or now.date().isoformat()}_{told}.html"
    if page.exists():
        return None
    subject = f"Not published: {of}. The last publication stays"
    return _tell(page, subject, _page("not_published.html.j2", subject, reasons=reasons, day=day), send=True)


def _why_not(is_built: bool | None, is_sound: bool | None, is_complete: bool | None) -> tuple[str, list[str]]:
    """The month, if known, and the reasons in plain words."""
    if not is_built:
        return "", [f"The figures could not be made. {THE_ENGINEERS}"]
    if not is_sound:
        refused = _refused_marts()
        month = max((result["period"] for result in refused), default="")
        said = sorted({f"{result['says']} (rule {result['rule_id']}). {THE_ENGINEERS}" for result in refused})
        return month, said or [f"The checks of the figures could not run. {THE_ENGINEERS}"]
    if not is_complete:
        month, gaps = stopped()
        names = _names()
        said = [
            f"{names.get(gap.organisation_id, gap.organisation_id)}, {figure_wording.source(gap.source)}: {SAYS[gap.lack]}." for gap in gaps
        ]
        return month, said or [f"It is not known whether the month is complete. {THE_ENGINEERS}"]
    return "", [f"The publication could not be written. {THE_ENGINEERS}"]


def _names() -> dict[str, str]:
    try:
        return {council.organisation_id: council.name for council in organisations()}
    except ConfigurationError:  # the officer is still told, and choose_sources says what is wrong
        return {}


def _refused_marts() -> list[dict[str, Any]]:
    path = storage().checks / f"{MARTS}.parquet"
    rows = pl.read_parquet(path).rows(named=True) if path.exists() else []
    return [row for row in rows if row["severity"] == "block" and row["outcome"] == "failed"]


def _folder() -> Path:
    return shared(storage().home / "alerts" / "board")


def _page(template: str, subject: str, **known: Any) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        month=figure_wording.month,
        capitalize_first=figure_wording.capitalised,
        lower_first=figure_wording.continued,
        source=figure_wording.source,
    )
    return environment.get_template(template).render(subject=subject, h2=H2, cell=CELL, **known)


def _tell(page: Path, subject: str, html: str, send: bool) -> Path:
    how = settings()
    if send and how.smtp_connection and how.board_officer:
        try:
            send_mail(how, how.board_officer, subject, html)
        except Exception:  # noqa: BLE001 - whatever it was, the next run tries again; its text may quote addresses
            raise NotTold("The mail to the board's officer could not be sent. The next run tries again") from None
    write_whole(page, lambda part: part.write_text(html, encoding="utf-8"))
    return page
