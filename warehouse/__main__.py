"""The warehouse by hand. `python -m warehouse build` rebuilds the marts, as now known or as known at an earlier time. `docs` describes them, and
`model` and `queries` write the pages of the public tables and of example queries. `trace` says where a figure comes from. `serve` copies a publication
to PostgreSQL. `migrate` updates an older data root."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from contracts import ContractError
from foundation.command_line import printable, run
from foundation.errors import ConfigurationError
from foundation.storage import storage
from ingestion.landing.landing_readiness import refuse_unless_usable
from warehouse.build import BuildFailed, BuildKilled, BuildRunning, build
from warehouse.docs import write_docs
from warehouse.model_page import write_model_page
from warehouse.query_page import write_query_page
from warehouse.serving.command import answer
from warehouse.tracing import command as trace_command
from warehouse.tracing.trace_page import SECTIONS


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, 1 if the build stopped, or left out a council or a file, 2 if the configuration cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m warehouse", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="rebuild every fact and mart from raw, in build/workforce.duckdb. Publishes nothing")
    building.add_argument(
        "--as-known-at",
        type=_instant,
        metavar="TIME",
        help="use only what the warehouse knew at this time, such as 2025-10-12T09:00 (UTC). Any past state can be built again",
    )
    describing = commands.add_parser("docs", help="describe every table and column of the last build on one page")
    describing.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder in which to write the page, index.html")
    commands.add_parser(
        "doctor", help="check all that is kept, and the configuration, connections, key, rights, disk, clock and calendar. Changes nothing"
    )
    commands.add_parser(
        "restore", help="make rows, results of checks and the build again from originals, ledger, identities and publications"
    )
    forgetting = commands.add_parser(
        "forget", help="delete what has come to the end of its retention, or no longer miss what is lost for good"
    )
    forgetting.add_argument("--organisation", metavar="COUNCIL", help="whose it is")
    forgetting.add_argument("--source", help="of which source it is")
    what = forgetting.add_mutually_exclusive_group(required=True)
    what.add_argument("--delivery", metavar="ID", help="a whole delivery: rows, identities, original and ledger entry")
    what.add_argument("--original-of", metavar="ID", help="the original of a delivery alone. Its figures stay")
    what.add_argument("--publication", metavar="MONTH/ID", help="a publication whose folder was moved away")
    what.add_argument(
        "--chain",
        action="store_true",
        help="what a lost chain said: the ledger's entries, or without a council the publications, are taken as they are now",
    )
    forgetting.add_argument("--by", required=True, help="who decided it: a role, not a name")
    forgetting.add_argument("--reason", required=True, help="why")
    verifying = commands.add_parser(
        "verify",
        help="check that publications are as they were published: no file changed, missing or added, none removed. Changes nothing",
        epilog="With the data root, the chain of the publications is read too. A reader who has the published folder alone names it: what only the "
        "chain shows is then said. Ends with 0 if all is as it was published, 1 if not, 2 if nothing can be looked at.",
    )
    verifying.add_argument("--published", type=Path, metavar="FOLDER", help="the folder of the publications, without a data root")
    verifying.add_argument("--chain", type=Path, metavar="FILE", help="with --published: the owner's chains/published.chain, where it lies")
    withdrawing = commands.add_parser(
        "withdraw",
        help="take a publication from its readers on an officer's word, and leave a page that says so",
        epilog="docs/runbooks/withdraw_a_publication.md says what to do before and after. Ends with 0, or 2 if it cannot be done.",
    )
    withdrawing.add_argument("publication", metavar="PUBLICATION", help="its id, or month and id such as 2025-09/0123456789ab")
    withdrawing.add_argument(
        "--by", required=True, metavar="ROLE", help="who decided it: a role that publication.yaml names under may_withdraw"
    )
    withdrawing.add_argument("--reason", required=True, metavar="TEXT", help="why. It stands on the page, so name nobody")
    withdrawing.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    modelling = commands.add_parser("model", help="write the page of the public tables and its picture, docs/data_model.md")
    modelling.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder of the documentation")
    querying = commands.add_parser(
        "queries", help="run the example queries on the latest publication and write their page, docs/example_queries.md"
    )
    querying.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder of the documentation")
    auditing = commands.add_parser(
        "audit",
        help="how many hidden figures of the last build can be worked out, or nearly, from all that is shown. Changes nothing",
        epilog="It takes a minute for three councils. What it finds does not stop a publication yet: docs/decisions/0082 says why. Ends with 0, 1 if it finds any, or 2 if there is no build.",
    )
    auditing.add_argument(
        "--besides",
        action="store_true",
        help="as if what gives a hidden figure away were hidden too, which no publication does yet. It takes several minutes for three councils",
    )
    tracing = commands.add_parser(
        "trace",
        help="where a published figure comes from: the rows behind it, deliveries, files, rules, models, columns and code",
        description="Where a published figure comes from. For the account that runs the pipeline alone: it lists rows of people, by their pseudonyms.",
    )
    tracing.add_argument("--organisation", required=True, metavar="COUNCIL", help="id of a council")
    tracing.add_argument("--indicator", required=True, metavar="NAME", help="its metric, such as turnover_rate or turnover_rate_board")
    tracing.add_argument("--month", required=True, type=trace_command.month, metavar="YYYY-MM", help="the month of the figure")
    tracing.add_argument(
        "--unit", type=trace_command.unit, metavar="KIND/ID", help="a team or service, such as team/CF3190. Without it, the whole council"
    )
    tracing.add_argument(
        "--only",
        type=trace_command.sections,
        default=SECTIONS,
        metavar="SECTIONS",
        help=f"not all sections: {', '.join(SECTIONS)}, with commas between them",
    )
    tracing.add_argument(
        "--publication", type=Path, metavar="FOLDER", help="published/<YYYY-MM>/<publication>. Without it, published/latest"
    )
    serving = commands.add_parser(
        "serve", help="copy the latest publication to PostgreSQL, for readers whose tool asks a database, and say who reads what"
    )
    serving.add_argument(
        "--publication", type=Path, metavar="FOLDER", help="published/<YYYY-MM>/<publication>. Without it, published/latest"
    )
    serving.add_argument("--audience", default="inside", help="the publication's folder of tables. Without it, inside")
    instead = serving.add_mutually_exclusive_group()
    instead.add_argument("--withdraw", metavar="ID", help="take a publication away from all readers, and delete its rows on the server")
    instead.add_argument("--roles", action="store_true", help="make the groups of readers.yaml, and set all rights anew")
    instead.add_argument("--add-login", metavar="NAME", help="make a login that is a member of a group")
    instead.add_argument("--drop-login", metavar="NAME", help="drop a reader's login, and end its sessions")
    serving.add_argument("--group", help="the group of the new login, as readers.yaml has it")
    serving.add_argument(
        "--password-file", type=Path, metavar="FILE", help="a file with the password of the login. Without it, it has none"
    )
    commands.add_parser("migrate", help="update a data root of an older version. Lands nothing again")
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "migrate":
            return _migrate()
        if asked.command == "doctor":
            return _doctor()
        if asked.command == "forget":
            return _forget(asked)
        if asked.command == "trace":
            return trace_command.print_trace(asked)
        if asked.command == "restore":
            return _restore()
        if asked.command == "audit":
            return _audit(asked.besides)
        if asked.command == "verify":
            return _verify(asked)
        if asked.command == "withdraw":
            return _withdraw(asked)
        if asked.command == "serve":
            answer(asked)
            return 0
        if asked.command == "docs":
            print(write_docs(asked.out))
            return 0
        if asked.command == "model":
            print(write_model_page(asked.out))
            return 0
        if asked.command == "queries":
            print(write_query_page(asked.out))
            return 0
        refuse_unless_usable(storage())
        made = build(as_known_at=asked.as_known_at)
    except (BuildFailed, BuildKilled, BuildRunning) as failed:
        print(failed, file=sys.stderr)
        return 1
    except (ConfigurationError, ContractError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(f"{made.database}: {made.models} models and seeds built, each with its contract and grain. {made.tests} tests passed")
    for unusable_council in made.left_out:
        print(unusable_council, file=sys.stderr)
    for says in made.damage:
        print(says, file=sys.stderr)
    return 1 if made.left_out or made.damage else 0


def _migrate() -> int:
    from ingestion.renewing.migration import migrate

    done = migrate()
    print(*(done.lines() if done else ["The data root already has the layout of this code. Nothing was changed"]), sep="\n")
    return 0


def _audit(besides: bool) -> int:
    # Solver and all: only this command needs them.
    from disclosure.audit import audit
    from disclosure.classes import classes
    from disclosure.step import Shown
    from disclosure.suppression import Revealed
    from warehouse.models import SEMANTIC_MANIFEST, dbt_target
    from warehouse.publish import audiences_of

    place = storage()
    metrics = dbt_target(place) / SEMANTIC_MANIFEST
    if not place.build_database.exists():
        print(f"{place.build_database} is not there. Build first: python -m warehouse build", file=sys.stderr)
        return 2
    with duckdb.connect(str(place.build_database), read_only=True) as built:
        audiences = audiences_of(built)
    is_exposed = False
    with duckdb.connect() as connection:
        connection.execute(f"attach '{str(place.build_database).replace(chr(39), 2 * chr(39))}' as built (read_only)")
        for audience in audiences.values():
            heads = f"{'figures':>8} {'hidden':>8} {'besides':>8} {'exposed':>8}"
            print(f"{audience.name + ': measure':58} {'class':10} {heads}", flush=True)
            try:
                shown = Shown(connection, audience, classes(place), metrics, besides)
            except Revealed as revealed:
                print(revealed, file=sys.stderr)
                is_exposed = True
                continue
            for found in audit(connection, audience, classes(place), shown.hidden, metrics):
                is_exposed |= found.exposed > 0
                counts = f"{found.figures:8} {found.primary:8} {found.secondary:8} {found.exposed:8}"
                print(f"  {f'{found.mart}.{found.measure}':56} {found.disclosure_class:10} {counts}")
    return int(is_exposed)


def _doctor() -> int:
    from upkeep.doctor import examine

    examined = examine()
    print(*map(printable, examined.lines()), sep="\n")
    return 1 if examined.findings else 0


def _restore() -> int:
    from upkeep.restore import restore

    restored = restore(lambda says: print(printable(says), flush=True))
    print(*map(printable, restored.lines()), sep="\n")
    return 1 if restored.could_not else 0


def _verify(asked: argparse.Namespace) -> int:
    from upkeep.verify import verify

    published, chain = asked.published, asked.chain
    if published is None:
        if chain is not None:
            raise ConfigurationError("--chain needs --published. Without both, the data root is looked at, with its chain")
        published, chain = storage().published, storage().chain_of_publications
    for path, is_there in ((published, published.is_dir()), (chain, chain is None or asked.chain is None or chain.is_file())):
        if not is_there:
            raise ConfigurationError(f"{path}: is not there, so nothing was looked at. Name the folder of the publications: --published")
    verified = verify(published, chain)
    print(*map(printable, verified.lines()), sep="\n")
    return 1 if verified.findings else 0


def _withdraw(asked: argparse.Namespace) -> int:
    from upkeep.withdraw import withdraw

    done = withdraw(asked.publication, asked.by, asked.reason, storage(), datetime.now(UTC), asked.dry_run)
    if asked.dry_run:
        print("Nothing was done. This would be done:")
    print(*map(printable, done), sep="\n")
    return 0


def _forget(asked: argparse.Namespace) -> int:
    from upkeep import forget

    place, whose = storage(), (asked.organisation, asked.source)
    if asked.publication:
        done = forget.forget_publication(asked.publication, place)
    elif asked.chain and whose == (None, None):
        done = forget.trust_publications(place)
    elif None in whose:
        raise ConfigurationError("Name the council and the source: --organisation and --source")
    elif asked.delivery:
        done = forget.forget_delivery(*whose, asked.delivery, place)
    elif asked.original_of:
        done = forget.forget_original(*whose, asked.original_of, place)
    else:
        done = forget.trust(*whose, place)
    forget.record(done, asked.by, asked.reason, place)
    print(printable(done))
    return 0


def _instant(text: str) -> datetime:
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time. Write it like 2025-10-12T09:00") from None
    return written.astimezone(UTC) if written.tzinfo else written.replace(tzinfo=UTC)


if __name__ == "__main__":
    run(main)
