"""Begin a newsletter's list, change what is said of it, end it."""

from dataclasses import dataclass

from webapp.core.audit import record
from webapp.core.errors import NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.people.domain.addresses import normalise_name
from webapp.people.domain.locale_names import check_locale
from webapp.people.domain.scope import Scope
from webapp.people.queries.memberships import has_programme
from webapp.programme.domain.slugs import check_slug
from webapp.programme.models.newsletter import NewsletterList
from webapp.programme.queries.newsletter import find_subscriber_ids, get_list
from webapp.programme.queries.strangers import keep_newsletter_membership


@dataclass(frozen=True, slots=True)
class ListDetails:
    """What is written down of a list, as typed.

    Args:
        name: as readers know it.
        description: what it is about.
        locale: its language.
        consent_words: what people agree to; earlier entries of the ledger keep the words of their time.
        is_public: anybody may subscribe.
    """

    name: str
    description: str
    locale: str
    consent_words: str
    is_public: bool


def create_list(*, scope: Scope, programme_id: int, slug: str, details: ListDetails) -> int:
    """Begin a list, and return its id.

    Raises:
        NotFoundError: the programme is not for this member of staff.
        StaffError: something is wrong with what was typed, or the slug is taken.
    """
    if not scope.sees_programme(programme_id) or not has_programme(programme_id):
        raise NotFoundError("There is no such programme.")
    values, short = _read(details), check_slug(slug, details.name)
    taken = StaffError(
        f"There is a newsletter with the address “{short}” already. Choose another.", field="slug"
    )
    with transaction() as session:
        row = NewsletterList(programme_id=programme_id, slug=short, **values)
        with refusing("uq_newsletter_lists_slug", taken):
            session.add(row)
        _record("newsletter.created", scope, row)
        return row.id


def change_list(*, scope: Scope, list_id: int, details: ListDetails) -> None:
    """Change what is said of a list.

    Raises:
        NotFoundError: it is not for this member of staff.
        StaffError: something is wrong with what was typed.
    """
    values = _read(details)
    with transaction():
        row = get_list(scope, list_id)
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            _record("newsletter.changed", scope, row, fields=changed)


def archive_list(*, scope: Scope, list_id: int, is_archived: bool = True) -> None:
    """End a list, or take it up again: nobody can subscribe or be written to while it is archived.

    Raises:
        NotFoundError: it is not for this member of staff.
    """
    with transaction() as session:
        row = get_list(scope, list_id)
        if row.is_archived == is_archived:
            return
        row.is_archived = is_archived
        session.flush()
        for person_id in find_subscriber_ids(row.id):
            keep_newsletter_membership(person_id, row.programme_id)
        _record("newsletter.archived" if is_archived else "newsletter.reopened", scope, row)


def _read(details: ListDetails) -> dict[str, str | bool]:
    """Return what was typed as it is stored."""
    name, words = normalise_name(details.name), details.consent_words.replace("\r\n", "\n").strip()
    if not name:
        raise StaffError("Write the newsletter's name.", field="name")
    if not words:
        raise StaffError("Write what people agree to.", field="consent_words")
    return {
        "name": name,
        "description": details.description.replace("\r\n", "\n").strip(),
        "locale": check_locale(details.locale),
        "consent_words": words,
        "is_public": details.is_public,
    }


def _record(verb: str, scope: Scope, row: NewsletterList, fields: list[str] | None = None) -> None:
    record(verb, "newsletter", row.id, actor_id=scope.user_id, programme_id=row.programme_id, fields=fields)
