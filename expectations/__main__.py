"""Check a council's source or the marts and print the results. List the rules. Accept data that is true although a rule refuses it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from datetime import date

from expectations.engine.check_rule import RuleResult
from foundation.command_line import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 if nothing is refused, 1 if a delivery or the marts are refused, 2 if a check or the command could not run."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    from expectations.source_check import CheckErrored, MartsRefused, check_marts, check_source, errors, refusals
    from foundation.configuration import ConfigurationError

    if asked.what == "rules":
        print(rules_table())
        return 0
    try:
        if asked.what == "accept":
            return _accept_delivery(asked) if asked.delivery else _accept_rule(asked)
        results = check_source(asked.organisation, asked.source) if asked.what == "source" else check_marts()
    except ConfigurationError as error:
        print(error)
        return 2
    except (CheckErrored, MartsRefused) as error:
        print(table(error.results, asked.all))
        print(error)
        return 1 if isinstance(error, MartsRefused) else 2
    print(table(results, asked.all))
    if errors(results):
        return 2
    return 1 if refusals(results) else 0


def _accept_delivery(asked: argparse.Namespace) -> int:
    from expectations.source_check import accept_delivery

    if not asked.source:
        print("--source is needed with --delivery")
        return 2
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


def _accept_rule(asked: argparse.Namespace) -> int:
    from expectations.engine.council_decisions import AcceptedException, accept_exception
    from expectations.rules.every_source import every_rule

    known = {rule.rule_id: rule for rule in every_rule()}
    if asked.rule not in known:
        print(f"There is no rule '{asked.rule}'. `python -m expectations rules` lists them")
        return 2
    if not (asked.until and asked.from_month):
        print("--until and --from-month are needed with --rule: the last day of acceptance, and the first month")
        return 2
    accepted = AcceptedException(asked.rule, asked.from_month, asked.until, asked.most_rows, asked.by, asked.reason)
    path = accept_exception(asked.organisation, known[asked.rule], accepted)
    print(f"{asked.rule} is accepted for {asked.organisation} until {asked.until:%d/%m/%Y}: {path}")
    return 0


def rules_table() -> str:
    """One line per rule: id, severity, limits, and what it says."""
    from expectations.rules.every_source import every_rule

    lines = []
    for rule in every_rule():
        limits = rule.limits
        sides = (("least", limits.least), ("most", limits.most)) if limits else ()
        written = ", ".join(f"{name} {value:g}" for name, value in sides if value is not None)
        lines.append(f"{rule.rule_id:<9} {rule.severity:<6} {written:<28} {rule.told}")
    return "\n".join(lines)


def table(results: Sequence[RuleResult], everything: bool = False) -> str:
    """The results as a plain table, one line per rule, outcome and council. Only those that did not pass, or all. Then how many passed."""
    found: dict[tuple[str, ...], list[RuleResult]] = {}
    for result in results:
        if everything or result.outcome != "passed":
            found.setdefault((result.rule_id, result.severity, result.outcome, result.organisation_id or "-"), []).append(result)
    titles = ("rule", "severity", "outcome", "council", "months", "latest", "rows then", "says")
    lines = []
    for names, those in sorted(found.items()):
        latest = max(those, key=lambda result: result.period)
        lines.append((*names, str(len(those)), latest.period, str(latest.rows_failed or ""), latest.says))
    widths = [max(len(line[place]) for line in [titles, *lines]) for place in range(len(titles))]
    written = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in [titles, *lines]]
    passed = sum(result.outcome == "passed" for result in results)
    return "\n".join([*(written if lines else []), f"{passed} of {len(results)} checks passed"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m expectations", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    source = commands.add_parser("source", help="check all deliveries of a council's source, and hold those that are refused")
    marts = commands.add_parser("marts", help="check the marts of the build")
    commands.add_parser("rules", help="list every rule with its severity and limits")
    accept = commands.add_parser(
        "accept", help="accept a held delivery as true, or data that fails a rule until a given day. Keeps who decided it and why"
    )
    for command in (source, accept):
        command.add_argument("--organisation", required=True, help="the council's id")
        command.add_argument("--source", required=command is source, help="the source, such as hr_assignments")
    what = accept.add_mutually_exclusive_group(required=True)
    what.add_argument("--delivery", help="id of a held delivery: the name of its entry in ledger/<source>/<council>/, without .json")
    what.add_argument("--rule", help="id of a rule, such as HR-007. The exception is written to the council's accepted_exceptions.csv")
    accept.add_argument("--until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="with --rule: the last day of acceptance")
    accept.add_argument("--from-month", metavar="YYYY-MM", help="with --rule: the first month of extracts to which the acceptance applies")
    accept.add_argument("--most-rows", type=int, help="with --rule: more failing rows than this are reported again")
    accept.add_argument("--by", required=True, help="who decided")
    accept.add_argument("--reason", required=True, help="why it is true, in words without personal details")
    for command in (source, marts):
        command.add_argument("--all", action="store_true", help="also show checks that passed")
    return parser


if __name__ == "__main__":
    run(main)
