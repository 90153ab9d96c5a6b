"""The board's officer is told what a publication lacks and why: once a publication, as a page in the folder and a mail where one is configured."""

from __future__ import annotations

from pathlib import Path

import jinja2

from alerts.settings import settings
from alerts.tell import NotTold, send_mail
from alerts.write import CELL, H2, TEMPLATES
from reporting import words
from reporting.published import publication_id
from reporting.published_quality import QualityMarts
from warehouse.storage import shared, storage


def tell_officer(publication: Path) -> Path | None:
    """Write and send what a publication lacks, and what the checks of its figures found; None if its officer was told before. Raises NothingPublished, NotTold."""
    page = shared(storage().home / "alerts" / "board") / f"{publication_id(publication)}.html"
    if page.exists():
        return None
    with QualityMarts(publication) as marts:
        findings = marts.findings_of_figures()
        month = marts.month()
        figures = {council.name: [one for one in marts.figures(council.organisation_id) if one.is_lacking] for council in marts.councils()}
    lacking = {council: those for council, those in figures.items() if those}
    counted = words.counted(sum(len(those) for those in lacking.values()), "figure is", "figures are")
    if not lacking and findings:
        counted = words.counted(len(findings), "finding", "findings") + " on figures, none"
    subject = f"{counted} missing or older: publication {publication_id(publication)}, {words.month(month)}"
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters.update(month=words.month, capitalize_first=words.capitalised, lower_first=words.continued)
    html = environment.get_template("officer.html.j2").render(
        subject=subject,
        councils=lacking,
        findings=findings,
        h2=H2,
        cell=CELL,
    )
    how = settings()
    if how.smtp_connection and how.board_officer and (lacking or findings):
        try:
            send_mail(how, how.board_officer, subject, html)
        except OSError:
            raise NotTold("The board's officer could not be mailed what the publication lacks; the next run tries again") from None
    page.write_text(html, encoding="utf-8")
    return page
