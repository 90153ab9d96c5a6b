"""The command `python -m warehouse trace`."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime
from pathlib import Path

from foundation.command_line import printable
from foundation.storage import storage
from warehouse.query import NoPublication
from warehouse.tracing.compiled_models import CannotBeFollowed
from warehouse.tracing.figure import ORGANISATION, NoSuchFigure
from warehouse.tracing.metric_parts import UnknownIndicator
from warehouse.tracing.trace import Asked, trace
from warehouse.tracing.trace_page import SECTIONS, page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be asked."""
    parser.add_argument("--organisation", required=True, metavar="COUNCIL", help="id of a council")
    parser.add_argument("--indicator", required=True, metavar="NAME", help="its metric, such as turnover_rate or turnover_rate_board")
    parser.add_argument("--month", required=True, type=_month, metavar="YYYY-MM", help="the month of the figure")
    parser.add_argument(
        "--unit", type=_unit, metavar="KIND/ID", help="a team or service, such as team/CF3190. Without it, the whole council"
    )
    parser.add_argument(
        "--only",
        type=_sections,
        default=SECTIONS,
        metavar="SECTIONS",
        help=f"not all sections: {', '.join(SECTIONS)}, with commas between them",
    )
    parser.add_argument(
        "--publication", type=Path, metavar="FOLDER", help="published/<YYYY-MM>/<publication>. Without it, published/latest"
    )


def print_trace(asked: argparse.Namespace) -> int:
    """Print the trace of a figure. Returns 0, 1 if the rows do not come to the figure, 2 if there is nothing to trace."""
    place = storage()
    unit = asked.unit
    if unit and unit[0] == asked.organisation:
        unit = (ORGANISATION, asked.organisation)
    try:
        traced = trace(Asked(asked.organisation, asked.indicator, asked.month, unit), asked.publication or place.latest, place)
    except (NoPublication, UnknownIndicator, NoSuchFigure, CannotBeFollowed) as wrong:
        print(printable(str(wrong)), file=sys.stderr)
        return 2
    print(printable(page(traced, place, asked.only)))
    return 0 if traced.adds_up else 1


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a month. Write it like 2025-09") from None


def _unit(text: str) -> tuple[str, str]:
    *_, scope, scope_id = ["", *text.split("/")]
    if not scope or not scope_id:
        raise argparse.ArgumentTypeError(f"'{text}' is not a unit. Write it like team/CF3190 or service/CS01")
    return scope, scope_id


def _sections(text: str) -> list[str]:
    named = [name.strip() for name in text.split(",")]
    if unknown := [name for name in named if name not in SECTIONS]:
        raise argparse.ArgumentTypeError(f"There is no section '{unknown[0]}'. There are: {', '.join(SECTIONS)}")
    return named
