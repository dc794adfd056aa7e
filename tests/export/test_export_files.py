"""Files for others' tools, read the way those tools read them."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pandas
import pytest
from export_makers import (
    BEGAN_S,
    NS,
    a_side,
    a_summary,
    facts,
    recorded,
    session,
    span_of,
    tilt_deg,
    unmeasurable,
)
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.observation import Observation

from device.domain.analysis import SIDE_METRICS, STEP_COLUMNS
from device.domain.basics import Landmark, Side
from device.domain.frames import CameraGeometry
from device.domain.pose_track import checked
from device.making import Job, MakingOptions
from device.making_worker import make
from device.replay.pose_track import load
from device.session.curves import CURVE_COLUMNS, curves_csv
from device.session.fhir import Origin, bundle
from device.session.opensim import HIPS_MM, MARKERS, cycle_mot, markers_trc, pelvis_mot
from device.session.parcel import Parcel, fhir_files, number_files, readme_of, track_files


@pytest.fixture(scope="module")
def parcel():
    clip, track = recorded(3.0)
    return Parcel(a_summary(), facts(), span_of(clip), track, CameraGeometry())


@pytest.fixture(scope="module")
def files(parcel):
    return {**number_files(parcel), **fhir_files(parcel), **track_files(parcel)}


def test_pandas_reads_the_tables_in_one_line(files):
    steps = pandas.read_csv(io.BytesIO(files["steps.csv"]))
    assert tuple(steps.columns) == STEP_COLUMNS
    assert len(steps) == len(a_summary().steps)
    assert steps.midstance_drop_deg.dtype == float
    assert set(steps.side) == {"left", "right"}
    assert steps.strike_s.min() > 0  # since the session began, not since the device was started
    assert steps.strike_s.max() < 20
    curves = pandas.read_csv(io.BytesIO(files["curves.csv"]))
    assert tuple(curves.columns) == CURVE_COLUMNS
    left = curves[curves.side == "left"]
    assert left.phase_percent.tolist() == [2.0 * i for i in range(51)]
    assert left.drop_deg.max() == pytest.approx(5.0, abs=0.01)
    assert curves[curves.event == "midstance"].phase_percent.tolist() == [16.0, 16.0]
    assert set(curves.event.dropna()) == {"strike", "midstance", "toe_off"}


def test_a_side_without_a_curve_has_no_lines():
    only_left = a_summary(right=a_side(Side.RIGHT, 7.0, curve=None))
    curves = pandas.read_csv(io.StringIO(curves_csv(only_left)))
    assert set(curves.side) == {"left"}
    none = pandas.read_csv(io.StringIO(curves_csv(unmeasurable())))
    assert len(none) == 0
    assert tuple(none.columns) == CURVE_COLUMNS


def test_the_pose_track_keeps_its_contract_and_says_more(files, parcel, tmp_path):
    path = tmp_path / "pose.npz"
    path.write_bytes(files["pose.npz"])
    track = load(path)
    assert len(track) == len(parcel.track) == 90
    assert track.t_s[0] == pytest.approx(2.0)
    assert track.detector == "mediapipe-full"
    np.testing.assert_array_equal(track.landmarks_px, parcel.track.landmarks_px)
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays["line_method"]) == {"stickers"}
        line = arrays["line_deg"] - arrays["level_deg"]
        expected = [tilt_deg(t) for t in arrays["t_s"]]
        np.testing.assert_allclose(line, expected, atol=1e-4)
        checked(dict(arrays))


def read_mot(text: str) -> tuple[dict[str, str], pandas.DataFrame]:
    head, _, rest = text.partition("endheader\n")
    lines = head.splitlines()
    return dict(line.split("=") for line in lines[1:]), pandas.read_csv(io.StringIO(rest), sep="\t")


def test_motion_files_are_what_opensim_reads(files, parcel):
    head, table = read_mot(files["pelvis.mot"].decode())
    assert head == {"version": "1", "nRows": "90", "nColumns": "2", "inDegrees": "yes"}
    assert list(table.columns) == ["time", "pelvis_list"]
    assert len(table) == 90
    assert table.time.is_monotonic_increasing
    # Positive with the right hip lower, as obliquity is.
    np.testing.assert_allclose(table.pelvis_list, [tilt_deg(t) for t in table.time], atol=1e-3)
    head, cycle = read_mot(files["pelvis-cycle.mot"].decode())
    assert int(head["nRows"]) == len(cycle) == 51
    assert int(head["nColumns"]) == len(cycle.columns) == 3
    assert cycle.time.iloc[-1] == pytest.approx(120 / 171.4)
    assert cycle.pelvis_list.max() == pytest.approx(5.0, abs=0.01)
    assert cycle_mot(unmeasurable()) is None


def test_markers_are_what_opensim_reads(parcel):
    track = parcel.track
    text = markers_trc(track, round(BEGAN_S * NS), CameraGeometry())
    lines = text.splitlines()
    assert lines[0].split("\t") == ["PathFileType", "4", "(X/Y/Z)", "markers.trc"]
    values = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert (values["NumFrames"], values["NumMarkers"], values["Units"]) == ("90", "12", "mm")
    assert float(values["DataRate"]) == pytest.approx(30.0)
    names = [name for name in lines[3].split("\t")[2:] if name]
    assert names == [name for name, _ in MARKERS]
    assert lines[4].split("\t")[2:5] == ["X1", "Y1", "Z1"]
    assert lines[5] == ""
    rows = [line.split("\t") for line in lines[6:]]
    assert {len(row) for row in rows} == {2 + 3 * 12}
    assert [int(row[0]) for row in rows] == list(range(1, 91))
    first = np.array([float(cell) for cell in rows[0][2:]]).reshape(12, 3)
    where = dict(zip(names, first, strict=True))
    assert np.hypot(*(where["RHip"] - where["LHip"])[1:]) == pytest.approx(HIPS_MM, abs=0.1)
    assert where["RHip"][2] > 0 > where["LHip"][2]  # Z to the right
    assert where["LShoulder"][1] > 0 > where["LHeel"][1]  # Y up
    known = CameraGeometry(distance_m=3.0, hfov_deg=60.0)
    metres = markers_trc(track, 0, known).splitlines()[6].split("\t")
    per_px = 2000 * 3.0 * np.tan(np.radians(30)) / 320
    assert float(metres[2 + 3 * 3 + 2]) == pytest.approx(11 * per_px, abs=0.02)


def test_markers_are_those_of_pictures_in_which_the_runner_was_looked_for(parcel):
    found = np.arange(len(parcel.track)) % 4 == 0
    astray = parcel.track.landmarks_px + np.float32(500) * ~found[:, None, None]
    track = replace(parcel.track, found=found, landmarks_px=astray)
    text = markers_trc(track, 0, CameraGeometry()).splitlines()
    rows = [line.split("\t") for line in text[6:]]
    times = [float(row[1]) for row in rows]
    assert times == pytest.approx((track.t_ns[::4] / NS).tolist(), abs=1e-6)
    hips = [float(row[2 + 3 * 2 + 2]) for row in rows]
    assert np.ptp(hips) < 500
    assert len(pelvis_mot(track, 0).splitlines()) == 7 + len(track)


def test_markers_that_were_not_seen_are_blank(parcel):
    track = parcel.track.span(0, 2**62)
    track.landmarks_px[5, Landmark.LEFT_KNEE] = np.nan
    track.visibility[6, Landmark.RIGHT_ANKLE] = 0.1
    rows = [line.split("\t") for line in markers_trc(track, 0, CameraGeometry()).splitlines()[6:]]
    knee = 2 + 3 * [name for name, _ in MARKERS].index("LKnee")
    ankle = 2 + 3 * [name for name, _ in MARKERS].index("RAnkle")
    assert rows[5][knee : knee + 3] == ["", "", ""]
    assert rows[6][ankle : ankle + 3] == ["", "", ""]
    assert rows[4][knee] == "0.00"
    assert "nan" not in pelvis_mot(track, 0)


# --- FHIR ----------------------------------------------------------------------------------------


def test_the_bundle_is_valid_fhir(files):
    document = json.loads(files["fhir.json"])
    read = Bundle.model_validate(document)
    assert read.type == "collection"
    observations = [entry.resource for entry in read.entry]
    assert all(isinstance(each, Observation) for each in observations)
    assert len(observations) == 1 + 2 * len(SIDE_METRICS) + 2
    by_code = {each.code.coding[0].code: each for each in observations}
    drop = by_code["left-midstance_drop_deg"]
    assert float(drop.valueQuantity.value) == 5.0
    assert drop.valueQuantity.system == "http://unitsofmeasure.org"
    assert drop.valueQuantity.code == "deg"
    parts = {part.code.coding[0].code: float(part.valueQuantity.value) for part in drop.component}
    assert parts == {"ci95-low": 4.4, "ci95-high": 5.6, "sd": 0.5, "steps": 12}
    assert by_code["cadence_spm"].valueQuantity.code == "/min"
    assert drop.subject.identifier.value == "AB-12"
    panel = by_code["panel"]
    assert {member.reference for member in panel.hasMember} == {
        entry.fullUrl for entry in read.entry if entry.resource is not panel
    }
    assert "Not a diagnosis." in panel.note[0].text
    ids = [each.id for each in observations]
    assert len(set(ids)) == len(ids)


def test_what_is_wrong_in_a_bundle_is_noticed(files):
    document = json.loads(files["fhir.json"])
    document["entry"][1]["resource"]["status"] = 7
    document["entry"][1]["resource"]["colour"] = "blue"
    with pytest.raises(ValueError, match="colour"):
        Bundle.model_validate(document)


def test_what_was_not_measured_is_absent_with_its_reason():
    made = facts(code="", simulated=("camera",))
    origin = Origin(made.started, made.ended, made.station, "0.2.0", "2", simulated=True)
    read = Bundle.model_validate(bundle(unmeasurable(), origin))
    for entry in read.entry[1:]:
        each = entry.resource
        assert each.valueQuantity is None
        assert each.dataAbsentReason.coding[0].code == "unknown"
        assert each.dataAbsentReason.text == "Nobody was in the picture."
        assert each.status == "cancelled"
        assert each.subject is None
    assert any("SIMULATED" in note.text for note in read.entry[0].resource.note)


def test_a_date_that_nothing_vouches_for_is_left_out_or_said_to_be_doubtful(parcel):
    doubtful = replace(parcel, facts=facts(date_known=False))
    for entry in json.loads(fhir_files(doubtful)["fhir.json"])["entry"]:
        assert "effectivePeriod" not in entry["resource"]
        assert "issued" not in entry["resource"]
    Bundle.model_validate(json.loads(fhir_files(doubtful)["fhir.json"]))
    for given, known in ((parcel, True), (doubtful, False)):
        assert json.loads(number_files(given)["session.json"])["session"]["date_known"] is known
        assert (b"nobody had set" in readme_of(given, ())) is not known


def test_the_same_session_has_the_same_ids():
    made = facts()
    origin = Origin(made.started, made.ended, made.station, "0.2.0", "2", "AB-12")
    assert bundle(a_summary(), origin) == bundle(a_summary(), origin)


def test_the_readme_explains_every_file_that_is_there_and_none_that_is_not():
    clip, track = recorded(1.5)
    for options, given in (
        (MakingOptions(fhir=True, slow=3), session(clip, track)),
        (MakingOptions(), session(None, None)),
    ):
        made = make(Job(given.material, given.clip, options))
        assert made.missing == ()
        lines = made.files["README.txt"].decode().split("How to read")[0].splitlines()
        named = {line.split()[0] for line in lines if line[:1].isalpha() and "  " in line}
        assert named == {*made.files, "sha256.txt"}
    assert b"3 times slower" in b" ".join(
        make(Job(session(clip, track).material, clip, MakingOptions(slow=3)))
        .files["README.txt"]
        .split()
    )
