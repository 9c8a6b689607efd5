"""``flask host``: applications to host, and what support does with them."""

from dataclasses import asdict

import click

from webapp.cli.answers import Answer, AnsweringGroup, answering
from webapp.core.clock import now
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.queries.host import (
    HostFilter,
    find_id_by_reference,
    get_host_application,
    page_host_applications,
)
from webapp.programme.queries.host_record import write_line, write_record
from webapp.programme.queries.triage_actions import Choices

MOST = 1000  # lines of a list
group = AnsweringGroup("host", help="Applications to host.")


def read_application_id(text: str) -> int:
    """Return the id of an application that is named by id or reference.

    Raises:
        NotFoundError: there is none.
    """
    found = int(text) if text.isascii() and text.isdigit() else find_id_by_reference(SYSTEM, text)
    if found is None:
        raise NotFoundError(f"There is no application “{text}”. `flask host list` shows what there is.")
    return found


@group.command("list")
@click.option("--state", "states", multiple=True, help="Only in this state; may be given more than once.")
@click.option("--words", default="", help="In reference, city, names or addresses.")
@answering
def list_all(states: tuple[str, ...], words: str) -> Answer:
    """List applications, the newest first."""
    page = page_host_applications(SYSTEM, HostFilter(states=states, words=words), now=now(), limit=MOST)
    found = [write_line(row) for row in page.rows]
    lines = [f"{one['id']:>5} {one['reference']:<12} {one['state']:<10} {one['city']}" for one in found]
    return "\n".join(lines) or "There is no such application.", found


@group.command("show")
@click.argument("application")
@answering
def show(application: str) -> Answer:
    """Show one application (its id or reference): answers, warnings, what can be done, history."""
    row = get_host_application(SYSTEM, read_application_id(application))
    value = write_record(SYSTEM, row, now())
    lines = [f"{row.reference} · {row.state} · {row.city}, {row.country} · {row.proposed_on.isoformat()}"]
    lines += [f"! {clash['sentence']}" for clash in value["clashes"]]
    lines += [
        f"Mailbox, {way['kind']}: {way['consequence']} {way['reason']}" for way in value["mailbox_ways"]
    ]
    lines += [f"Can be done: {', '.join(value['actions']) or 'nothing'}"]
    lines += [f"{one['at'][:16]} {one['verb']} {one['comment']}".rstrip() for one in value["history"]]
    return "\n".join(lines), value


@group.command("triage")
@click.argument("application")
@click.argument("action")
@click.option("--comment", default="", help="Internal words; some actions need them.")
@click.option("--note", default="", help="Personal words for the letter.")
@click.option("--slug", default="", help="The event's name in addresses, when accepting.")
@click.option("--previous", type=int, help="Id of the earlier edition that the event continues; 0 for none.")
@click.option(
    "--mailbox",
    default="",
    help="What is done about the mailbox: create, keep, migrate or none, as `flask host show` proposes. Needed where"
    " an earlier edition's mailbox would change.",
)
@click.option("--acknowledge", is_flag=True, help="A warning about an organizer was seen.")
@answering
def triage(
    application: str,
    action: str,
    comment: str,
    note: str,
    slug: str,
    previous: int | None,
    mailbox: str,
    acknowledge: bool,
) -> Answer:
    """Do something with one application (its id or reference), for example put_on_hold."""
    choices: Choices = {"note": note, "slug": slug, "is_acknowledged": acknowledge, "mailbox": mailbox}
    if previous is not None:
        choices["previous_event_id"] = previous or None
    done = triage_host(
        scope=SYSTEM,
        application_id=read_application_id(application),
        action=action,
        comment=comment,
        now=now(),
        **choices,
    )
    return f"{done.reference} is {done.state.replace('_', ' ')}.", asdict(done)
