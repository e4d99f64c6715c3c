"""Where a line stands: the numbers that count its step and its epoch, with and without a word that says so."""

from collections.abc import Sequence

from trainlog.readers._console.cursor import UNITS, Cursor
from trainlog.readers._console.words import BARE_RANK, FRACTION_RANK, AxisKind

EPOCH: tuple[AxisKind, int] = ("epoch", 0)
_BARE: tuple[AxisKind, int] = ("step", BARE_RANK)


class Places:
    """The step and epoch of one line as its numbers are met; the better axis wins. Tokens are named by their index."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self.step: int | None = None
        self.epoch: int | None = None
        self.total: int | None = None  # the token of the planned number of steps
        self.rank = BARE_RANK

    @property
    def found(self) -> bool:
        """Whether there is a step or an epoch."""
        return self.step is not None or self.epoch is not None

    @property
    def nameless(self) -> bool:
        """Whether only its form (``12/100``, ``[200]``) makes the step one."""
        return self.step is not None and self.rank >= FRACTION_RANK

    def forget_step(self) -> None:
        """Let the line have no step."""
        self.step, self.total, self.rank = None, None, BARE_RANK

    def put(self, axis: tuple[AxisKind, int], index: int, total: int | None = None) -> bool:
        """Take the number at ``index`` for this axis; False when it can be none: not finite, negative, a share, no whole number."""
        kind, rank = axis
        text = self._cursor.text(index)
        if text.lower().lstrip("+-")[:3] in ("nan", "inf") or text.startswith("-") or self._cursor.text(index + 1) in ("%", *UNITS):
            return False
        if kind == "epoch":
            if self.epoch is None:
                self.epoch = index
            return True
        if "." in text.rstrip(".") and not text.rstrip("0").endswith("."):
            return False
        if self.step is None or rank < self.rank:
            self.step, self.rank, self.total = index, rank, total
        return True

    def put_percent(self, index: int) -> None:
        """``Progress: 48.0%``: where nothing counts, how far the run has come places the line."""
        if self.step is None and self.epoch is None:
            self.step, self.rank = index, BARE_RANK

    def put_fraction(self, index: int, last: int) -> None:
        """Take ``50/1583`` for the step; of ``[0/5][50/1583]`` the first is the epoch."""
        before = self._cursor.skip(index - 1)
        if self._cursor.text(before) == "[" and self._cursor.text(before - 1) == "]" and self.nameless and self.epoch is None:
            self.epoch = self.step
            self.forget_step()
        self.put(("step", FRACTION_RANK), index, last)

    def put_epoch_of_split(self, index: int, last: int) -> bool:
        """``Train: 3 [ 10/312 (3%)]`` and ``Train: [3/300][10/1251]``: what follows the split is the epoch."""
        cursor = self._cursor
        if not cursor.text(index).isdigit():
            return False
        at = cursor.skip_right(last + 1)
        if cursor.text(at) == "]" and last > index:
            at = cursor.skip_right(at + 1)
        elif last > index:
            return False
        at = cursor.skip_right(at + 1) if cursor.text(at) == "[" else -1
        if cursor.kind(at) != "num" or cursor.fraction(at)[0] == at:
            return False
        return self.put(EPOCH, index)

    def put_bare(self, first_name: int, start: Sequence[int]) -> None:
        """A line that starts with a number (``200 | loss 3.1``, ``[0] train-rmse:2.2``) or two (``[3, 2000] loss``).

        ``first_name``: the first word that names a value; ``[100]`` right before it counts too. ``start``: the first tokens
        that are neither spaces nor time stamps.
        """
        if self.step is not None:
            return
        cursor = self._cursor
        texts, kinds = [cursor.text(i) for i in start[:6]], [cursor.kind(i) for i in start[:6]]
        before = cursor.skip(first_name - 1)
        if texts[:1] == ["["] and kinds[1:2] == ["num"] and texts[2:3] == [","] and kinds[3:4] == ["num"] and texts[4:5] == ["]"]:
            if self.epoch is None:
                self.put(EPOCH, start[1])
                self.put(_BARE, start[3])
        elif cursor.text(before) == "]" and cursor.kind(before - 1) == "num" and cursor.text(cursor.skip(before - 2)) == "[":
            self.put(_BARE, before - 1)
        elif (texts[:1] == ["["] and kinds[1:2] == ["num"] and texts[2:3] == ["]"]) or (texts[:1] == ["#"] and kinds[1:2] == ["num"]):
            self.put(_BARE, start[1])
        elif (kinds[:1] == ["num"] and texts[0].isdigit() and self.epoch is None and (texts[1:2] or [""])[0] in (":", "|", ")", "-")) or (
            kinds[:1] == ["num"] and texts[0].isdigit() and self.epoch is None and start[1:2] == [first_name]
        ):
            self.put(_BARE, start[0])
