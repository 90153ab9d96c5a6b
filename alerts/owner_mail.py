"""Tell each source's owner what changed. Always a page in the folder, and a mail if the configuration says how."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from alerts.alert_settings import Settings, contact, settings
from alerts.digest import Digest, digest, remember
from alerts.digest_page import page, write_workbook
from expectations.council_check import remember_told
from foundation.storage import Storage, shared, storage, use_own_airflow

log = logging.getLogger(__name__)


class NotTold(Exception):
    """A mail could not be sent. The message names the sources. Their pages are in the folder, and the next run tries again."""


def tell_owners(sources: Sequence[Mapping[str, str]], now: datetime, urgent_only: bool = False) -> list[Path]:
    """Write and send the digest of every source that changed since its owner was last told. Returns the pages written.

    `urgent_only`: only what cannot wait: a missing file, a refused file, a block, or the end of everything that was reported. Raises NotTold
    after all others were told, whatever it was that failed.
    """
    store, how = storage(), settings()
    written: list[Path] = []
    failed = []
    asked = {source["organisation_id"] for source in sources}
    for source in sources:
        try:
            _tell(source, how, store, now, urgent_only, written)
        except Exception as error:  # noqa: BLE001 - one failed mail never stops the others; its text may quote addresses
            named = f"{source['organisation_id']} {source['source']}"
            log.error("%s: the mail could not be sent: %s", named, type(error).__name__)
            failed.append(named)
            asked.discard(source["organisation_id"])
    for organisation_id in sorted(asked):
        remember_told(organisation_id, store)
    if failed:
        raise NotTold(
            f"Mails could not be sent for {', '.join(failed)}. The pages are under {store.home / 'alerts'}, and the next run tries again"
        )
    return written


def _tell(source: Mapping[str, str], how: Settings, store: Storage, now: datetime, urgent_only: bool, written: list[Path]) -> None:
    """Write and send the digest of a source, if there is one, and add its page to those that are written."""
    told = digest(source["organisation_id"], source["source"], store, now, urgent_only)
    if told is None:
        return
    path, html = _write(told, how, store)
    written.append(path)
    _send(told, how, html)
    remember(told, store)


def _write(told: Digest, how: Settings, store: Storage) -> tuple[Path, str]:
    book = write_workbook(told, store)
    link = f"{how.restricted_link}{book.relative_to(store.home).as_posix()}" if book else None
    html = page(told, link)
    path = shared(store.home / "alerts" / told.organisation_id / told.source) / f"{told.now:%Y%m%dT%H%M%S}.html"
    path.write_text(html, encoding="utf-8")
    log.info("%s %s: %s", told.organisation_id, told.source, told.subject)
    return path, html


def _send(told: Digest, how: Settings, html: str) -> None:
    to = contact(told.organisation_id, told.owner)
    if how.smtp_connection and to:
        send_mail(how, to, told.subject, html)


def send_mail(how: Settings, to: str | list[str], subject: str, html: str) -> None:
    """Send a mail through Airflow's connection. Raises OSError if the server does not accept it.

    The subject is one line, whatever the names in it contain.
    """
    use_own_airflow()
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    with SmtpHook(smtp_conn_id=str(how.smtp_connection)) as hook:
        hook.send_email_smtp(to=to, subject=" ".join(subject.split()), html_content=html, from_email=how.sender)
