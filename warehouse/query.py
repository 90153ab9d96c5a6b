"""Ask a publication for metrics. Without --metrics, list them. Nothing but the publication is read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from foundation.command_line import run
from foundation.errors import ConfigurationError
from foundation.for_excel import write_lines
from foundation.storage import storage
from foundation.text_table import text_table
from foundation.withdrawals import says_withdrawn
from warehouse.metrics import A_FILTER, TIME, Metrics, Question, WrongQuestion
from warehouse.models import SEMANTIC_MANIFEST

# A filter is SQL. It may read the publication's tables, and no file beside them.
CLOSED: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": False, "lock_configuration": True}
MONTH, UNIT = f"{TIME}__month", "org_unit"


class NoPublication(Exception):
    """There is no publication that can be asked. The message says what to do."""


@dataclass(frozen=True)
class Answer:
    """The rows of an answer: first what metrics are grouped by, then a column per metric. A month, quarter or year is its first day."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def text(self) -> str:
        """A table for the terminal. Figures have four decimals."""
        figures = [place for place, column in enumerate(zip(*self.rows, strict=True)) if any(map(_is_figure, column))]
        return text_table([self.columns, *(list(map(_printed, row)) for row in self.rows)], right=figures)

    def write_csv(self, path: Path) -> None:
        """Write comma-separated values, with all decimals."""
        with path.open("w", encoding="utf-8", newline="") as file:
            write_lines(file, [self.columns, *self.rows])


class Publication:
    """A publication and its metrics, as they were defined when it was made. Raises NoPublication."""

    def __init__(self, folder: Path) -> None:
        if not folder.exists():
            raise NoPublication(f"{folder}: there is no publication yet. Make one: make run")
        if says := says_withdrawn(folder):
            raise NoPublication(says)
        # `latest` is followed once: definitions and tables are of one publication, even if another is published meanwhile.
        inside = folder.resolve() / "inside"
        definitions, self._database = inside / SEMANTIC_MANIFEST, inside / "workforce.duckdb"
        try:
            self.metrics = Metrics(definitions)
        except FileNotFoundError:
            raise NoPublication(f"{definitions} is not there: an earlier version made this publication. Publish again: make run") from None
        except ValueError:
            raise NoPublication(f"{definitions} cannot be read. {_AGAIN}") from None

    def ask(self, question: Question) -> Answer:
        """Answer a question. Raises WrongQuestion, and NoPublication if the tables cannot be opened."""
        sql = self.metrics.sql(question)
        try:
            marts = duckdb.connect(str(self._database), read_only=True, config=CLOSED)
        except duckdb.Error:
            raise NoPublication(f"{self._database} cannot be opened. {_AGAIN}") from None
        with marts:
            try:
                found = marts.execute(sql)
                rows = found.fetchall()
            except duckdb.Error as refused:
                says = str(refused).splitlines()[0].partition("Error: ")[2]
                raise WrongQuestion(f"WHERE cannot be used: {says.rstrip('!')}. {A_FILTER}") from None
            return Answer([name for name, *_ in found.description], [tuple(map(_day, row)) for row in rows])


_AGAIN = "Take the publication from the backup, or publish again: make run"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 2 if there is no answer."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.first_month and asked.last_month and asked.first_month > asked.last_month:
        parser.error("--from is later than --to")
    question = Question(
        metrics=asked.metrics,
        by=asked.by,
        where=asked.where.strip(),
        order=asked.order or asked.by,
        first_month=asked.first_month,
        last_month=asked.last_month,
        limit=asked.limit,
    )
    try:
        publication = Publication(asked.publication or storage().latest)
        if not question.metrics:
            print(_what_can_be_asked(publication.metrics))
        elif asked.explain:
            print(publication.metrics.sql(question))
        else:
            _give(publication.ask(question), question, publication.metrics, asked.csv)
    except (NoPublication, WrongQuestion, ConfigurationError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except OSError as closed:
        print(
            f"{closed.filename}: {closed.strerror}. The publication must be readable, and the file of --csv in a folder that is there",
            file=sys.stderr,
        )
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m warehouse.query", description=__doc__)
    parser.add_argument("--metrics", type=_names, default=[], metavar="NAMES", help="the metrics, with commas between them")
    parser.add_argument("--by", type=_names, default=[], metavar="NAMES", help=f"what to group them by, such as {MONTH},{UNIT}")
    parser.add_argument("--where", default="", metavar="SQL", help=A_FILTER[0].lower() + A_FILTER[1:])
    parser.add_argument("--order", type=_names, default=[], metavar="NAMES", help="as --by without it. --order=-NAME begins with the last")
    parser.add_argument("--from", dest="first_month", type=_month, metavar="YYYY-MM", help="the first month")
    parser.add_argument("--to", dest="last_month", type=_month, metavar="YYYY-MM", help="the last month")
    parser.add_argument("--limit", type=_count, metavar="ROWS", help="no more rows than this")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the answer to a file, with all decimals, and print nothing")
    parser.add_argument("--explain", action="store_true", help="print the SQL, and do not run it")
    parser.add_argument(
        "--publication", type=Path, metavar="FOLDER", help="published/<YYYY-MM>/<publication>. Without it, published/latest"
    )
    return parser


def _give(answer: Answer, question: Question, metrics: Metrics, file: Path | None) -> None:
    if file:
        answer.write_csv(file)
    elif answer.rows:
        print(answer.text())
    for remark in _remarks(answer, question, metrics):
        print(remark, file=sys.stderr)


def _remarks(answer: Answer, question: Question, metrics: Metrics) -> list[str]:
    """Why an answer, or a column of it, has nothing in it."""
    if not answer.rows:
        return ["No row fits the question. Look at WHERE and at the months"]
    columns = dict(zip(answer.columns, zip(*answer.rows, strict=True), strict=True))
    empty = [name for name in metrics.indicators() if name in columns and set(columns[name]) == {None}]
    if not empty or {MONTH, UNIT} <= set(question.by):
        return []
    return [f"{', '.join(empty)}: empty, because an indicator is given for one unit and month at a time. Group by {MONTH},{UNIT}"]


def _what_can_be_asked(metrics: Metrics) -> str:
    indicators, sums = metrics.indicators(), metrics.sums()
    return "\n".join(
        [
            "Indicators, each for one unit and month at a time:",
            text_table([("", name, called) for name, called in indicators.items()]),
            "The sums that they are made of:",
            text_table([("", name, called) for name, called in sums.items()]),
            f"All can be grouped by {', '.join(metrics.group_bys([*indicators, *sums]))}",
            f"Ask: make query METRICS=turnover_rate BY={MONTH},{UNIT}",
        ]
    )


def _printed(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.4f}" if isinstance(cell, float | Decimal) else str(cell)


def _is_figure(cell: Any) -> bool:
    return isinstance(cell, float | int | Decimal)


def _day(cell: Any) -> Any:
    return cell.date() if isinstance(cell, datetime) else cell


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a month. Write it like 2025-09") from None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of rows")
    return int(text)


if __name__ == "__main__":
    run(main)
