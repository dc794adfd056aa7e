"""The process that makes the files: waited for, cancelled, killed, asked again."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pypdf
import pytest
from export_makers import a_freeze, decoded, earlier, recorded, session
from kiosk_fakes import GENEROUS_S, wait_for

from device.atomic import check_folder
from device.clips.export import FOLDER
from device.clips.privacy import Privacy
from device.clips.stills import CENTRE, HIPS_PX, PANEL_PX, aligned, before_after
from device.domain.basics import Landmark, Reason, Side
from device.domain.kiosk import SaveProgress
from device.errors import StickAbsentError, StickFullError, StickReadOnlyError
from device.keeping import Keeping
from device.making import Job, Maker, MakingOptions
from device.making_worker import captions_of, make
from device.report.words import Words
from device.storage.outbox import Outbox

ROOT = Path(__file__).resolve().parents[2]
ALL = {
    "clip.mp4",
    "clip-raw.mp4",
    "report.pdf",
    "before-after.png",
    "session.json",
    "steps.csv",
    "curves.csv",
    "pose.npz",
    "markers.trc",
    "pelvis.mot",
    "pelvis-cycle.mot",
    "fhir.json",
    "README.txt",
    "sha256.txt",
}
WITH_EVERYTHING = MakingOptions(fhir=True)


@pytest.fixture(scope="module")
def shot():
    return recorded(2.0)


@pytest.fixture
def maker():
    made = Maker(WITH_EVERYTHING)
    yield made
    made.forget()


@pytest.fixture(scope="module")
def ready(shot):
    """A session whose files are made: several tests save them, one process makes them."""
    made = Maker(WITH_EVERYTHING)
    given = session(*shot)
    made.bundle(given, quiet)
    yield made, given
    made.forget()


def quiet(progress: SaveProgress) -> None:
    pass


def test_a_saved_session_has_every_file_whole_and_playable(shot, maker, tmp_path):
    given = replace(session(*shot), last=earlier(14), first=earlier(400))
    maker.begin(given)
    maker.begin(given)  # once is enough
    seen: list[float] = []
    folder = maker(tmp_path, given, lambda progress: seen.append(progress.fraction))
    assert folder == tmp_path / "MIDSTANCE" / "2025-06-14_183207_AB-12"
    assert {path.name for path in folder.iterdir()} == ALL
    assert check_folder(folder) == ()
    assert seen == sorted(seen)
    assert len(decoded((folder / "clip.mp4").read_bytes())) == 60
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-1.7")
    with PIL.Image.open(folder / "before-after.png") as image:
        assert image.format == "PNG"
    # Names that FAT32, exFAT, Windows and macOS take.
    assert all(name == name.strip() and len(name) <= 80 and name.isascii() for name in ALL)


def test_the_worker_runs_at_the_lowest_priority_and_not_in_this_process(shot, maker):
    maker.begin(session(*shot))
    work = maker._work
    deadline = time.monotonic() + 60
    nice = None
    while nice != 19 and not work.done.is_set() and time.monotonic() < deadline:
        if work.process is not None:
            try:
                stat = Path(f"/proc/{work.process.pid}/stat").read_text()
            except OSError:
                break
            nice = int(stat.rpartition(")")[2].split()[16])
        time.sleep(0.005)
    assert nice == 19
    assert work.process.pid != os.getpid()


def test_who_waits_can_stop_waiting_and_the_process_ends(shot, maker):
    class Cancelled(Exception):
        pass

    def cancel(progress: SaveProgress) -> None:
        raise Cancelled

    given = session(*shot)
    maker.begin(given)
    work = maker._work
    with pytest.raises(Cancelled):
        maker.bundle(given, cancel)
    assert work.done.wait(GENEROUS_S)
    assert work.process.poll() is not None
    assert "report.pdf" in maker.bundle(given, quiet).files  # and again from the start


def test_a_worker_that_is_killed_costs_no_numbers(shot, tmp_path, caplog):
    clip, track = shot
    for privacy in (Privacy(), Privacy(face=True)):
        maker = Maker(MakingOptions(privacy=privacy))
        given = session(clip, track)
        maker.begin(given)
        work = maker._work
        wait_for(lambda work=work: work.process is not None)
        work.process.send_signal(signal.SIGKILL)
        bundle = maker.bundle(given, quiet)
        assert bundle.files == given.files
        # A picture that nobody could hide a face in does not leave the device.
        assert (bundle.clip is None) == bool(privacy)
        assert "only the numbers are saved" in caplog.text


def test_a_language_chosen_at_the_device_is_the_reports(shot, maker):
    given = session(None, shot[1])
    maker.begin(replace(given, material=replace(given.material, language="fr")))
    assert maker._work.job.options == replace(WITH_EVERYTHING, language="fr")
    (page,) = pypdf.PdfReader(io.BytesIO(make(maker._work.job).files["report.pdf"])).pages
    assert "Chute du bassin en course" in page.extract_text()


def test_a_session_too_long_to_keep_every_picture_says_so(shot):
    given = session(None, replace(shot[1], cut=True))
    made = make(Job(given.material, None, MakingOptions()))
    assert b"Missing: the pose track's first 2 seconds" in made.files["README.txt"]


def test_one_kind_of_file_that_fails_costs_no_other(shot):
    clip, track = shot
    given = session(clip, track)
    parcel = given.material.parcel
    odd = replace(parcel, track=replace(track, visibility=None))
    made = make(Job(replace(given.material, parcel=odd), clip, WITH_EVERYTHING))
    assert any("pose track" in why for why in made.missing)
    assert {"clip.mp4", "report.pdf", "session.json", "fhir.json"} <= set(made.files)
    assert "pose.npz" not in made.files
    assert b"Missing: the pose track" in made.files["README.txt"]


def test_a_session_without_a_clip_or_pictures_has_the_rest():
    given = session(None, None)
    made = make(Job(given.material, None, WITH_EVERYTHING))
    assert made.missing == ()
    assert set(made.files) == ALL - {
        "clip.mp4",
        "clip-raw.mp4",
        "before-after.png",
        "pose.npz",
        "markers.trc",
        "pelvis.mot",
        "sha256.txt",
    }


def test_nothing_is_written_to_any_disk_before_it_is_saved(ready, tmp_path):
    folder, opened = f"/proc/{os.getpid()}/fd", []
    for name in os.listdir(folder):
        with suppress(OSError):  # the listing's own handle is closed by now
            opened.append(os.readlink(f"{folder}/{name}"))
    # (A folder that the tests run in may be called so too.)
    assert not [path for path in opened if "midstance" in os.path.basename(path)]
    assert list(tmp_path.iterdir()) == []


def test_a_stick_that_comes_back_is_given_what_was_made_already(ready, tmp_path):
    maker, given = ready
    stick = tmp_path / "stick"
    with pytest.raises(StickAbsentError):
        maker(stick, given, quiet)
    work = maker._work
    stick.mkdir()

    def pull(progress: SaveProgress) -> None:
        if progress.doing.startswith("Writing") and stick.exists():
            shutil.rmtree(stick)

    with pytest.raises(StickAbsentError):
        maker(stick, given, pull)
    stick.mkdir()
    folder = maker(stick, given, quiet)
    assert maker._work is work  # the encoding was done once
    assert check_folder(folder) == ()
    assert [path.name for path in (stick / FOLDER).iterdir()] == [folder.name]


def test_a_full_a_locked_and_a_taken_stick(ready, tmp_path, monkeypatch):
    maker, given = ready
    first = maker(tmp_path, given, quiet)
    second = maker(tmp_path, given, quiet)
    assert second.name == first.name + "_2"
    assert check_folder(first) == check_folder(second) == ()
    real = os.fstatvfs

    class Room:
        def __init__(self, fd: int, **changes: int) -> None:
            self._real, self._changes = real(fd), changes

        def __getattr__(self, name: str) -> int:
            return self._changes.get(name, getattr(self._real, name))

    monkeypatch.setattr(os, "fstatvfs", lambda fd: Room(fd, f_bavail=200))
    with pytest.raises(StickFullError) as full:
        maker(tmp_path, given, quiet)
    assert "MB needed" in full.value.what
    assert full.value.remedy
    monkeypatch.setattr(os, "fstatvfs", lambda fd: Room(fd, f_flag=os.ST_RDONLY))
    with pytest.raises(StickReadOnlyError) as locked:
        maker(tmp_path, given, quiet)
    assert locked.value.remedy
    monkeypatch.undo()
    assert len(list((tmp_path / FOLDER).iterdir())) == 2
    assert check_folder(maker(tmp_path, given, quiet)) == ()  # nothing was lost


def test_what_waits_on_the_device_waits_complete(ready, tmp_path):
    maker, given = ready
    outbox = Outbox(tmp_path / "outbox")
    keeping = Keeping(outbox, maker.bundle)
    assert keeping.keep(given, quiet) == ()
    stick = tmp_path / "stick"
    stick.mkdir()
    assert keeping.deliver(stick, quiet) == 1
    (folder,) = (stick / FOLDER).iterdir()
    assert {path.name for path in folder.iterdir()} == ALL - {"before-after.png"}
    assert check_folder(folder) == ()


def test_a_kiosk_that_dies_takes_its_worker_along(shot):
    """The worker reads the end of its pipe and stops by itself."""
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from export_makers import recorded, session\n"
        "from device.making import Maker, MakingOptions\n"
        "import os, time\n"
        "maker = Maker(MakingOptions()); maker.begin(session(*recorded(8.0)))\n"
        "while maker._work.fraction == 0: time.sleep(0.01)\n"
        "print(maker._work.process.pid, flush=True); os._exit(1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.stdout, done.stderr
    wait_for(lambda: not alive(int(done.stdout)), what="the worker to end")


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie that nobody has asked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False  # also when it goes between being looked up and being read


# --- before and after ----------------------------------------------------------------------------


def hips_in(panel_of: Side, **place) -> tuple[np.ndarray, np.ndarray]:
    """Where the hips and the pelvis line of an aligned picture lie, found by their colour."""
    frame = a_freeze(panel_of, **place)
    panel = aligned(frame.picture, Privacy())
    line = (np.abs(panel.astype(int) - (98, 210, 245)).max(axis=2) < 12).nonzero()
    return panel, np.column_stack([line[1], line[0]])


@pytest.mark.parametrize("place", [{}, {"scale": 0.6}, {"scale": 1.3, "roll_deg": 4.0}])
@pytest.mark.parametrize("side", list(Side))
def test_pictures_are_brought_to_one_place_size_and_level(side, place):
    panel, line = hips_in(side, **place)
    assert panel.shape == (PANEL_PX[1], PANEL_PX[0], 3)
    middle = np.array(PANEL_PX) * CENTRE
    assert np.abs(line.mean(axis=0) - middle).max() < 2.5
    # The slope of what is drawn is the drop itself: roll is gone, the drop is not.
    slope = np.degrees(np.arctan(np.polyfit(line[:, 0], line[:, 1], 1)[0]))
    assert slope == pytest.approx(side.obliquity_sign * 6.0, abs=0.4)


def test_the_hips_are_equally_far_apart_in_both():
    for place in ({"scale": 0.6}, {"scale": 1.4}):
        frame = a_freeze(Side.LEFT, **place)
        hips = frame.picture.pose.landmarks_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]]
        apart = np.hypot(*(hips[1] - hips[0]))
        knee = frame.picture.pose.landmarks_px[Landmark.LEFT_KNEE] - hips.mean(axis=0)
        scaled = knee * HIPS_PX / apart
        assert scaled == pytest.approx([-12 * HIPS_PX / 22, 42 * HIPS_PX / 22], abs=0.01)


def test_before_and_after_shows_sides_dates_and_angles():
    words = Words("de")
    captions = captions_of(words, "22.12.2024", "14.6.2025")
    before = tuple(a_freeze(side, drop=9.0) for side in Side)
    after = tuple(a_freeze(side, drop=4.0) for side in Side)
    both = before_after(before, after, captions, Privacy())
    one = before_after(before[:1], after, captions, Privacy())
    assert both.shape[1] == one.shape[1] > 2 * PANEL_PX[0]
    assert both.shape[0] > 2 * PANEL_PX[1] > one.shape[0]
    assert before_after((), after, captions, Privacy()) is None
    other = before_after(before, after, captions_of(words, "1.1.2020", "14.6.2025"), Privacy())
    changed = (other != both).any(axis=(1, 2)).nonzero()[0]
    assert changed.max() < 90  # only the date differs
    hidden = before_after(before, after, captions, Privacy(face=True, background=True))
    assert (
        np.abs(np.diff(hidden[700:, :60].astype(int), axis=1)).mean()
        < np.abs(np.diff(both[700:, :60].astype(int), axis=1)).mean()
    )


def test_a_picture_without_hips_says_so():
    frame = a_freeze(Side.LEFT)
    frame.picture.pose.landmarks_px[Landmark.LEFT_HIP] = np.nan
    assert aligned(frame.picture, Privacy()) is None
    captions = captions_of(Words("en"), "a", "b")
    assert before_after((frame,), (a_freeze(Side.LEFT),), captions, Privacy()) is not None


def test_the_picture_of_before_and_after_prefers_the_first_session(shot):
    _, track = shot
    given = session(None, track)
    last, first = earlier(14), earlier(400, scale=0.7)
    with_both = make(Job(given.material, None, MakingOptions(), last, first))
    with_first = make(Job(given.material, None, MakingOptions(), None, first))
    with_last = make(Job(given.material, None, MakingOptions(), last, None))
    refusal = Reason("method", "The two were measured in different ways.", "")
    refused = replace(first, comparison=replace(first.comparison, refusal=refusal))
    not_first = make(Job(given.material, None, MakingOptions(), last, refused))
    neither = make(Job(given.material, None, MakingOptions(), None, refused))
    images = [made.files["before-after.png"] for made in (with_both, with_first, with_last)]
    assert not_first.files["before-after.png"] == images[2]
    assert "before-after.png" not in neither.files
    assert images[0] == images[1] != images[2]
    with PIL.Image.open(io.BytesIO(images[0])) as image:
        assert image.info["Software"] == "Midstance 0.2.0"
