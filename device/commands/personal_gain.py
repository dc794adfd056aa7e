"""The options of `midstance analyze` about a runner's own correction of the network."""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING

from device.commands.common import refuse

if TYPE_CHECKING:
    from device.domain.personal import PersonalGain
    from device.ports import PelvisEstimator


def check(args: argparse.Namespace, is_track: bool) -> None:
    """Refuse what cannot be done, before any work."""
    if args.personal is not None:
        if is_track or args.pelvis not in ("auto", "network"):
            raise refuse(
                "--personal corrects the network, which does not measure here.",
                "Analyze a video, with --pelvis auto or network.",
            )
        load(args)
    if args.write_personal is not None and (is_track or args.pelvis != "auto"):
        raise refuse(
            "--write-personal compares the network with stickers, which needs both.",
            "Analyze a video of a runner with stickers, and leave --pelvis out.",
        )


def load(args: argparse.Namespace) -> PersonalGain:
    """The correction in the file given; refuses what is none."""
    from device.domain.personal import PersonalGain

    try:
        return PersonalGain.from_json(json.loads(args.personal.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise refuse(
            f"{args.personal}: not a personal correction ({error}).",
            "Make one with --write-personal from a recording with stickers.",
        ) from error


def of(args: argparse.Namespace, pelvis: PelvisEstimator) -> PersonalGain | None:
    """The correction to use with this estimator; refuses one that was made with other weights."""
    if args.personal is None:
        return None
    personal = load(args)
    if not personal.fits(personal.method, getattr(pelvis, "instrument", None)):
        raise refuse(
            f"{args.personal}: made with another version of the network, to which it no longer "
            "applies.",
            "Make it anew with --write-personal.",
        )
    return personal


def found(pelvis: PelvisEstimator) -> PersonalGain:
    """What stickers and network told of the runner in the recording just analyzed."""
    from device.domain.basics import Reason
    from device.pelvis.select import AutoPelvis

    if not isinstance(pelvis, AutoPelvis):
        raise TypeError("stickers and network were not compared")
    out = pelvis.personal(time.time())
    if out is None:
        raise refuse(
            "No stickers were seen, so there is no personal correction to write.",
            "Film the runner with both stickers in view.",
        )
    if isinstance(out, Reason):
        raise refuse(f"No personal correction: {out.message}", out.remedy)
    return out
