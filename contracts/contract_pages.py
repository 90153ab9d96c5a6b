"""Every contract as a page for HR to read and a workbook for HR to fill in. The pages are static, have no scripts and load nothing from other servers."""

from __future__ import annotations

from pathlib import Path

import jinja2

from contracts import contract_wording
from contracts.code_lists import code_lists
from contracts.contract_model import Column, Contract
from contracts.contract_versions import contract, sources
from contracts.contract_workbook import write_workbook, write_workbook_mapping
from foundation.storage import shared

TEMPLATES = Path(__file__).with_name("templates")


def write_contracts(folder: Path) -> list[Path]:
    """Write `<source>.html`, `<source>.xlsx` and the workbook's mapping for every contract, and `index.html`.

    Returns the files, the index first. The same contracts give the same files, byte for byte. Raises ContractError.
    """
    shared(folder)
    pages = _environment()
    latest = [contract(source) for source in sources()]
    index = folder / "index.html"
    in_order = sorted(latest, key=lambda contract: contract.about.name.lower())
    index.write_text(pages.get_template("contracts.html.j2").render(contracts=in_order), encoding="utf-8")
    written = [index]
    for latest_contract in latest:
        page = folder / f"{latest_contract.source}.html"
        page.write_text(page_of(latest_contract, pages), encoding="utf-8")
        written += [page, write_workbook(latest_contract, folder), write_workbook_mapping(latest_contract, folder)]
    return written


def page_of(shown: Contract, pages: jinja2.Environment | None = None) -> str:
    """The page of one contract."""
    coded = tuple(column for column in shown.columns if column.codes)
    return (
        (pages or _environment())
        .get_template("contract.html.j2")
        .render(
            contract=shown,
            key=tuple(column.title for column in shown.columns if column.key),
            months=contract_wording.span_words(shown),
            kept_means=contract_wording.kept_means(shown),
            rules=contract_wording.rules_of(shown),
            coded=coded,
            lists=code_lists(),
            versions=contract_wording.told_versions(shown.source),
        )
    )


def _environment() -> jinja2.Environment:
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(kind=contract_wording.kind, kept=contract_wording.kept, needed=contract_wording.needed, has_dfe=_has_dfe)
    return pages


def _has_dfe(column: Column) -> bool:
    return any(code.dfe for code in column.labelled_codes)
