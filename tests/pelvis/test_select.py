"""Which method measures: by name, or by what is visible, without mixing."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from device.domain.basics import Reason
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, PelvisSample, Pose
from device.domain.personal import PersonalGain
from device.errors import ConfigError, ModelError
from device.pelvis.beside import Beside
from device.pelvis.mediapipe_line import MediaPipePelvis
from device.pelvis.select import AutoPelvis, make_pelvis_estimator
from device.pelvis.stickers import StickerPelvis

FPS = 30
IMAGE = np.zeros((48, 64, 3), np.uint8)


class Scripted:
    """Gives a line of one method whenever `visible(t_s)`; knows whether it was reset."""

    def __init__(self, method: PelvisMethod, visible: object) -> None:
        self.method, self.visible = method, visible
        self.last_problem: Reason | None = None
        self.warnings = (Reason(f"warned_{method}", "", ""),)
        self.resets = 0

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample | None:
        if self.visible(frame.t_ns / 1e9):  # type: ignore[operator]
            self.last_problem = None
            return PelvisSample(frame.seq, frame.t_ns, 1.0, 0.1, self.method)
        self.last_problem = Reason(f"no_{self.method}", "", "")
        return None

    def reset(self) -> None:
        self.resets += 1


def auto(stickers: object, otherwise: object = lambda t: True) -> AutoPelvis:
    return AutoPelvis(
        Scripted(PelvisMethod.STICKERS, stickers), Scripted(PelvisMethod.NETWORK, otherwise)
    )


def seen(t_ns: int) -> Pose:
    points = np.full((33, 2), 20.0, np.float32)
    return Pose(0, t_ns, points, np.ones(33, np.float32), (64, 48), "mediapipe-full")


def methods(estimator: AutoPelvis, seconds: float, person: object = None) -> list[object]:
    out: list[object] = []
    for k in range(round(seconds * FPS)):
        t_ns = round(k / FPS * 1e9)
        here = person is None or person(k / FPS)  # type: ignore[operator]
        pose = seen(t_ns) if here else Pose.nobody(k, t_ns, (64, 48))
        sample = estimator.measure(Frame(k, t_ns, IMAGE), pose)
        out.append(None if sample is None else sample.method)
    return out


def test_stickers_are_used_from_their_first_line() -> None:
    out = methods(auto(lambda t: t > 0.1), 3)
    assert out[:4] == [None] * 4
    assert set(out[4:]) == {PelvisMethod.STICKERS}


def test_without_stickers_the_other_method_begins_after_a_second() -> None:
    out = methods(auto(lambda t: False), 3)
    first = out.index(PelvisMethod.NETWORK)
    assert 0.9 < first / FPS < 1.1
    assert set(out[first:]) == {PelvisMethod.NETWORK}


def test_short_losses_give_nothing_rather_than_another_method() -> None:
    out = methods(auto(lambda t: not 2 < t < 6), 9)
    assert set(out) == {PelvisMethod.STICKERS, None}
    assert out[4 * FPS] is None
    assert out[8 * FPS] is PelvisMethod.STICKERS


def test_stickers_gone_for_good_hand_over() -> None:
    out = methods(auto(lambda t: t < 2), 10)
    first = out.index(PelvisMethod.NETWORK)
    assert 6.9 < first / FPS < 7.2
    assert PelvisMethod.STICKERS not in out[first:]


def test_a_first_flicker_is_given_up_soon() -> None:
    out = methods(auto(lambda t: 0.5 < t < 0.7), 5)
    first = out.index(PelvisMethod.NETWORK)
    assert 1.6 < first / FPS < 1.9


def test_stickers_put_on_later_take_over_after_a_second() -> None:
    out = methods(auto(lambda t: t > 4), 8)
    first = out.index(PelvisMethod.STICKERS)
    assert 4.9 < first / FPS < 5.3
    assert PelvisMethod.NETWORK not in out[first:]


def test_flickering_spots_do_not_take_over() -> None:
    out = methods(auto(lambda t: t > 3 and int(t * 10) % 2 == 0), 20)
    assert PelvisMethod.STICKERS not in out


def test_an_empty_belt_decides_nothing() -> None:
    out = methods(auto(lambda t: t > 5, lambda t: t > 5), 8, person=lambda t: t > 4.5)
    assert PelvisMethod.NETWORK not in out
    assert PelvisMethod.STICKERS in out


def test_reset_decides_anew_and_problems_and_warnings_are_of_the_method_in_use() -> None:
    estimator = auto(lambda t: False, lambda t: False)
    assert estimator.warnings == ()
    methods(estimator, 0.5)
    assert estimator.last_problem is not None
    assert estimator.last_problem.code == "no_stickers"
    methods(estimator, 2)
    assert estimator.last_problem.code == "no_network"
    assert estimator.warnings[0].code == "warned_network"
    estimator.reset()
    assert estimator.warnings == ()
    assert estimator.last_problem is None


def test_made_by_name() -> None:
    geometry = CameraGeometry(above_hips_m=-0.5)
    stickers = make_pelvis_estimator("stickers", geometry)
    assert isinstance(stickers, StickerPelvis)
    assert stickers.warnings[0].code == "stickers_camera_height"
    assert isinstance(make_pelvis_estimator("mediapipe"), MediaPipePelvis)
    assert isinstance(make_pelvis_estimator("auto"), AutoPelvis)
    with pytest.raises(ConfigError, match="Choose auto"):
        make_pelvis_estimator("magic")


@pytest.mark.parametrize("method", ["network", "auto"])
def test_damaged_weights_are_said_and_nothing_steps_in(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    broken = ModuleType("device.pelvis.network")

    def damaged(geometry: CameraGeometry | None) -> object:
        raise ModelError("The weights are damaged.", remedy="Install again.")

    broken.NetworkPelvis = damaged  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "device.pelvis.network", broken)
    with pytest.raises(ModelError, match="damaged"):
        make_pelvis_estimator(method)


class Truth(Scripted):
    """Stickers whose line swings by four degrees, and a network that shows 0.7 of it and 0.5 more;
    counts how often it is asked."""

    def __init__(self, method: PelvisMethod, visible: object, share: float, more: float) -> None:
        super().__init__(method, visible)
        self.share, self.more, self.asked = share, more, 0

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample | None:
        sample = super().measure(frame, pose)
        self.asked += 1
        if sample is None:
            return None
        swing = 4 * np.sin(2 * np.pi * 1.37 * frame.t_ns / 1e9)
        return PelvisSample(
            frame.seq, frame.t_ns, self.share * float(swing) + self.more, 0.1, self.method
        )


def both(visible: object) -> tuple[AutoPelvis, Truth]:
    network = Truth(PelvisMethod.NETWORK, lambda t: True, 0.7, 0.5)
    return AutoPelvis(Truth(PelvisMethod.STICKERS, visible, 1.0, 0.0), network, "abc"), network


def test_stickers_tell_what_the_network_shows_of_this_runner() -> None:
    estimator, network = both(lambda t: True)
    assert estimator.personal(9.0) is None
    assert set(methods(estimator, 60)) == {PelvisMethod.STICKERS}
    assert network.asked == 60 * FPS // 4
    found = estimator.personal(9.0)
    assert isinstance(found, PersonalGain)
    assert 0.69 < found.gain < 0.80  # drawn a little towards the usual
    assert abs(found.offset_deg - 0.5) < 0.05
    assert (found.instrument, found.made_unix_s) == ("abc", 9.0)
    estimator.reset()
    assert estimator.personal(9.0) is None


def test_a_short_look_at_stickers_tells_nothing() -> None:
    estimator, _ = both(lambda t: True)
    methods(estimator, 6)
    found = estimator.personal(9.0)
    assert isinstance(found, Reason)
    assert found.code == "personal_short"


def test_hours_with_stickers_are_remembered_in_bounds() -> None:
    beside = Beside()
    sample = PelvisSample(0, 0, 1.0, 0.1, PelvisMethod.STICKERS)
    for _ in range(200_000):
        if beside.wants():
            beside.add(sample, sample)
    assert 2000 < len(beside) <= 6000
