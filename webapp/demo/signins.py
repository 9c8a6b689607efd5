"""Who can sign in to the demo. Demo data only: these accounts exist nowhere but in a `make run`."""

from typing import NamedTuple


class SignIn(NamedTuple):
    """One demo account: its address, its password, and who that is in a few words."""

    email: str
    password: str
    who: str


_PASSWORD = "postroom-demo"  # noqa: S105 - printed at every start, for a server on loopback only

SIGN_INS = (
    SignIn("admin@demo.test", _PASSWORD, "administrator"),
    SignIn("support@demo.test", _PASSWORD, "support staff of a programme"),
    SignIn("ola@krakow.test", _PASSWORD, "organizer of the event in Kraków, with eight free places"),
    SignIn("omar@cairo.test", _PASSWORD, "organizer of the event in Cairo, who has decided and told nobody"),
    SignIn("lena@lodz.test", _PASSWORD, "organizer of the event in Łódź, to whom Kraków does not exist"),
    SignIn("rev@saopaulo.test", _PASSWORD, "reviewer of the applications for São Paulo"),
)
