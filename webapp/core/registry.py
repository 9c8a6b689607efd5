"""A shelf of named things: one file registers one thing, and nothing else has to be touched."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Generic, TypeVar

from webapp.core.errors import StaffError

Thing = TypeVar("Thing")


class Shelf(Generic[Thing]):
    """Things by name.

    Args:
        kind: what stands on it, in the singular, for messages ("segment").
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._things: dict[str, Thing] = {}

    def put(self, name: str, thing: Thing) -> Thing:
        """Put a thing on the shelf.

        Raises:
            ValueError: the name is taken, which is a mistake in the code.
        """
        if name in self._things:
            raise ValueError(f"There are two of the {self.kind} {name!r}.")
        self._things[name] = thing
        return thing

    def register(self, name: str) -> Callable[[Thing], Thing]:
        """Decorate a class or function to put it on the shelf under this name."""

        def decorate(thing: Thing) -> Thing:
            return self.put(name, thing)

        return decorate

    def get(self, name: str) -> Thing:
        """Return the thing of that name.

        Raises:
            StaffError: there is none; the message lists what there is.
        """
        if name not in self._things:
            known = ", ".join(sorted(self._things)) or "none"
            raise StaffError(f"There is no {self.kind} called “{name}”. There are: {known}.", field=self.kind)
        return self._things[name]

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def items(self) -> list[tuple[str, Thing]]:
        """Return all (name, thing) in the order in which they were put there."""
        return list(self._things.items())


def load_all(package: str) -> None:
    """Import every module of a package, so that what is in them registers itself.

    Args:
        package: dotted name, for example ``webapp.catalog.segments``.
    """
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")


def load_needed(module: str) -> ModuleType:
    """Import one module at the moment when it is needed: for those whose libraries most processes never use.

    Each of them costs megabytes of every worker; whoever asks says in its own types what it takes from the module.

    Args:
        module: dotted name, for example ``webapp.core.vault_cipher``.
    """
    return import_module(module)
