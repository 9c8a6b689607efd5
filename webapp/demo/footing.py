"""Where embedded services keep their data, and as whom they run: PostgreSQL refuses to run as root."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from webapp.core.errors import OperatorError

# Accounts that own nothing of worth and exist nearly everywhere; the first that can be used is taken.
ACCOUNT_NAMES = ("nobody", "postgres", "daemon")
SHARED_FOLDER = Path("/var/tmp")  # noqa: S108 - kept over a reboot; what is made there is checked in make_private_folder


@dataclass(frozen=True, slots=True)
class Account:
    """An existing unprivileged account that runs the services when we are root."""

    name: str
    user_id: int
    group_id: int

    @property
    def identity(self) -> dict[str, object]:
        """Return the arguments that make ``subprocess`` run something as this account."""
        return {"user": self.user_id, "group": self.group_id, "extra_groups": []}


def find_account() -> Account | None:
    """Return the account that services run as; None means ourselves.

    Raises:
        OperatorError: we are root and no unprivileged account can be used.
    """
    if os.geteuid() != 0:
        return None
    for name in ACCOUNT_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name, entry.pw_uid, entry.pw_gid)
        if entry.pw_uid != 0 and _can(account, "true"):
            return account
    raise OperatorError(
        "PostgreSQL does not run as root, and none of the accounts "
        + ", ".join(ACCOUNT_NAMES)
        + " can be used here. Run this as an ordinary user, or give DATABASE_URL and REDIS_URL."
    )


def can_reach(account: Account | None, folder: Path) -> bool:
    """Say whether the account may walk into the folder, judged by trying it (modes alone miss ACLs)."""
    return account is None or _can(account, 'cd "$1"', str(folder))


def _can(account: Account, script: str, *arguments: str) -> bool:
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", script, "sh", *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=10,
            check=False,
            user=account.user_id,
            group=account.group_id,
            extra_groups=[],
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def find_grounds(wanted: Path, account: Account | None) -> Path:
    """Return the folder for the services' data: ``wanted``, or one outside if the account cannot walk there.

    Args:
        wanted: a folder of ours; made if missing.
        account: as found by ``find_account``.

    Raises:
        OperatorError: the folder outside belongs to somebody else.
    """
    wanted.mkdir(parents=True, exist_ok=True)
    if can_reach(account, wanted):
        return wanted
    name = hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:12]
    return make_private_folder(SHARED_FOLDER / f"postroom-{name}", account)


def make_temporary_folder(account: Account | None) -> Path:
    """Make a new folder that the account can walk into, for tests and measurements; the caller removes it."""
    folder = Path(tempfile.mkdtemp(prefix="postroom-"))
    if account is not None and not can_reach(account, folder.parent):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="postroom-", dir=SHARED_FOLDER))
    return make_private_folder(folder, account)


def make_private_folder(folder: Path, account: Account | None) -> Path:
    """Make the folder ours alone, except that the account may walk through it.

    It stays our own rather than the account's: as root we write into it, and whoever else runs as that
    account must not be able to lay a link there for us to follow.

    Raises:
        OperatorError: the folder is a link, or somebody else's.
    """
    folder.mkdir(mode=0o700, exist_ok=True, parents=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise OperatorError(f"{folder} belongs to somebody else. Look who made it, and remove it.")
    if account is None:
        folder.chmod(0o700)
    else:
        os.chown(folder, 0, account.group_id)
        folder.chmod(0o710)
    return folder


def make_data_folder(folder: Path, account: Account | None) -> Path:
    """Make a folder that belongs to the account (or to us) and to nobody else.

    Raises:
        OperatorError: the folder is a link, or somebody else's.
    """
    owner = os.geteuid() if account is None else account.user_id
    if not os.path.lexists(folder):
        folder.mkdir(mode=0o700)
        if account is not None:
            os.chown(folder, account.user_id, account.group_id)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise OperatorError(f"{folder} is not a folder. Move it away.")
    if found.st_uid != owner:
        raise OperatorError(
            f"{folder} belongs to user {found.st_uid}, and PostgreSQL and Valkey would run as user {owner}: "
            "start Postroom as you did the first time, or move the folder away."
        )
    return folder


def write_private(path: Path, content: str, account: Account | None = None) -> None:
    """Replace a file by one that only its owner can read (and the account's group, when one is given)."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        if account is not None:
            os.fchown(handle, 0, account.group_id)
            os.fchmod(handle, 0o640)
        file.write(content)
    fresh.replace(path)


def usable_binaries(sources: list[Path], probe: list[str], keep: Path, account: Account | None) -> Path:
    """Return the folder below which the account can run the binaries, copying them where it cannot.

    Args:
        sources: folders beside each other that belong together (a wheel's libraries, and last its package).
        probe: a command below their parent folder, relative to it, that ends with 0 when the binaries work.
        keep: where a copy may be kept.
        account: as found by ``find_account``.

    Raises:
        OperatorError: the binaries do not work here.
    """
    home = sources[0].parent
    if account is None or _works(home, probe, account):
        return home
    make_private_folder(keep, account)
    if not _works(keep, probe, account):
        for source in sources:
            target, fresh = keep / source.name, keep / f".{source.name}.new"
            for folder in (target, fresh):
                shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, fresh, symlinks=True)
            _open_for_reading(fresh)
            fresh.rename(target)
    if not _works(keep, probe, account):
        raise OperatorError(f"{keep / probe[0]} does not run as {account.name} on this machine.")
    return keep


def _open_for_reading(folder: Path) -> None:
    for root, _, names in os.walk(folder):
        Path(root).chmod(0o755)
        for name in names:
            path = Path(root) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _works(home: Path, probe: list[str], account: Account) -> bool:
    binary = home / probe[0]
    return binary.exists() and _can(account, 'exec "$@"', str(binary), *probe[1:])
