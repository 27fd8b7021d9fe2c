"""Registry: the scenarios by name; a module of `scenarios` adds its own when it is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.faults.content import Content, usual

if TYPE_CHECKING:
    from tests.faults.run import Run


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is done to a run while its traffic flows.

    The traffic takes `seconds`; `settings` are those of all workers; `quick`: in both tiers.
    """

    name: str
    play: Callable[[Run], None]
    content: Content = usual
    seconds: float = 20.0
    quick: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, run: Run) -> None:
        """Do it."""
        self.play(run)


SCENARIOS: Final[dict[str, Scenario]] = {}


def add(
    name: str,
    play: Callable[[Run], None],
    content: Content = usual,
    seconds: float = 20.0,
    quick: bool = True,
    **settings: Any,
) -> None:
    """Make a scenario known."""
    if name in SCENARIOS:
        raise ValueError(f"expected one scenario {name}, found two")
    SCENARIOS[name] = Scenario(name, play, content, seconds, quick, settings)


def scenario(
    content: Content = usual, seconds: float = 20.0, **settings: Any
) -> Callable[[Callable[[Run], None]], Callable[[Run], None]]:
    """Make the function a scenario of its own name, `_` written as `-`."""

    def added(play: Callable[[Run], None]) -> Callable[[Run], None]:
        add(play.__name__.replace("_", "-"), play, content, seconds, **settings)
        return play

    return added
