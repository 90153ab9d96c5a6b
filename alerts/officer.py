"""The board's officer is told what a publication lacks and why: once a publication, as a page in the folder and a mail where one is configured."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from alerts.settings import settings
from alerts.tell import NotTold, send_mail
from alerts.write import CELL, H2, TEMPLATES
from reporting import words
from reporting.published import NothingPublished, publication_id
from warehouse.storage import shared, storage

_LACKING = """
select
    organisation.organisation_name as council,
    indicator.title,
    value.status_reason,
    value.as_at_month,
    value.month_end
from marts.indicator_value as value
inner join marts.organisation as organisation using (organisation_id)
inner join marts.indicator as indicator using (indicator_id, definition_id)
where
    value.scope = 'organisation'
    and value.month_end = (select max(month_end) from marts.indicator_value)
    and (value.status = 'not_available' or value.as_at_month is not null)
order by council, indicator.order_no, value.definition_id
"""


def tell_officer(publication: Path) -> Path | None:
    """Write and send what a publication lacks; None if its officer was told before. Raises NothingPublished, NotTold."""
    page = shared(storage().home / "alerts" / "board") / f"{publication_id(publication)}.html"
    if page.exists():
        return None
    lacking = _lacking(publication)
    month = words.month(lacking[0]["month_end"]) if lacking else ""
    subject = f"{words.counted(len(lacking), 'figure is', 'figures are')} missing or older: publication {publication_id(publication)}"
    if month:
        subject = f"{subject}, {month}"
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters.update(month=words.month, reason=words.reason)
    html = environment.get_template("officer.html.j2").render(
        subject=subject,
        councils=[(council, list(those)) for council, those in groupby(lacking, key=lambda one: one["council"])],
        h2=H2,
        cell=CELL,
    )
    how = settings()
    if how.smtp_connection and how.board_officer and lacking:
        try:
            send_mail(how, how.board_officer, subject, html)
        except OSError:
            raise NotTold("The board's officer could not be mailed what the publication lacks; the next run tries again") from None
    page.write_text(html, encoding="utf-8")
    return page


def _lacking(publication: Path) -> list[dict[str, Any]]:
    database = publication / "inside" / "workforce.duckdb"
    if not database.is_file():
        raise NothingPublished(f"There is no {database}: nothing can be said of it")
    with duckdb.connect(str(database), read_only=True) as connection:
        answer = connection.execute(_LACKING)
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
