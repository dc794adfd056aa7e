"""What is done to good files and values, so that something is wrong with them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from making import MANY

PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["[", "]", "[[", "=", '"', "'''", "#", "\n", "\\", "1e999", "nan", "-0", "1979-05-27", "{}"]
    ),
    st.sampled_from(
        ["true", '"x"', "[[session]]", "[camera]", "fps = 0", "\x00", "\ud7ff", "9" * 400]
    ),
)
EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 40), PIECES), max_size=4)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=10),
        st.sampled_from(["sqlite", "training", "2026-03-02", "left", "auto", "[]", "{}"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def below(work: Path, name: str) -> Path:
    (work / name).mkdir(exist_ok=True)
    return work / name


def examples(count: int):
    return settings(max_examples=count * MANY, deadline=None)


def edited(text: str, edits) -> str:
    for at, length, piece in edits:
        here = at % (len(text) + 1)
        text = text[:here] + piece + text[here + length :]
    return text


BYTES = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=6)), max_size=5)


def damaged(data: bytes, edits, cut: int | None) -> bytes:
    made = bytearray(data)
    for at, piece in edits:
        here = at % len(made)
        made[here : here + len(piece)] = piece
    return bytes(made if cut is None else made[: cut % len(made)])
