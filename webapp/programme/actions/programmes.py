"""Begin a programme, and change what its letters say of it."""

from dataclasses import dataclass

from webapp.core.audit import record
from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.domain.locale_names import check_locale, check_zone
from webapp.people.domain.scope import Scope
from webapp.programme.domain.slugs import check_slug
from webapp.programme.models.programme import Programme
from webapp.programme.queries.events import get_programme

LONGEST_NAME = 120  # characters
LONGEST_ADDRESS = 500


@dataclass(frozen=True, slots=True)
class ProgrammeDetails:
    """What is written down of a programme, as typed.

    Args:
        name: as people know it.
        support_email: where they may ask; may be empty.
        postal_address: where it can be reached by post; it stands at the foot of every letter to many.
        locale: its language.
        timezone: in which its events' times are meant.
    """

    name: str
    support_email: str
    postal_address: str
    locale: str
    timezone: str


def create_programme(*, scope: Scope, slug: str, details: ProgrammeDetails) -> int:
    """Begin a programme.

    Args:
        scope: who acts.
        slug: its name in addresses, which never changes.
        details: everything else.

    Returns:
        the programme's id.

    Raises:
        ForbiddenError: the one who acts is no administrator.
        StaffError: something is wrong with what was typed, or the slug is taken.
    """
    if not scope.is_administrator:
        raise ForbiddenError("Only an administrator may begin a programme.")
    values = _read(details)
    short = check_slug(slug, details.name)
    taken = StaffError(
        f"There is a programme with the address “{short}” already. Choose another.", field="slug"
    )
    with transaction() as session:
        programme = Programme(slug=short, **values)
        with refusing("uq_programmes_slug", taken):
            session.add(programme)
        record(
            "programme.created",
            "programme",
            programme.id,
            actor_id=scope.user_id,
            programme_id=programme.id,
        )
        return programme.id


def change_programme(*, scope: Scope, programme_id: int, details: ProgrammeDetails) -> None:
    """Change what is written down of a programme.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        StaffError: something is wrong with what was typed.
    """
    if not scope.sees_programme(programme_id):
        raise NotFoundError("There is no such programme.")
    values = _read(details)
    with transaction() as session:
        programme = get_programme(scope, programme_id)
        session.refresh(programme, with_for_update=True)
        changed = sorted(name for name, value in values.items() if getattr(programme, name) != value)
        for name in changed:
            setattr(programme, name, values[name])
        if changed:
            record(
                "programme.changed",
                "programme",
                programme_id,
                actor_id=scope.user_id,
                programme_id=programme_id,
                fields=changed,
            )


def _read(details: ProgrammeDetails) -> dict[str, str]:
    """Return what was typed as it is stored."""
    name = normalise_name(details.name)
    lines = (normalise_name(line) for line in details.postal_address.splitlines())
    postal = "\n".join(line for line in lines if line)
    if not name:
        raise StaffError("Write the programme's name.", field="name")
    if len(name) > LONGEST_NAME:
        raise StaffError(f"At most {LONGEST_NAME} characters, please.", field="name")
    if not postal:
        raise StaffError(
            "Write a postal address. The law asks for one in letters to many, so each has it at its foot.",
            field="postal_address",
        )
    if len(postal) > LONGEST_ADDRESS:
        raise StaffError(f"At most {LONGEST_ADDRESS} characters, please.", field="postal_address")
    return {
        "name": name,
        "support_email": _read_address(details.support_email),
        "postal_address": postal,
        "locale": check_locale(details.locale),
        "timezone": check_zone(details.timezone),
    }


def _read_address(text: str) -> str:
    """Return the address of support as it is stored, empty when there is none."""
    if not text.strip():
        return ""
    try:
        return normalise_address(text)
    except StaffError as error:
        raise StaffError(error.message, field="support_email") from error
