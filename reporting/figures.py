"""One council's figures, establishment and checks: small records, each with its own wording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporting import figure_wording


@dataclass(frozen=True)
class Council:
    """A council, as in the marts."""

    organisation_id: str
    name: str
    region: str | None
    partnership: str | None


@dataclass(frozen=True)
class Point:
    """An indicator at a month end. The value is None if that month has no figure of its own."""

    month_end: date
    value: float | None


@dataclass(frozen=True)
class Figure:
    """An indicator by one definition, for one council at the publication's month, with its last 24 months."""

    indicator_id: str
    definition_id: str
    title: str
    numerator_words: str
    denominator_words: str
    population: str
    period: str
    source: str
    unit: str
    decimals: int
    value: float | None
    numerator: Decimal | None
    denominator: Decimal | None
    target: float | None
    comparison: str | None
    by_date: date | None
    status: str
    status_reason: str | None
    reason_source: str | None
    reason_rule: str | None
    reason_since: date | None
    month_end: date
    older_month: date | None
    line: tuple[Point, ...]

    @property
    def key(self) -> str:
        return f"{self.indicator_id}-{self.definition_id}"

    @property
    def definition(self) -> str:
        return figure_wording.definition(self.definition_id)

    @property
    def written(self) -> str:
        """The value with its unit, or the sign that stands in its place."""
        return self.sign if self.value is None else figure_wording.value(self.value, self.unit, self.decimals)

    @property
    def sign(self) -> str:
        """What stands where there is no figure."""
        return figure_wording.sign(self.status, self.status_reason)

    @property
    def target_written(self) -> str:
        return "none" if self.target is None else figure_wording.target(self.target, self.unit, self.comparison, self.by_date)

    @property
    def status_written(self) -> str:
        return figure_wording.STATUSES.get(self.status, self.status.replace("_", " ").capitalize())

    @property
    def reason_written(self) -> str:
        """Why there is no figure. Empty if there is one."""
        return self._because if self.status in ("not_available", "suppressed") else ""

    @property
    def older_because(self) -> str:
        """Why the figure is from an earlier month. Empty if it is from the month itself."""
        return self._because if self.older_month else ""

    @property
    def is_lacking(self) -> bool:
        """Whether the month's own figure could not be counted. A figure with too few people could be counted, but is not shown."""
        return self.status == "not_available" or self.older_month is not None

    @property
    def _because(self) -> str:
        return figure_wording.reason(self.status_reason, self.reason_source, self.reason_rule, self.reason_since)

    @property
    def numerator_written(self) -> str:
        return self.sign if self.numerator is None else figure_wording.count(self.numerator, "FTE" in self.numerator_words)

    @property
    def denominator_written(self) -> str:
        return self.sign if self.denominator is None else figure_wording.count(self.denominator, "FTE" in self.denominator_words)


@dataclass(frozen=True)
class Beside:
    """What DfE published for an indicator at one 30 September: for the council, its region, its statistical neighbours and England.

    `counted` is the council's own figure of that day, as this publication counts it. A symbol stands where DfE prints one.
    """

    title: str
    unit: str
    decimals: int
    counted: float | None
    published: dict[str, tuple[float | None, str | None]]
    neighbours_without: int
    counted_status: str | None = None
    counted_reason: str | None = None

    @property
    def counted_written(self) -> str:
        if self.counted is None:
            return figure_wording.sign(self.counted_status, self.counted_reason)
        return figure_wording.value(self.counted, self.unit, self.decimals)

    def written(self, comparator: str) -> str:
        """A comparator's figure ("region", ...), DfE's symbol instead of a figure, or a dash if there is neither."""
        value, symbol = self.published.get(comparator, (None, None))
        return figure_wording.printed_sign(symbol) if value is None and symbol else figure_wording.value(value, self.unit, self.decimals)

    @property
    def all_written(self) -> list[str]:
        return [self.counted_written, *map(self.written, self.published)]


@dataclass(frozen=True)
class Comparison:
    """A council's indicators compared with others, at the latest 30 September that DfE has published."""

    month_end: date
    release: str
    region: str | None
    rows: tuple[Beside, ...]


@dataclass(frozen=True)
class Restated:
    """A published figure that has changed since."""

    title: str
    definition_id: str
    unit: str
    decimals: int
    month_end: date
    published_on: date
    published_value: float
    value: float | None  # None if no figure is shown any more
    deliveries: str | None  # None if no delivery explains it
    status: str
    status_reason: str | None

    @property
    def definition(self) -> str:
        return figure_wording.definition(self.definition_id)

    @property
    def published_written(self) -> str:
        return figure_wording.value(self.published_value, self.unit, self.decimals)

    @property
    def written(self) -> str:
        if self.value is None:
            return figure_wording.sign(self.status, self.status_reason)
        return figure_wording.value(self.value, self.unit, self.decimals)

    @property
    def why(self) -> list[str]:
        """The deliveries that caused the change, each with its source's name, or the words that none did."""
        if self.deliveries is None:
            return ["The way of counting or the configuration changed"]
        return [_delivery_written(delivery) for delivery in self.deliveries.split("; ")]


def _delivery_written(told: str) -> str:
    gone = told.removeprefix("no longer in force: ")
    source, _, rest = gone.partition(" ")
    return f"{figure_wording.source(source)} of {rest}" + (" (no longer in force)" if gone != told else "")


# How the columns of a part of the establishment begin, if not with its name.
PARTS = {"supernumerary": "agency_supernumerary"}


@dataclass(frozen=True)
class Position:
    """The establishment of social worker posts of a council or team at a month end, in FTE."""

    name: str
    scope: str
    establishment: Decimal
    permanent: Decimal
    other: Decimal
    kept: Decimal
    agency: Decimal | None  # None if the agency extract for the month is not in force
    supernumerary: Decimal | None
    unfilled: Decimal | None
    frozen: Decimal | None
    posts: int
    posts_unfilled: int | None
    not_shown: str | None = None  # the columns that are confidential

    @property
    def unfilled_share(self) -> Decimal:
        return self.unfilled / self.establishment if self.unfilled is not None and self.establishment > 0 else Decimal(-1)

    def share(self, part: str) -> str:
        """A part of the establishment ("permanent", "agency", ...) in whole per cent."""
        hidden = (self.not_shown or "").replace("[c]", "").split()
        if getattr(self, part) is None and any(name.startswith(PARTS.get(part, part)) for name in hidden):
            return figure_wording.sign("suppressed", None)
        return figure_wording.share(getattr(self, part), self.establishment)

    @property
    def all_written(self) -> list[str]:
        return [self.share(part) for part in ("permanent", "agency", "unfilled", "other", "supernumerary", "frozen", "kept")]

    @property
    def unfilled_written(self) -> str:
        """How many posts are unfilled: "6 of 8"."""
        return figure_wording.NOT_AVAILABLE if self.posts_unfilled is None else f"{self.posts_unfilled} of {self.posts}"


@dataclass(frozen=True)
class FailedRule:
    """A rule that the deliveries of a source's latest checked month did not pass. Counts only."""

    rule_id: str
    severity: str
    outcome: str
    rows_failed: int
    says: str
    fix: str


@dataclass(frozen=True)
class SourceState:
    """A source of a council: the last month in force, what came with it, and what the checks found in its latest month."""

    source: str
    month_in_force: date | None
    symbol: str | None
    received: date | None
    rows_read: int
    rows_rejected: int
    held: int
    rules: int
    failed: tuple[FailedRule, ...]
