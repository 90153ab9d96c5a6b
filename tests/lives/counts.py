"""From deliveries to the cells of the tables, for every unit and month, by the written rules, before anything is suppressed."""

from __future__ import annotations

from tests.lives.cells import Cells
from tests.lives.extracts import Delivery
from tests.lives.movements import count_movements
from tests.lives.people import count_ages, count_tenure
from tests.lives.picture import Picture
from tests.lives.posts import count_posts
from tests.lives.stock import count_events, count_stock, count_turnover


def cells(deliveries: list[Delivery], organisation_id: str, delivers: str, team_changes: dict[str, str]) -> Cells:
    """All cells of a council that can be known from its deliveries. `team_changes` gives a team's new name by its old one."""
    picture = Picture(deliveries, organisation_id, delivers, team_changes)
    found = Cells()
    for month in picture.months:
        count_stock(picture, found, month)
        count_events(picture, found, month)
        count_tenure(picture, found, month)
        count_posts(picture, found, month)
        count_ages(picture, found, month)
        if month > picture.months[0]:
            count_movements(picture, found, month)
    for month in picture.staff:
        count_turnover(picture, found, month)
    return found
