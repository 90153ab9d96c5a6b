"""The command `python -m warehouse trace`: what its options may be, and what it prints."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime

from foundation.command_line import printable
from foundation.storage import storage
from warehouse.query import NoPublication
from warehouse.tracing.compiled_models import CannotBeFollowed
from warehouse.tracing.figure import ORGANISATION, NoSuchFigure
from warehouse.tracing.metric_parts import UnknownIndicator
from warehouse.tracing.trace import Asked, trace
from warehouse.tracing.trace_page import SECTIONS, page


def print_trace(asked: argparse.Namespace) -> int:
    """Print the trace of a figure. Returns 0, 1 if the rows do not come to the figure, 2 if there is nothing to trace."""
    place = storage()
    of_unit = asked.unit
    if of_unit and of_unit[0] == asked.organisation:
        of_unit = (ORGANISATION, asked.organisation)
    try:
        traced = trace(Asked(asked.organisation, asked.indicator, asked.month, of_unit), asked.publication or place.latest, place)
    except (NoPublication, UnknownIndicator, NoSuchFigure, CannotBeFollowed) as wrong:
        print(printable(str(wrong)), file=sys.stderr)
        return 2
    print(printable(page(traced, place, asked.only)))
    return 0 if traced.adds_up else 1


def month(text: str) -> date:
    """A month by its option. Raises ArgumentTypeError."""
    try:
        return datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a month. Write it like 2025-09") from None


def unit(text: str) -> tuple[str, str]:
    """Kind and id of a unit by its option. Raises ArgumentTypeError."""
    *_, scope, scope_id = ["", *text.split("/")]
    if not scope or not scope_id:
        raise argparse.ArgumentTypeError(f"'{text}' is not a unit. Write it like team/CF3190 or service/CS01")
    return scope, scope_id


def sections(text: str) -> list[str]:
    """Sections of the page by their option. Raises ArgumentTypeError."""
    named = [name.strip() for name in text.split(",")]
    if unknown := [name for name in named if name not in SECTIONS]:
        raise argparse.ArgumentTypeError(f"There is no section '{unknown[0]}'. There are: {', '.join(SECTIONS)}")
    return named
