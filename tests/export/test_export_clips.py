"""Clips with the overlay: the value on a picture is the value of its own sensor time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from export_makers import (
    BEGAN_S,
    NS,
    SIZE,
    a_summary,
    decoded,
    landmarks,
    number,
    picture,
    recorded,
    session,
    tilt_deg,
)

from device.clips.draw import Painter, burn, read_burnt
from device.clips.mux import mux_mp4
from device.clips.overlay import OverlayValues
from device.clips.privacy import Privacy, head_of, hide
from device.clips.rework import Version, rework
from device.domain.basics import Landmark, Side
from device.errors import StorageError
from device.making import Job, MakingOptions
from device.making_worker import make


@pytest.fixture(scope="module")
def shot():
    return recorded(4.0)


@pytest.mark.parametrize("measured_every", [1, 3])
def test_the_overlay_on_a_picture_is_of_that_pictures_sensor_time(measured_every):
    """Camera -> encoder -> decoder -> overlay -> encoder -> decoder, each picture numbered."""
    clip, track = recorded(4.0, measured_every=measured_every)
    files = session(clip, track)
    made = make(Job(files.material, clip, MakingOptions(counter=True)))
    assert made.missing == ()
    pictures = decoded(made.files["clip.mp4"])
    assert len(pictures) == len(clip[1]) == 120
    first_ns = clip[1][0].t_ns
    between = 0
    for index, (shown_s, image) in enumerate(pictures):
        seq = number(image)  # what the camera saw
        assert seq == index
        t_ns = clip[1][seq].t_ns
        assert shown_s == pytest.approx((t_ns - first_ns) / NS, abs=1e-4)
        row, value = read_burnt(image)  # what was drawn on it
        if row is not None:
            assert int(track.t_ns[row]) == t_ns, "the very sample of this sensor time"
            assert value == pytest.approx(float(track.obliquity_deg[row]), abs=0.011)
        elif value is not None:
            between += 1
        if value is not None:
            off = 0.011 if row is not None else 0.6  # a line between two that are 0.1 s apart
            assert value == pytest.approx(tilt_deg(t_ns / NS - BEGAN_S), abs=off)
    assert (between > 60) == (measured_every > 1)


def test_a_wrong_picture_would_be_noticed():
    image = np.full((240, 320, 3), 90, np.uint8)
    burn(image, 1234, -6.78)
    assert read_burnt(image) == (1234, -6.78)
    burn(image, None, None)
    assert read_burnt(image) == (None, None)
    image[-8:, : 320 // 34] = 0
    with pytest.raises(ValueError, match="parity"):
        read_burnt(image)


def test_values_are_of_their_time_and_nothing_is_invented(shot):
    _, track = shot
    values = OverlayValues(track, a_summary().steps)
    before = values.at(int(track.t_ns[0]) - NS // 1000)
    assert (before.line_px, before.tilt_deg, before.row) == (None, None, None)
    gap = replace(
        track.span(0, 2**62), t_ns=track.t_ns + (np.arange(len(track)) >= 60) * NS
    )  # a second without pictures
    apart = OverlayValues(gap, ()).at(int(track.t_ns[59]) + NS // 2)
    assert apart.tilt_deg is None
    step = next(
        s for s in a_summary().steps if s.side is Side.RIGHT and s.midstance_s > BEGAN_S + 4
    )
    at = values.at(round(step.midstance_s * NS))
    assert at.stance is Side.RIGHT
    assert at.drop_deg == pytest.approx(7.0, abs=0.3)  # right hip up in the picture: positive drop
    assert at.right_deg == step.midstance_drop_deg
    assert at.cadence_spm == pytest.approx(120 / 0.7, abs=0.5)
    just_before = values.at(round((step.midstance_s - 0.01) * NS))
    assert just_before.right_deg != step.midstance_drop_deg  # not known before it happened
    assert values.at(round((BEGAN_S + 60) * NS)).left_deg is None  # old numbers go


def test_lines_are_drawn_in_a_clip_larger_than_the_measured_picture(shot):
    _, track = shot
    at = int(track.t_ns[30])
    small = OverlayValues(track, ()).at(at)
    large = OverlayValues(track, (), (2 * SIZE[0], 2 * SIZE[1])).at(at)
    np.testing.assert_allclose(large.line_px, 2 * small.line_px)
    assert large.tilt_deg == small.tilt_deg


def test_the_painter_draws_line_and_numbers_and_leaves_the_rest(shot):
    _, track = shot
    overlay = OverlayValues(track, a_summary().steps).at(int(track.t_ns[60]))
    image = picture(60)
    painted = Painter().paint(image, overlay)
    changed = (painted != image).any(axis=2)
    x, y = (int(v) for v in overlay.line_px.mean(axis=0))
    assert changed[y - 3 : y + 4, x - 20 : x + 20].mean() > 0.5
    assert changed[-20:-8, 10:60].mean() > 0.9  # a panel
    assert not changed[60:90, :100].any()
    assert (picture(60) == image).all()  # the source is untouched


def test_slow_motion_stretches_time_and_keeps_every_picture(shot):
    clip, _ = shot
    normal, slow = rework(clip, [Version(), Version(slow=4)], bitrate_kbps=4000)
    assert normal.frames == slow.frames == 120
    assert slow.duration_s == pytest.approx(4 * normal.duration_s, rel=0.01)
    numbers = [number(image) for _, image in decoded(slow.data)]
    assert numbers == list(range(120))


def test_a_clip_with_a_hole_in_its_data_is_refused_not_shifted(shot):
    video, packets = shot[0]
    broken = list(packets)
    broken[40] = replace(broken[40], data=b"\x00" * len(broken[40].data))
    with pytest.raises(StorageError):
        rework((video, tuple(broken)), [Version()], bitrate_kbps=2000)


# --- privacy -------------------------------------------------------------------------------------


def sharpness(image: np.ndarray) -> float:
    return float(np.abs(np.diff(image.astype(float), axis=1)).mean())


def test_the_head_is_derived_from_the_trunk_even_when_no_face_is_seen():
    points = landmarks()
    with_face = head_of(points)
    points[:11] = np.nan
    head = head_of(points)
    for found in (with_face, head):
        for landmark in (Landmark.NOSE, Landmark.LEFT_EAR, Landmark.RIGHT_EAR):
            x, y = landmarks()[landmark]
            assert np.hypot(x - found.x, y - found.y) < found.radius
        assert found.y + found.radius < landmarks()[Landmark.LEFT_HIP][1]
    points[Landmark.LEFT_HIP] = np.nan
    assert head_of(points) is None


def test_face_and_background_are_hidden_and_the_body_stays():
    image, points = picture(5), landmarks()
    head, body, away = (
        (slice(20, 45), slice(150, 172)),
        (slice(90, 110), slice(150, 170)),
        (
            slice(100, 200),
            slice(5, 60),
        ),
    )
    face = hide(image, points, Privacy(face=True))
    assert sharpness(face[head]) < 0.25 * sharpness(image[head])
    assert (face[away] == image[away]).all()
    both = hide(image, points, Privacy(face=True, background=True))
    assert sharpness(both[head]) < 0.25 * sharpness(image[head])
    assert sharpness(both[away]) < 0.25 * sharpness(image[away])
    assert (both[body] == image[body]).all()
    assert hide(image, points, Privacy()) is image


@pytest.mark.parametrize("privacy", [Privacy(True, False), Privacy(False, True)])
def test_where_the_body_is_unknown_everything_is_hidden(privacy):
    image = picture(5)
    hidden = hide(image, None, privacy)
    assert sharpness(hidden) < 0.2 * sharpness(image)


def test_no_recognisable_clip_leaves_where_blurring_is_asked_for(shot):
    clip, track = shot
    files = session(clip, track)
    options = MakingOptions(privacy=Privacy(face=True, background=True))
    made = make(Job(files.material, clip, options))
    plain = decoded(mux_mp4(*clip).data)
    for name in ("clip.mp4", "clip-raw.mp4"):
        pictures = decoded(made.files[name])
        assert len(pictures) == len(plain)
        for (_, image), (_, bare) in list(zip(pictures, plain, strict=True))[::20]:
            away = (slice(100, 160), slice(5, 90))
            assert sharpness(image[away]) < 0.35 * sharpness(bare[away])
    assert b"face and background blurred" in b" ".join(made.files["README.txt"].split())
    # A clip whose pictures were not measured at all is blurred as a whole.
    without = make(Job(session(clip, None).material, clip, options))
    for _, image in decoded(without.files["clip-raw.mp4"])[::30]:
        assert sharpness(image) < 0.35 * sharpness(plain[0][1])


def test_a_clip_that_cannot_be_drawn_on_is_saved_plain_unless_it_must_be_hidden(shot):
    (video, packets), track = shot
    broken = list(packets)
    broken[40] = replace(broken[40], data=b"\x00" * len(broken[40].data))
    clip = (video, tuple(broken))
    plain = make(Job(session(clip, track).material, clip, MakingOptions()))
    assert "clip.mp4" in plain.files
    assert any("clip" in why for why in plain.missing)
    assert b"Missing: the clip" in plain.files["README.txt"]
    hidden = make(
        Job(session(clip, track).material, clip, MakingOptions(privacy=Privacy(face=True)))
    )
    assert not [name for name in hidden.files if name.endswith(".mp4")]
    assert "report.pdf" in hidden.files
