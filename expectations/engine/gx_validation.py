"""Great Expectations: takes a frame and rules, and gives the positions of the rows that fail. Nothing else leaves it.

Its results hold failing values in every format that also says which rows failed, and its messages may quote them. So
they live in this module's local variables alone: no store, no Data Docs, no log.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from expectations.engine.check_rule import PRESENT, Rule

if TYPE_CHECKING:
    import pandas as pd


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """`failed_at` are positions in the frame. `errored`: the check itself could not run. This does not mean that the rows are wrong."""

    failed_at: tuple[int, ...] = ()
    errored: bool = False


ERRORED = Verdict(errored=True)


def verdicts(frame: pd.DataFrame, rules: Sequence[Rule]) -> dict[str, Verdict]:
    """Test all rules on the frame in one validation. Returns one verdict per rule id. Never raises for what a rule meets."""
    if not rules:
        return {}
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    asked = [rule for rule in rules if _has_something_to_test(frame, rule)]
    if not asked:
        return {rule.rule_id: Verdict() for rule in rules}
    suite = _suite(asked)
    try:
        results = list(
            _whole_frame().get_batch({"dataframe": frame.reset_index(drop=True)}).validate(suite, result_format="COMPLETE").results
        )
    except Exception as error:  # noqa: BLE001 - an error of the check, whatever it is; its text may quote rows
        log.error("Great Expectations could not test a frame: %s", type(error).__name__)
        return {rule.rule_id: ERRORED for rule in rules}
    found = {result.expectation_config.meta["rule_id"]: _verdict(result) for result in results}
    return {rule.rule_id: found.get(rule.rule_id, ERRORED) if rule in asked else Verdict() for rule in rules}


def _has_something_to_test(frame: pd.DataFrame, rule: Rule) -> bool:
    """A column without any value cannot fail, unless the rule is that values are present. Each test takes 15 ms."""
    column = rule.expects.column
    return column not in frame or rule.expects.expectation == PRESENT or bool(frame[column].notna().any())


def _suite(rules: Sequence[Rule]) -> Any:
    """The rules as a suite. Raises if a rule is written wrongly, which does not depend on the data."""
    import great_expectations as gx
    import great_expectations.expectations as known

    written = [getattr(known, rule.expects.expectation)(**rule.expects.arguments, meta={"rule_id": rule.rule_id}) for rule in rules]
    return gx.ExpectationSuite("rules", expectations=written)


@lru_cache(maxsize=1)
def _whole_frame() -> Any:
    """A batch definition in a context in memory, made once per process."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults, ProgressBarsConfig

    written = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=written)
    return context.data_sources.add_pandas("frames").add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")


def _verdict(result: Any) -> Verdict:
    """A failure counts as one of the rows only if nothing was raised and the rows are named."""
    if _raised(result.exception_info):
        return ERRORED
    if result.success:
        return Verdict()
    positions = result.result.get("unexpected_index_list")
    return Verdict(failed_at=tuple(int(position) for position in positions)) if positions else ERRORED


def _raised(exception_info: Mapping[str, Any] | None) -> bool:
    """One exception is given by `raised_exception`. Several are given by a mapping of metrics, which lacks that key."""
    return exception_info is None or exception_info.get("raised_exception") is not False
