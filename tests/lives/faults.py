"""Old faults, put back into the models one at a time. The simulator must find each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lives.built import built_cells
from tests.lives.cells import Cells
from tests.lives.comparison import Difference, differences
from tests.lives.counts import cells
from tests.lives.extracts import say
from tests.lives.landing import configure, hand_over, team_changes
from tests.lives.simulated_council import draw
from tests.lives.simulation import data_root
from tests.warehouse.ashby import Models

COUNCILS = range(24)


@dataclass(frozen=True)
class Fault:
    """A fault as a sentence, and the change of a model's compiled SQL that makes it. `right` is in the SQL once."""

    says: str
    model: str
    right: str
    wrong: str


_TELLINGS, _SPELLS = "assignment_tellings", "assignment_spells"
FAULTS = (
    Fault(
        "a withdrawn start is a starter and a leaver",
        _SPELLS,
        "or coalesce(told_end_date < start_date, false) as is_withdrawn",
        "and false as is_withdrawn",
    ),
    Fault("a rejected row is absence", _TELLINGS, "where source = 'hr_assignments'", "where false"),
    Fault(
        "a plan outweighs absence",
        _SPELLS,
        "when not is_gone then told_end_date",
        "when not is_gone or told_end_date is not null then told_end_date",
    ),
    Fault("somebody who is back was away", _TELLINGS, "start_date > lag(start_date) over number\n", "true\n"),
    Fault("nobody is unconfirmed", _SPELLS, "where others.person_key is null", "where false"),
    Fault("a board leaver takes all posts along", "movement_sums", "is_board_leaver then board_fte end", "is_board_leaver then fte end"),
    Fault(
        "a move to early help is no leaver",
        "leaver",
        "where not goes_on_in_social_work",
        "where not goes_on_in_social_work and not goes_on_in_another_job",
    ),
    Fault(
        "a change of post with no other post is no leaver",
        "leaver",
        "where not goes_on_in_social_work",
        "where not goes_on_in_social_work and leaving_reason is distinct from 'change_of_post'",
    ),
    Fault(
        "a change of post over a weekend is a leaver and a starter",
        "changes_of_post",
        "not ((following.first_day",
        "false and not ((following.first_day",
    ),
    Fault(
        "a number used again erases its first spell",
        _TELLINGS,
        "then 1\n            else 0\n        end as is_new_spell",
        "then 0\n            else 0\n        end as is_new_spell",
    ),
    Fault(
        "a promotion restarts the start",
        _SPELLS,
        "coalesce(\n            changed_starts.start_date,",
        "coalesce(\n            seen.latest_start_date,",
    ),
    Fault(
        "a career break leaves the post vacant",
        "post_month",
        "contract_type <> 'casual' and coalesce(fte, 0) = 0",
        "contract_type <> 'casual' and fte is null",
    ),
    Fault(
        "a holder without FTE leaves the post vacant",
        "post_month",
        "contract_type <> 'casual' and coalesce(fte, 0) = 0",
        "contract_type <> 'casual' and fte = 0",
    ),
    Fault(
        "leavers of the first month are always known",
        "first_leaver_months",
        "then first_known.first_month_no + 1",
        "then first_known.first_month_no",
    ),
    Fault("ages of a full history are those of today", "stg_hr__attributes", "where people.age_since is not null", "where false"),
    Fault(
        "the larger hash wins a tie",
        "team_tenure",
        "seniority, start_date, -coalesce(fte, 0)",
        "seniority, md5(assignment_key), start_date, -coalesce(fte, 0)",
    ),
    Fault(
        "somebody who qualifies in post is no starter",
        "starter",
        "spells.start_is_in_dfe and coalesce(",
        "before_spell.was_trainee is null and spells.start_is_in_dfe and coalesce(",
    ),
    Fault(
        "a new number of a new system is another person's",
        _SPELLS,
        "where spell_no = 1 and delivers = 'snapshot'",
        "where false and delivers = 'snapshot'",
    ),
    Fault(
        "the next number in a post overlaps the one before", _SPELLS, "and gone.last_told_post_id = others.first_told_post_id", "and false"
    ),
)


class Broken(Models):
    """The compiled models with one fault."""

    def __init__(self, compiled_in: Path, fault: Fault) -> None:
        super().__init__(compiled_in)
        found = [(kind, relation, code) for kind, relation, code in self._models if relation.split('"')[-2] == fault.model]
        if len(found) != 1 or found[0][2].count(fault.right) != 1:
            raise LookupError(f"{fault.model} has not, or more than once, the text that the fault '{fault.says}' changes: {fault.right}")
        kind, relation, code = found[0]
        self._models[self._models.index(found[0])] = (kind, relation, code.replace(fault.right, fault.wrong))


def found_of_each(compiled: Path, home: Path) -> Iterator[tuple[Fault, set[Difference]]]:
    """The cells that differ only with each fault, for some councils landed once in a data root `home`."""
    councils = {council.organisation_id: council for council in map(draw, COUNCILS)}
    said = {name: say(council) for name, council in councils.items()}
    right = {name: cells(said[name], name, council.delivers, team_changes(council)) for name, council in councils.items()}
    with data_root(home):
        configure(councils.values(), home)
        hand_over(said, home, councils)

        def found(models: Models) -> set[Difference]:
            models.build(home)
            built = built_cells(home / "build" / "workforce.duckdb")
            return {
                difference
                for name, council in councils.items()
                for difference in differences(right[name], built.get(name) or Cells(), council.months)[0]
            }

        before = found(Models(compiled))
        for fault in FAULTS:
            yield fault, found(Broken(compiled, fault)) - before
