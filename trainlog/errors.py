"""What a user can be told.

    TrainlogError
      ├── UnreadableLog   nothing usable in this input
      ├── UnknownName     no such rule, format, output or metric; says which are close
      ├── UsageError      options that contradict each other, a bad config file
      └── MissingExtra    an optional dependency is not installed; says the command that installs it

Every message has one shape: what, where (``path:line``), why (the deciding fact), do (what to type next).
"""

from collections.abc import Iterable


class TrainlogError(Exception):
    """A failure that the user can do something about.

    ``what`` is a fact, ``where`` a ``path:line``, ``why`` the number or fact that decided, ``do`` what to type next.
    """

    def __init__(self, what: str, *, where: str | None = None, why: str | None = None, do: str | None = None) -> None:
        super().__init__(what)
        self.what, self.where, self.why, self.do = what, where, why, do

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        rest = [f"  {label}: {text}" for label, text in (("why", self.why), ("do", self.do)) if text]
        return "\n".join([head, *rest])


class UnreadableLog(TrainlogError):
    """Nothing in this input can be used as a training log."""


class UsageError(TrainlogError):
    """Options or a configuration that cannot be followed."""


class UnknownName(TrainlogError):
    """A name that is not in its list."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> "UnknownName":
        """Say that ``name`` is no ``kind``, which known names are close, and which there are."""
        import difflib

        names = list(known)
        close = difflib.get_close_matches(name, names, n=3)
        do = f"did you mean {' or '.join(close)}?" if close else f"choose one of: {', '.join(names)}"
        return cls(f"no {kind} is called {name!r}", do=do)


class MissingExtra(TrainlogError):
    """An optional dependency is needed and not installed."""

    @classmethod
    def of(cls, package: str, extra: str, purpose: str) -> "MissingExtra":
        """Say which package is missing, what for, and the command that installs it."""
        return cls(f"{purpose} needs the package {package}", do=f"pip install 'trainlog-cli[{extra}]'")
