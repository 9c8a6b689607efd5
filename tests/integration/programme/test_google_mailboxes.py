"""Mailboxes at Google Workspace, by the official client against a double that speaks the API over a socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.directory_api import Directory, DirectoryServer
from webapp.core.errors import OperatorError
from webapp.programme.domain.mailbox_steps import MailboxError, MailboxFault, MailboxOrder
from webapp.programme.mailboxes.base import MailboxService, open_mailbox_service

ORDER = MailboxOrder("krakow@mail.example", "Code Circle Kraków", "ola@example.org", "mailbox-7")


@pytest.fixture
def server() -> Iterator[DirectoryServer]:
    with DirectoryServer() as server:
        yield server


@pytest.fixture
def directory(server: DirectoryServer) -> Directory:
    return server.directory


@pytest.fixture
def google(server: DirectoryServer, tmp_path: Path) -> MailboxService:
    key = server.write_key(tmp_path / "key.json")
    return open_mailbox_service(f"google://admin@mail.example?credentials={key}&endpoint={server.url}")


def test_a_mailbox_is_made_that_nobody_has_a_password_of(
    google: MailboxService, directory: Directory
) -> None:
    assert google.create(ORDER) == "100"
    made = directory.users["krakow@mail.example"]
    assert made["recoveryEmail"] == "ola@example.org"
    assert made["changePasswordAtNextLogin"] is True
    assert len(made["password"]) > 40
    assert google.exists("krakow@mail.example")
    assert not google.exists("lodz@mail.example")


def test_the_same_order_twice_makes_one_mailbox(google: MailboxService, directory: Directory) -> None:
    assert google.create(ORDER) == google.create(ORDER)
    assert len(directory.users) == 1


def test_somebody_elses_mailbox_is_not_taken(google: MailboxService, directory: Directory) -> None:
    directory.users[ORDER.address] = {"primaryEmail": ORDER.address, "id": "1"}
    with pytest.raises(MailboxError) as raised:
        google.create(ORDER)
    assert raised.value.fault is MailboxFault.EXISTS


def test_a_renamed_mailbox_leaves_its_address_free(google: MailboxService, directory: Directory) -> None:
    google.create(ORDER)
    google.rename("krakow@mail.example", "krakow052026@mail.example")
    assert not google.exists("krakow@mail.example")
    google.rename("krakow@mail.example", "krakow052026@mail.example")  # again, after it was cut off
    assert list(directory.users) == ["krakow052026@mail.example"]


def test_suspend_and_reset(google: MailboxService, directory: Directory) -> None:
    google.create(ORDER)
    before = directory.users[ORDER.address]["password"]
    google.suspend(ORDER.address)
    google.reset(ORDER.address, "new@example.org")
    user = directory.users[ORDER.address]
    assert user["suspended"] is True
    assert user["password"] != before
    assert user["recoveryEmail"] == "new@example.org"
    assert directory.calls[-1][1].endswith("/signOut")


@pytest.mark.parametrize(
    ("status", "reason", "fault"),
    [
        (503, "backendError", MailboxFault.TRY_LATER),
        (429, "rateLimitExceeded", MailboxFault.TRY_LATER),
        (403, "quotaExceeded", MailboxFault.TRY_LATER),
        (403, "forbidden", MailboxFault.REFUSED),
        (400, "invalid", MailboxFault.REFUSED),
        (404, "notFound", MailboxFault.MISSING),
    ],
)
def test_what_goes_wrong_is_named(
    google: MailboxService, directory: Directory, status: int, reason: str, fault: MailboxFault
) -> None:
    directory.troubles.append((status, reason))
    with pytest.raises(MailboxError) as raised:
        google.suspend("krakow@mail.example")
    assert raised.value.fault is fault
    assert "krakow" not in raised.value.message


def test_a_google_that_is_away_is_tried_later(tmp_path: Path) -> None:
    with DirectoryServer() as server:
        key = server.write_key(tmp_path / "key.json")
        url = f"google://admin@mail.example?credentials={key}&endpoint={server.url}"
    with pytest.raises(MailboxError) as raised:
        open_mailbox_service(url).exists("krakow@mail.example")
    assert raised.value.fault is MailboxFault.TRY_LATER


@pytest.mark.parametrize("url", ["google://mail.example", "google://admin@mail.example", "imap:"])
def test_a_bad_setting_is_an_operators_matter(url: str) -> None:
    with pytest.raises(OperatorError):
        open_mailbox_service(url)
