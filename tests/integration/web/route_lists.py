"""What the tests of the routes know of each: open to whom and why, what stands for its arguments and its form."""

from collections.abc import Callable

from tests.factories_attend import application_token_of, question_of
from tests.factories_concerns import mailbox_of
from tests.factories_host import host_of
from tests.factories_keys import key_of
from tests.factories_newsletter import list_of, message_of
from tests.factories_review import untold_of, wave_of
from tests.factories_rules import run_of
from tests.integration.web.route_world import Side
from webapp.people.models.user import Role

HERE = "tests/integration/web/route_lists.py"

# Open to everybody, each with its reason. Everything else asks who you are.
PUBLIC = {
    "static": "scripts, styles and icons",
    "asset": "the same, under the address of a release",
    "admin.static": "scripts and styles of Flask-Admin",
    "security.static": "scripts of Flask-Security",
    "security.login": "the way in",
    "health.show": "asked by whoever keeps the service running; tells no names",
    "opt_out.show": "recipients have no account; the token in the address is the authority",
    "opt_out.show_one_click": "the same",
    "opt_out.show_stop": "the same",
    "opt_out.show_undo": "the same",
    "opt_out.one_click": "mailbox providers post here (RFC 8058)",
    "opt_out.stop": "the button of the opt-out page",
    "opt_out.undo": "the same",
    "invite.show": "whoever was given an account has no password yet; the token in the address is the authority",
    "invite.accept": "the same",
    "contact.index": "visitors have no account; nothing of anybody's is shown",
    "contact.write": "the same",
    "contact.send": "the same; it stores what a visitor wrote",
    "contact.sent": "the same",
    "newsletter.show": "anybody may subscribe; nothing of anybody's is shown",
    "newsletter.ask": "the same; its answer is the same for every address",
    "newsletter.asked": "the same",
    "newsletter.confirm_page": "the token in the address is the authority",
    "newsletter.confirm_now": "the same",
    "newsletter.choose": "the same",
    "newsletter.store_choice": "the same",
    "attend.show": "people apply without an account; only what the form itself says is shown",
    "attend.apply": "the same; it stores what an applicant wrote",
    "attend.applied": "the same",
    "applications.show": "applicants have no account; the token in the address is the authority",
    "applications.withdraw": "the same",
    "applications.rsvp": "the same",
    "applications.answer": "the same",
    "host.index": "people apply to host without an account; nothing of anybody's is shown",
    "host.start": "the same",
    "host.show": "the same; what was typed before is shown to the browser that holds its token",
    "host.keep": "the same; it keeps what an applicant wrote",
    "host.send": "the same; it stores what an applicant wrote",
    "host.thanks": "the same",
    "host.resume": "the token in the address is the authority",
    "host_status.show": "the same; organizers who apply have no account",
    "host_status.withdraw": "the same",
    "numbers.show": "organizers follow the link in their letter; the token is the authority",
    "numbers.tell": "the same",
    "demo_inbox.index": "the demo's inbox, never mounted outside a demo",
    "demo_inbox.latest": "the same",
    "demo_inbox.letter": "the same",
    "demo_inbox.frame": "the same",
    "demo_inbox.download": "the same",
}

# Opened by a token in a header and by nothing else, each with its reason; test_api_host_applications.py knocks at them.
BY_TOKEN = {
    "api_host_applications.index": "programs have no session, and cookies are not read",
    "api_host_applications.show": "the same",
    "api_host_applications.act": "the same",
}

# Taken without a CSRF token, each with its reason.
WITHOUT_CSRF = {
    "opt_out.one_click": "mailbox providers have no session",
    "opt_out.stop": "the token in the address is the authority, not a cookie",
    "opt_out.undo": "the same",
    "newsletter.confirm_now": "the same, in letters opened in viewers that keep no cookies",
    "newsletter.store_choice": "the same",
    "attend.apply": "it checks the token itself, so that a refusal shows the form with what was typed",
    "host.keep": "the same",
    "host.send": "the same",
    "applications.withdraw": "the token in the address is the authority, not a cookie",
    "host_status.withdraw": "the same",
    "applications.answer": "the same",
    "api_host_applications.act": "no cookie is read, so no other site can make a browser act",
}

# Shut for everybody, administrators too: what Flask-Admin registers and we do not offer.
_TABLES = ("person", "membership", "event", "programme", "staffuser", "sender")
CLOSED = {
    "admin.index": "home is ours",
    **{
        f"{table}.{view}": "not offered"
        for table in _TABLES
        for view in ("ajax_lookup", "ajax_update", "export")
    },
    **{f"{table}.action_view": "no buttons for many rows" for table in _TABLES if table != "membership"},
    **{f"{table}.delete_view": "nothing is deleted" for table in _TABLES if table != "membership"},
    "membership.edit_view": "a membership is removed and entered anew",
    "staffuser.edit_view": "an account is changed on its own page",
    "styleguide.error": "an error page for looking at it",
}

# What stands for an argument of a route, by its name. ``SAMPLES[name](side)`` belongs to that side.
SAMPLES: dict[str, Callable[[Side], object]] = {
    "person_id": lambda side: side.person_id,
    "letter_id": lambda side: side.letter_id,
    "number": lambda side: side.version_number,
    "shoot_id": lambda side: side.shoot_id,
    "seq": lambda side: side.seq,
    "import_id": lambda side: side.import_id,
    "opt_out_id": lambda side: side.opt_out_id,
    "token": lambda side: side.token,
    "run_id": lambda side: run_of(side.event_id),
    "host_id": lambda side: host_of(side.programme_id),
    "action": lambda side: "move_to_review",
    "application_id": lambda side: untold_of(side.event_id),
    "wave_id": lambda side: wave_of(side.event_id),
    "view_id": lambda side: 1,
    "filename": lambda side: "postroom.css",
    "release": lambda side: "0123",
    "status": lambda side: 404,
    "event_id": lambda side: side.event_id,
    "slug": lambda side: side.event.slug,
    "question_id": lambda side: question_of(side.event_id),
    "application_token": lambda side: application_token_of(side.event_id),
    "export_type": lambda side: "csv",
    "mailbox_id": lambda side: mailbox_of(side.programme_id),
    "message_id": lambda side: message_of(side.programme_id),
    "list_id": lambda side: side.list_id,
    "list_slug": lambda side: list_of(side.programme_id).slug,
    "step": lambda side: "returning",
    "draft_token": lambda side: "nobodys",
    "programme_slug": lambda side: side.programme.slug,
    "role": lambda side: "attend.accepted",
    "limit_key": lambda side: f"domain:{side.event.slug}.example",
}

# Arguments that belong to somebody, so that another's is a 404; of them those that belong to a whole programme.
WHOLE = {"list_id", "host_id", "mailbox_id"}
BELONGS = (
    "letter_id",
    "shoot_id",
    "person_id",
    "import_id",
    "opt_out_id",
    "message_id",
    "event_id",
    "run_id",
    "application_id",
    "wave_id",
    "question_id",
    *sorted(WHOLE),
)

# Flask-Admin's pages name their row in ``?id=`` or the posted ``id``.
ROWS: dict[str, Callable[[Side], int]] = {
    "person": lambda side: side.person_id,
    "membership": lambda side: side.membership_id,
    "event": lambda side: side.event_id,
    "programme": lambda side: side.programme_id,
    "staffuser": lambda side: side.user_id,
    "sender": lambda side: side.sender_id,
}
ABOUT_A_ROW = ("details_view", "edit_view", "delete_view", "action_view", "switch_view", "password_view")

# What a form has to name so that it is about something.
FORMS: dict[str, Callable[[Side], dict[str, object]]] = {
    "membership.action_view": lambda side: {"action": "delete", "rowid": side.membership_id},
    "staffuser.take_role_view": lambda side: {"id": side.user_id, "grant": side.grant_id},
    "staffuser.give_role_view": lambda side: {"id": side.user_id},
    **{
        f"sender.{view}_view": lambda side: {"id": side.sender_id, "key": key_of(side.sender_id)}
        for view in ("make_key", "start_signing", "stop_signing")
    },
    "rules.switch": lambda side: {"programme": side.programme_id, "rule": "thank_you"},
    "rules.skip": lambda side: {"reason": "They were told."},
    "suppressions.remove": lambda side: {"address": side.address},
    "messages.mark": lambda side: {"state": "closed"},
    "uncertain.do_decide": lambda side: {"do": "leave", "shoot": side.shoot_id},
    **{
        f"template_edit.{view}": lambda side: {"place": f"event-{side.event_id}", "locale": "en"}
        for view in ("save", "look", "remove")
    },
}

# Pages that are not for a role at all, whatever they are about.
_ACCOUNTS = {f"staffuser.{view}" for view in ("index_view", "create_view", "details_view")}
_PROGRAMMES = {f"programme.{view}" for view in ("index_view", "create_view", "details_view", "edit_view")}
_NEWSLETTERS = {f"newsletters.{view}" for view in ("index", "new", "show", "edit", "ledger", "put_in")}
_MAILBOXES = {"mailboxes.index", "mailboxes.show"}
_LIMITS = {"limits.index", "limits.new", "limits.edit"}
NOT_FOR = {
    Role.SUPPORT: _ACCOUNTS | _LIMITS,
    Role.ORGANIZER: {
        *_ACCOUNTS,
        *_LIMITS,
        *_PROGRAMMES,
        *_NEWSLETTERS,
        *_MAILBOXES,
        "suppressions.index",
        "suppressions.new",
    },
}
