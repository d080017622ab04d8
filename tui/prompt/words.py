"""The words of a line, taken from left to right."""

from __future__ import annotations

from collections.abc import Iterable

from sim.commands import Targets
from sim.text import nearest, quoted
from tui.forms.bounds import Bounds, EntryError, agent_ids, bounds_of
from tui.prompt.intents import PromptError, Scope


class Words:
    """What is left of a line."""

    def __init__(self, line: str) -> None:
        self._words = line.split()

    def __bool__(self) -> bool:
        return bool(self._words)

    @property
    def rest(self) -> str:
        """All that is left."""
        return " ".join(self._words)

    def take(self, what: str) -> str:
        """The next word.

        Raises:
            PromptError: there is none.
        """
        if not self._words:
            raise PromptError(f"expected {what}")
        return self._words.pop(0)

    def choose(self, what: str, options: Iterable[str]) -> str:
        """The next word, which must be one of the options, or the beginning of just one.

        Raises:
            PromptError: it is none of them.
        """
        known = list(options)
        word = self.take(what)
        found = [o for o in known if o == word] or [o for o in known if o.startswith(word)]
        if len(found) != 1:
            hint = nearest(word, known) or f", expected one of {', '.join(known[:8])}"
            raise PromptError(f"no {what} {quoted(word)}{hint}")
        return found[0]

    def skip(self, word: str) -> bool:
        """Pass over a word if it comes next."""
        if self._words[:1] == [word]:
            self._words.pop(0)
            return True
        return False

    def number(self, what: str, bounds: Bounds) -> float | int:
        """The next word as a number.

        Raises:
            PromptError: it is none, or out of bounds.
        """
        word = self.take(what)
        try:
            return bounds.parse(word.replace(",", ""))
        except EntryError as error:
            said = str(error)
            expected = said if said.startswith("must") else f"expected {said}"
            raise PromptError(f"{what} {quoted(word)}: {expected}") from None

    def end(self) -> None:
        """Nothing may be left.

        Raises:
            PromptError: something is.
        """
        if self._words:
            raise PromptError(f"{quoted(self.rest)} is too much")

    def targets(self, scope: Scope, share: float) -> Targets:
        """`20%`, `3,7,10-14`, `all`, `at 5,2 radius 3 spread .5`; else who is selected, or a share.

        Raises:
            PromptError: it names nobody.
        """
        self.skip("on")
        if not self._words or self._words[0] in ("for", "intensity"):
            return Targets(agents=scope.chosen) if scope.chosen else Targets(fraction=share)
        if self.skip("selected"):
            if not scope.chosen:
                raise PromptError("no agent is selected: v on the map selects")
            return Targets(agents=scope.chosen)
        if self.skip("at"):
            return self._region(scope)
        word = self.take("agents")
        if word == "all":
            return Targets(fraction=1.0)
        if word.endswith("%"):
            return _share(word)
        try:
            return Targets(agents=agent_ids(word, len(scope.snapshot.grid.states)))
        except EntryError as error:
            raise PromptError(
                f"agents {quoted(word)}: expected 20%, {error}, all or at COLUMN,ROW"
            ) from None

    def _region(self, scope: Scope) -> Targets:
        word = self.take("a cell COLUMN,ROW")
        column, _, row = word.partition(",")
        grid = scope.snapshot.grid
        try:
            place = (
                Bounds(True, 0, high=grid.width - 1).parse(column),
                Bounds(True, 0, high=grid.height - 1).parse(row),
            )
        except EntryError:
            raise PromptError(
                f"cell {quoted(word)}: expected COLUMN,ROW below {grid.width},{grid.height}"
            ) from None
        radius = spread = 0.0
        if self.skip("radius"):
            radius = float(self.number("radius", bounds_of(Targets, "radius")))
        if self.skip("spread"):
            spread = float(self.number("spread", bounds_of(Targets, "spread")))
        return Targets(centre=(int(place[0]), int(place[1])), radius=radius or 2.0, spread=spread)


def _share(word: str) -> Targets:
    try:
        share = float(word.removesuffix("%")) / 100
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise PromptError(f"share {quoted(word)}: must be above 0%, at most 100%")
    return Targets(fraction=share)


def last_part(name: str) -> str:
    """`quorum` of `consensus.quorum`; a number is no name."""
    return name.rpartition(".")[2] if name[:1].isalpha() else name
