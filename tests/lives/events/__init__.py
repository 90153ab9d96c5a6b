"""What happens in working lives, and how systems come to report it.

Each event is a function of a walk through one life. Its name is the event's.
"""

from __future__ import annotations

from tests.lives.events import arrivals, changes_in_post, departures, faulty_extracts, returns, second_posts
from tests.lives.walk import EVENTS as REGISTERED

# Each of these modules registers its events.
SUBJECTS = (arrivals, departures, returns, second_posts, changes_in_post, faulty_extracts)
EVENTS = dict(sorted(REGISTERED.items()))
