"""Who applied to attend what in the demo, and how far the organizers have come with each event."""

from collections.abc import Mapping
from dataclasses import dataclass

UNDECIDED, ACCEPTED, WAITLISTED, REJECTED, WITHDRAWN = (
    "undecided",
    "accepted",
    "waitlisted",
    "rejected",
    "withdrawn",
)
ANSWERS = ("yes", "no", "expired", "invited")


@dataclass(frozen=True, slots=True)
class AttendPlan:
    """The applications of one event.

    Args:
        event: its slug.
        counts: how many of each: yes, no, expired and invited are accepted and told; withdrawn, undecided;
            accepted, waitlisted and rejected, which are told where ``told_ago`` says when.
        told_ago: days since they were told; None where nobody was.
        undone_ago: days since an announcement of accepted and rejected was taken back within its time.
        scored_by: staff who score, by address, with how many of the applications each has scored; more than
            there are is all.
        attended: how many of those who said yes came.
        second_round: how many carry the tag of the second round.
    """

    event: str
    counts: Mapping[str, int]
    scored_by: Mapping[str, int]
    told_ago: int | None = None
    undone_ago: int | None = None
    attended: int | None = None
    second_round: int = 0

    @property
    def total(self) -> int:
        """Return how many applied."""
        return sum(self.counts.values())


ALL = 999
ATTEND_PLANS = (
    AttendPlan(
        "lodz-2",
        {"yes": 26, "no": 4, WAITLISTED: 6, REJECTED: 11},
        {"lena@lodz.test": ALL, "marek@lodz.test": ALL, "nadia@code-circle.test": ALL},
        told_ago=125,
        attended=24,
    ),
    AttendPlan(
        "athens-1",
        {"yes": 21, "no": 2, "expired": 2, REJECTED: 13},
        {"eleni@athens.test": ALL, "support@demo.test": ALL},
        told_ago=46,
    ),
    AttendPlan(
        "taipei-1",
        {"yes": 24, "no": 3, WAITLISTED: 8, REJECTED: 16, WITHDRAWN: 1},
        {"meiling@taipei.test": ALL, "zhiqiang@taipei.test": ALL, "nadia@code-circle.test": ALL},
        told_ago=30,
    ),
    AttendPlan(
        "reykjavik-1",
        {"yes": 6, "no": 2, REJECTED: 4},
        {"thordis@reykjavik.test": ALL, "support@demo.test": ALL},
        told_ago=30,
    ),
    AttendPlan("tbilisi-1", {UNDECIDED: 9}, {"nino@tbilisi.test": 6}),
    AttendPlan(
        "krakow-3",
        {"yes": 22, "no": 5, "expired": 7, WAITLISTED: 18, REJECTED: 29, WITHDRAWN: 3},
        {
            "ola@krakow.test": 70,
            "tomek@krakow.test": ALL,
            "kasia@krakow.test": 60,
            "rev@krakow.test": 45,
        },
        told_ago=16,
    ),
    AttendPlan(
        "cairo-2",
        {ACCEPTED: 40, WAITLISTED: 10, REJECTED: 14, WITHDRAWN: 2},
        {"omar@cairo.test": 58, "salma@cairo.test": ALL, "nadia@code-circle.test": ALL},
        undone_ago=1,
    ),
    AttendPlan(
        "sao-paulo-1",
        {UNDECIDED: 41},
        {"luiza@saopaulo.test": 26, "joao@saopaulo.test": 24, "rev@saopaulo.test": 14},
    ),
    AttendPlan("valencia-ve-1", {UNDECIDED: 19}, {"yajaira@valencia-ve.test": 12, "support@demo.test": 8}),
    AttendPlan(
        "data-basics",
        {"yes": 15, "invited": 1, WAITLISTED: 7},
        {"grace@leeds.test": ALL, "desk@northbank.test": ALL},
        told_ago=3,
    ),
    AttendPlan("bases-du-web", {UNDECIDED: 21}, {"zoe@montreal.test": 10, "desk@northbank.test": 7}),
    AttendPlan(
        "lagos-4",
        {UNDECIDED: 30, ACCEPTED: 12, REJECTED: 14},
        {"crew@launchpad.test": 50, "chidi@lagos.test": 52, "amaka@lagos.test": 49},
        second_round=22,
    ),
)
