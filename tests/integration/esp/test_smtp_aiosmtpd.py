"""The carrier against a mail server that is not ours: aiosmtpd, in the clear and with STARTTLS and a password."""

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.doubles.certificate import CERTIFICATE
from tests.doubles.feed import parcel
from tests.doubles.smtp_conversation import tls_context
from tests.integration.esp.carrying import carry_all, free_port
from webapp.mail.domain.parcel import Parcel, Verdict


class Keeper:
    """Keeps what comes, and refuses one address."""

    def __init__(self) -> None:
        self.kept: list[Envelope] = []

    async def handle_RCPT(
        self, _server: Server, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Refuse nobody."""
        if address.startswith("nobody@"):
            return "550 5.1.1 nobody here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: Server, _session: Session, envelope: Envelope) -> str:
        """Keep a letter."""
        self.kept.append(envelope)
        return "250 2.0.0 kept"


def letters() -> list[Parcel]:
    """A hundred letters, one of them to nobody, one with dots and one large."""
    ordinary = [parcel(seq) for seq in range(1, 98)]
    return [
        *ordinary,
        parcel(98, "nobody@example.org"),
        parcel(99, content=b"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\n"),
        parcel(100, content=b"Subject: large\r\n\r\n" + b"0123456789\r\n" * 20_000),
    ]


def check(keeper: Keeper, url: str) -> None:
    """Carry them and compare."""
    sent = {letter.recipient: letter.content for letter in letters()}
    outcomes = carry_all(url, letters())
    assert outcomes.by_seq[98].verdict is Verdict.THIS_ADDRESS
    assert [seq for seq, verdict in outcomes.verdicts().items() if verdict is not Verdict.SENT] == [98]
    kept = {envelope.rcpt_tos[0]: envelope.content for envelope in keeper.kept}
    assert len(keeper.kept) == 99
    assert kept == {recipient: content for recipient, content in sent.items() if recipient in kept}


def test_in_the_clear() -> None:
    keeper = Keeper()
    controller = Controller(keeper, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        check(keeper, f"smtp://127.0.0.1:{controller.port}?connections=4&letters_per_connection=20")
    finally:
        controller.stop()


def test_with_starttls_and_a_password() -> None:
    keeper = Keeper()

    def authenticate(
        _server: Server, _session: Session, _envelope: Envelope, _way: str, data: object
    ) -> AuthResult:
        is_right = (
            isinstance(data, LoginPassword) and data.login == b"postroom" and data.password == b"pass word"
        )
        return AuthResult(success=is_right)

    controller = Controller(
        keeper,
        hostname="localhost",
        port=free_port(),
        tls_context=tls_context(),
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    controller.start()
    try:
        check(
            keeper,
            f"smtp://postroom:pass%20word@localhost:{controller.port}?starttls=required&ca_file={CERTIFICATE}",
        )
    finally:
        controller.stop()
