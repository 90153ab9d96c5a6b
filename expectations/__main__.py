"""Check a council's source, or the marts, and print what was found."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence

from expectations.rules import RuleResult


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 if nothing is refused, 1 if a delivery or the marts are, 2 if a check could not be made."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    from expectations.check import CheckErrored, MartsRefused, accept_delivery, check_marts, check_source, errors, refusals

    if asked.what == "accept":
        try:
            taken = accept_delivery(asked.organisation, asked.source, asked.delivery, asked.by, asked.reason)
        except KeyError:
            print(f"The ledger has no delivery {asked.delivery} of {asked.organisation} {asked.source}")
            return 2
        except ValueError as error:
            print(error)
            return 2
        print(f"{taken.delivery_id} ({taken.file}) is {taken.state}")
        return 0
    try:
        results = check_source(asked.organisation, asked.source) if asked.what == "source" else check_marts()
    except (CheckErrored, MartsRefused) as error:
        print(table(error.results, asked.all))
        print(error)
        return 1 if isinstance(error, MartsRefused) else 2
    print(table(results, asked.all))
    if errors(results):
        return 2
    return 1 if refusals(results) else 0


def table(results: Sequence[RuleResult], everything: bool = False) -> str:
    """The results as a plain table, one line a rule, outcome and council: those that did not pass, or all; then how many passed."""
    found: dict[tuple[str, ...], list[RuleResult]] = {}
    for one in results:
        if everything or one.outcome != "passed":
            found.setdefault((one.rule_id, one.severity, one.outcome, one.organisation_id or "-"), []).append(one)
    titles = ("rule", "severity", "outcome", "council", "months", "latest", "rows then", "says")
    lines = []
    for names, those in sorted(found.items()):
        latest = max(those, key=lambda one: one.period)
        lines.append((*names, str(len(those)), latest.period, str(latest.rows_failed or ""), latest.says))
    widths = [max(len(line[place]) for line in [titles, *lines]) for place in range(len(titles))]
    written = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in [titles, *lines]]
    passed = sum(one.outcome == "passed" for one in results)
    return "\n".join([*(written if lines else []), f"{passed} of {len(results)} checks passed"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m expectations", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    source = commands.add_parser("source", help="check all deliveries of a council's source; hold what is refused")
    marts = commands.add_parser("marts", help="check the marts of the build")
    accept = commands.add_parser("accept", help="take a held delivery as true; who and why is kept in the ledger")
    for command in (source, accept):
        command.add_argument("--organisation", required=True, help="the council's id")
        command.add_argument("--source", required=True, help="the source, such as hr_assignments")
    accept.add_argument(
        "--delivery", required=True, help="the delivery's id: the name of its entry under ledger/<source>/<council>/, without .json"
    )
    accept.add_argument("--by", required=True, help="who decided")
    accept.add_argument("--reason", required=True, help="why it is true, in words without personal details")
    for command in (source, marts):
        command.add_argument("--all", action="store_true", help="also show what passed")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
