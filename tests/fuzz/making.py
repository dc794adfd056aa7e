"""Values of any of the house's types, made from their annotations: what is added to a dataclass
tomorrow is made up tomorrow as well. And how many of them a test tries."""

from __future__ import annotations

import dataclasses
import os
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from random import Random
from typing import Any

import numpy as np

MANY = int(os.environ.get("MIDSTANCE_FUZZ", "1"))
"""`make fuzz` tries so many times more."""

Maker = Callable[[Random], Any]

PLAIN: dict[Any, Maker] = {
    bool: lambda chance: chance.random() < 0.5,
    int: lambda chance: chance.randint(-2, 60),
    float: lambda chance: chance.choice([0.0, -1.0, 0.5, 7.0, 1e4, chance.uniform(0, 100)]),
    str: lambda chance: chance.choice(["", "x", "s1", "ANNA", "MIDSTANCE/x", "training"]),
    date: lambda chance: date.fromordinal(chance.randint(719_163, 760_000)),
    datetime: lambda chance: datetime.fromtimestamp(chance.randint(0, 3_000_000_000), UTC),
    type(None): lambda chance: None,
}


class Making:
    """Makes values; `known` are the types that are not made from their annotations, `named` the
    fields that mean something by their name."""

    def __init__(self, known: Mapping[Any, Maker], named: Mapping[str, Maker] | None = None):
        self._known = {**PLAIN, **known}
        self._named = dict(named or {})

    def make(self, hint: Any, chance: Random) -> Any:
        """A value of this annotation; raises `LookupError` for one that nobody has thought of."""
        maker = self._known.get(hint)
        if maker is not None:
            return maker(chance)
        if hint is None:
            return None
        origin, inside = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            return self.make(chance.choice(inside), chance)
        if origin is typing.Literal:
            return chance.choice(inside)
        if origin is tuple and inside[-1:] == (Ellipsis,):
            return tuple(self.make(inside[0], chance) for _ in range(chance.randint(0, 3)))
        if origin is tuple:
            return tuple(self.make(one, chance) for one in inside)
        if origin is not None and issubclass(origin, Mapping):
            count = chance.randint(0, 3)
            return {
                self.make(inside[0], chance): self.make(inside[1], chance) for _ in range(count)
            }
        if np.ndarray in (hint, origin):
            return np.zeros((2, 2, 3), np.uint8)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return chance.choice(list(hint))
        if dataclasses.is_dataclass(hint):
            return self.of(hint, chance)
        raise LookupError(f"How is a {hint} made? Say it to `Making`.")

    def of(self, kind: Any, chance: Random, **given: Any) -> Any:
        """A dataclass; `given` fields as they are."""
        made = {}
        for name, hint in fields_of(kind):
            if name in given:
                made[name] = given[name]
            elif name in self._named:
                made[name] = self._named[name](chance)
            else:
                made[name] = self.make(hint, chance)
        return kind(**made)


@cache
def fields_of(kind: Any) -> tuple[tuple[str, Any], ...]:
    """The names and types of a dataclass's fields."""
    hints = typing.get_type_hints(kind)
    return tuple((f.name, hints[f.name]) for f in dataclasses.fields(kind) if f.init)
