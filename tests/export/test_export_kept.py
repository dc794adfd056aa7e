"""Sessions out of the device's store, saved as if they had just been run; all of a day at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from export_makers import BEGAN_S, NS, a_freeze, a_summary, decoded, facts, number, recorded
from kiosk_fakes import Tape, wait_for

from device.atomic import check_folder
from device.cli import main
from device.clips.draw import read_burnt
from device.clips.mux import mux_mp4
from device.clips.privacy import Privacy
from device.clips.rework import decoded as pictures_of
from device.clips.unpack import unpack
from device.clock import MonotonicClock
from device.domain.basics import Side
from device.domain.events import HealthChanged
from device.domain.frames import CameraGeometry, PelvisMethod, PelvisSample
from device.domain.history import TrackRow
from device.errors import StickError, StorageError
from device.hardware.sim.folder_stick import FolderStick
from device.keeping import KeptRecords
from device.kept_saving import KeptSaver, of_day
from device.making import Maker, MakingOptions
from device.pipeline.disk import Disk
from device.session.entry import finished, session_start
from device.storage.store import Store

DAY = datetime(2025, 6, 14, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def shot():
    return recorded(2.0, level_deg=0.5)


def keep(store: Store, uuid: str, started: datetime, shot, runner: str | None = "AB-12"):
    clip, track = shot
    records = KeptRecords(store)
    told = facts(started=started, ended=started + timedelta(seconds=9), code=runner or "")
    start = session_start(
        told,
        uuid=uuid,
        runner=runner,
        began_ns=round(BEGAN_S * NS),
        geometry=CameraGeometry(),
        use_standing_zero=True,
    )
    records.begin(start)
    rows = []
    for row in range(len(track)):
        pose = track.pose(row)
        line = PelvisSample(
            row,
            pose.t_ns,
            float(track.line_deg[row]),
            0.4,
            PelvisMethod.STICKERS,
            track.line_px[row].astype(np.float64),
        )
        rows.append(TrackRow(pose.t_ns, pose, line))
    records.add_track(uuid, rows)
    frames = tuple(a_freeze(side) for side in Side)
    records.keep(finished(start, a_summary(), told, frames), clip)


@pytest.fixture
def store(tmp_path, shot):
    made = Store(tmp_path / "data")
    for index in range(3):
        # Two today, one of them nobody's, and one two years ago.
        started = DAY - timedelta(days=730) if index == 0 else DAY + timedelta(minutes=index)
        keep(made, f"00000000-0000-4000-8000-00000000000{index}", started, shot, "AB-12")
    yield made
    made.close()


def test_a_clip_comes_out_of_its_mp4_as_it_went_in(shot):
    clip, _ = shot
    back = unpack(mux_mp4(*clip).data)
    assert back[0].size_px == clip[0].size_px
    assert [p.keyframe for p in back[1]] == [p.keyframe for p in clip[1]]
    assert max(abs(a.t_ns - b.t_ns) for a, b in zip(*(c[1] for c in (back, clip)), strict=True)) < (
        6_000
    )
    for a, b in zip(pictures_of(back), pictures_of(clip), strict=True):
        assert (a.image == b.image).all()
    again = mux_mp4(*back)
    assert len(decoded(again.data)) == 60


@pytest.mark.parametrize("data", [b"", b"not a film", mux_mp4])
def test_what_is_no_clip_of_ours_is_refused(data, shot):
    if callable(data):
        data = mux_mp4(*shot[0]).data.replace(b"first_ns=", b"last_ns==")
    with pytest.raises(StorageError, match="taken apart"):
        unpack(data)


def test_all_of_a_day_is_saved_complete_and_in_order(store, tmp_path):
    stick = tmp_path / "stick"
    stick.mkdir()
    told = []
    saver = KeptSaver(Maker(MakingOptions(counter=True)))
    day = DAY.astimezone().date()
    saved = saver.save_day(store, stick, day, lambda done, of, progress: told.append((done, of)))
    assert len(saved) == len(of_day(store, day)) == 2
    assert told[0] == (0, 2)
    assert told[-1] == (1, 2)
    for folder in saved:
        assert check_folder(folder) == ()
        names = {path.name for path in folder.iterdir()}
        assert {"clip.mp4", "clip-raw.mp4", "report.pdf", "before-after.png", "pose.npz"} <= names
        assert not [name for name in names if name.endswith(".jpg")]
        document = json.loads((folder / "session.json").read_text())
        assert document["sides"]["left"]["midstance_drop_deg"]["mean"] == 5.0
        assert document["kept"]["runner"] == "AB-12"
    assert saved[0].name < saved[1].name
    # The drawing on the kept clip is of each picture's own time still.
    _, track = recorded(2.0, level_deg=0.5)
    drawn = 0
    for index, (_, image) in enumerate(decoded((saved[0] / "clip.mp4").read_bytes())):
        row, value = read_burnt(image)
        if row is None:
            continue
        drawn += 1
        assert number(image) == index == row
        assert value == pytest.approx(float(track.line_deg[row]) - 0.5, abs=0.03)
    assert drawn == 60


def test_the_disk_thread_saves_the_day_and_says_how_far_it_is(store, tmp_path):
    stick, posted = tmp_path / "stick", []
    today = datetime.now().astimezone()

    class Today(KeptSaver):
        def today(self, records):
            return of_day(records.store, DAY.astimezone().date())

    disk = Disk(
        FolderStick(stick),
        Tape(),
        lambda root, files, on_progress: root,
        posted.append,
        MonotonicClock(),
        open_store=lambda: KeptRecords(store),
        day_saver=Today(Maker(MakingOptions(overlay=False))),
    )

    def said() -> list[str]:
        return [
            event.item.text
            for event in posted
            if isinstance(event, HealthChanged) and event.item.part == "storage"
        ]

    # Midnight may come between the two.
    days = [today.date(), today.date() + timedelta(days=1)]
    assert KeptSaver(Maker(MakingOptions())).today(KeptRecords(store)) in [
        of_day(store, day) for day in days
    ]
    disk.start()
    try:
        disk.save_today()  # no stick yet
        wait_for(lambda: any("no stick" in text for text in said()))
        stick.mkdir()
        disk.save_today()
        wait_for(lambda: said()[-1].startswith("All of today"), 200)
    finally:
        assert disk.stop(60)
    assert "Saving session 1 of 2 of today. Leave the stick in." in said()
    assert "Saving session 2 of 2 of today. Leave the stick in." in said()
    assert len(list((stick / "MIDSTANCE").iterdir())) == 2


def test_a_damaged_session_holds_up_no_other(store, tmp_path):
    damaged = of_day(store, DAY.astimezone().date())[0]
    (path,) = (tmp_path / "data").rglob(f"*{damaged}*.mp4")
    path.write_bytes(b"no film")
    saver = KeptSaver(Maker(MakingOptions(privacy=Privacy(face=True))))
    stick = tmp_path / "stick"
    stick.mkdir()
    saved = saver.save_day(store, stick, DAY.astimezone().date())
    assert len(saved) == 2
    assert not (saved[0] / "clip.mp4").exists()
    assert (saved[0] / "report.pdf").exists()
    assert (saved[1] / "clip.mp4").exists()


def test_a_stick_that_goes_ends_it_and_what_was_saved_stays(store, tmp_path):
    stick = tmp_path / "stick"
    stick.mkdir()
    saver = KeptSaver(Maker(MakingOptions(overlay=False)))

    def pull(done: int, of: int, progress) -> None:
        if done == 1 and stick.exists():
            stick.rename(tmp_path / "pulled")

    with pytest.raises(StickError):
        saver.save_day(store, stick, DAY.astimezone().date(), pull)
    (folder,) = (tmp_path / "pulled" / "MIDSTANCE").iterdir()
    assert check_folder(folder) == ()


def test_the_command_writes_them_complete_too(store, tmp_path, capsys):
    config = tmp_path / "midstance.toml"
    config.write_text(f'[storage]\ndata_dir = "{tmp_path / "data"}"\n[clip]\noverlay = false\n')
    out = tmp_path / "out"
    code = main(["sessions", "export", "1", "--config", str(config), "--out", str(out)])
    assert code == 0, capsys.readouterr().err
    (folder,) = (out / "MIDSTANCE").iterdir()
    assert str(folder) in capsys.readouterr().out
    names = {path.name for path in folder.iterdir()}
    assert {"report.pdf", "clip.mp4", "session.json", "README.txt"} <= names
