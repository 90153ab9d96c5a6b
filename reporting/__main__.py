"""`python -m reporting scorecard|quality|summary`: write the pages of a publication, or print its latest indicators."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from foundation.command_line import run
from foundation.storage import any_storage
from reporting.published_marts import NothingPublished


def main(arguments: list[str] | None = None) -> int:
    """Run one report and return the exit code: 1 if nothing has been published yet."""
    parser = argparse.ArgumentParser(prog="python -m reporting", description="Reports from a publication of the workforce warehouse.")
    parser.add_argument(
        "report",
        choices=("scorecard", "quality", "summary"),
        help="scorecard, quality: write a page a council; summary: print the indicators",
    )
    parser.add_argument("--publication", type=Path, help="the publication's folder (without it: the latest one)")
    asked = parser.parse_args(arguments)
    publication: Path = asked.publication or any_storage().latest
    try:
        if asked.report == "scorecard":
            from reporting.scorecard import write_scorecards

            print(*write_scorecards(publication), sep="\n")
        elif asked.report == "quality":
            from reporting.quality import write_quality_pages

            print(*write_quality_pages(publication), sep="\n")
        else:
            from reporting.summary import latest_indicators

            print(latest_indicators(publication))
    except NothingPublished as nothing:
        print(nothing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    run(main)
