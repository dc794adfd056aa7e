"""The Pi camera's adapter, against picamera2's own names, arguments and manners."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import json
import threading
from pathlib import Path

import numpy as np
import picamera2_api
import pytest
from fake_picamera2 import IMX219, IMX296, IMX477, IMX708, CompletedRequest, Machine

from device.config import parse
from device.domain.kiosk import Level
from device.errors import CameraError
from device.hardware import exposure, picamera2_camera, planes, sensor_modes
from device.hardware.picamera2_camera import Picamera2Camera
from device.hardware.sensor_modes import choose_mode, frame_us, modes_of

API = json.loads((Path(__file__).parent / "picamera2_api.json").read_text(encoding="utf-8"))
MODES = {"imx708": IMX708, "imx477": IMX477, "imx296": IMX296, "imx219": IMX219}


@pytest.fixture(autouse=True)
def _forget_modes():
    picamera2_camera._known_modes.clear()


def settings(**keys):
    return parse("[camera]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in keys.items())).camera


def opened(machine, distance_m=None, **keys):
    return Picamera2Camera(settings(**keys), distance_m, machine.library)


def some(camera, count):
    frames = list(itertools.islice(camera.frames(), count))
    camera.close()
    return frames


# --- is the fake true? ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fake"),
    [("Picamera2", Machine().library.picamera2), ("CompletedRequest", CompletedRequest)],
)
def test_the_fake_has_the_librarys_names_and_arguments(name, fake):
    for member, arguments in API["classes"][name].items():
        found = inspect.getattr_static(fake, member, None)
        assert found is not None or member == "stop_", member
        if arguments == "property":
            assert isinstance(found, property), member
        elif member != "__init__" or name == "Picamera2":
            real = [part.split("=")[0].strip() for part in arguments.split(", ") if part]
            own = list(inspect.signature(getattr(found, "__func__", found)).parameters)
            assert own == real, member


def test_the_names_are_those_of_the_library_installed_here():
    if (spec := importlib.util.find_spec("picamera2")) is None or spec.origin is None:
        pytest.skip("picamera2 is not installed here")
    real = picamera2_api.read(Path(spec.origin).parent)
    for name, members in API["classes"].items():
        for member, arguments in members.items():
            # Later versions may add arguments, at the end.
            assert real[name][member].startswith(arguments.partition("transform=")[0]), member


# --- modes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sensor", "fps", "size", "runs_at"),
    [
        ("imx708", 60, "2304x1296", 56.03),  # the whole view rather than four pictures more
        ("imx708", 50, "2304x1296", 50),
        ("imx708", 100, "1536x864", 100),
        ("imx708", 14, "2304x1296", 14),  # no finer than needed: less to read out
        ("imx296", 60, "1456x1088", 60),
        ("imx477", 60, "1332x990", 60),
        ("imx477", 50, "2028x1080", 50),
        ("imx477", 30, "2028x1520", 30),
        ("imx219", 60, "1640x1232", 41.85),  # 206/s would be of a postage stamp
    ],
)
def test_the_mode_fits_the_sensor_and_what_is_asked(sensor, fps, size, runs_at):
    mode = choose_mode(modes_of(MODES[sensor]), (1280, 720), fps)
    assert mode.name == size
    assert frame_us(mode, fps) == round(1e6 / runs_at)


def test_the_mode_agrees_with_what_is_said_of_the_cameras():
    cameras = pytest.importorskip("device.domain.cameras")
    for key, modes in (("imx708", IMX708), ("imx296", IMX296), ("imx477", IMX477)):
        ours = choose_mode(modes_of(modes), (1280, 720), 60)
        assert ours.name == cameras.CAMERAS[key].best_mode(60).name


def test_a_mode_can_be_named_and_one_that_is_not_there_is_refused_with_those_that_are():
    modes = modes_of(IMX708)
    assert choose_mode(modes, (1280, 720), 60, "1536x864").fps == 120.13
    with pytest.raises(ValueError, match="1536x864, 2304x1296, 4608x2592"):
        choose_mode(modes, (1280, 720), 60, "800x600")
    with pytest.raises(CameraError, match="no mode 800x600; it has 1536x864"):
        opened(Machine(), sensor_mode="800x600")


def test_what_is_no_raw_mode_is_left_out():
    assert modes_of([{"format": "NV12"}, *IMX296]) == modes_of(IMX296)
    assert choose_mode([], (1280, 720), 60) is None
    assert frame_us(None, 50) == 20000


def test_sensors_are_named_by_the_kernel_and_counted_as_the_library_does(tmp_path):
    nodes = tmp_path / "tree"
    for number, (name, place) in enumerate(
        [
            ("imx296 4-001a", "i2c@80000/imx296@1a"),
            ("imx708_wide_noir 10-001a", "i2c@88000/imx708@1a"),
            ("dw9807 10-000c", "i2c@88000/dw9807@c"),
            ("csi2", "csi@110000"),
        ]
    ):
        device = tmp_path / "class" / f"v4l-subdev{number}"
        (device / "device").mkdir(parents=True)
        (device / "name").write_text(name + "\n")
        (nodes / place).mkdir(parents=True)
        (device / "device" / "of_node").symlink_to(nodes / place)
    found = sensor_modes.sensors(tmp_path / "class")
    assert [model for _, model in found] == ["imx708_wide_noir", "imx296"]
    assert sensor_modes.sensors(tmp_path / "none") == []


# --- the configuration ------------------------------------------------------------------------


def test_one_configuration_has_a_stream_for_the_clip_and_one_to_measure_in():
    machine = Machine()
    camera = opened(machine, distance_m=2.5)
    (library,) = machine.made
    asked = library.asked
    assert asked["main"] == {"size": (1280, 720), "format": "YUV420"}
    assert asked["lores"] == {"size": (960, 540), "format": "YUV420"}
    assert asked["raw"] is None
    assert asked["sensor"] == {"output_size": (2304, 1296), "bit_depth": 10}
    assert asked["controls"] == {
        "FrameDurationLimits": (17848, 17848),
        "AfMode": "manual",
        "LensPosition": pytest.approx(0.4),
    }
    assert (asked["transform"].hflip, asked["transform"].vflip) == (0, 0)
    assert camera.info.name == "imx708 2304x1296"
    assert camera.info.size_px == (960, 540)
    assert camera.info.fps == pytest.approx(56.03, abs=0.01)
    assert not camera.info.simulated
    frames = some(camera, 3)
    assert [frame.seq for frame in frames] == [0, 1, 2]
    for frame in frames:
        assert frame.size_px == (960, 540)
        assert frame.full_px == (1280, 720)
    assert library.released, "every request is given back"
    assert library.log == ["cancel", "close"]


def test_a_picture_small_enough_for_both_needs_one_stream():
    machine = Machine()
    camera = opened(machine, width_px=640, height_px=480)
    assert machine.made[0].asked["lores"] is None
    (frame,) = some(camera, 1)
    assert (frame.size_px, frame.full_px) == ((640, 480), (640, 480))


def test_both_streams_are_of_the_sensors_time_and_a_repeated_picture_is_left_out():
    machine = Machine(times=[1000, 2000, 2000, 3000])
    frames = some(opened(machine), 3)
    assert [(frame.seq, frame.t_ns) for frame in frames] == [(0, 1000), (1, 2000), (2, 3000)]
    assert machine.made[0].released == [1000, 2000, 2000, 3000]


@pytest.mark.parametrize(
    ("rotation_deg", "mirror", "flips", "bright"),
    [
        (0, False, (0, 0), (0, 0)),
        (180, False, (1, 1), (0, 0)),  # done by the sensor: the fake does not
        (0, True, (1, 0), (0, 0)),
        (180, True, (0, 1), (0, 0)),
        (90, False, (0, 0), (0, 1)),
        (270, False, (0, 0), (1, 0)),
        (90, True, (0, 0), (0, 0)),
    ],
)
def test_the_picture_is_turned_as_the_camera_is_mounted(rotation_deg, mirror, flips, bright):
    machine = Machine(padding=32)
    camera = opened(machine, rotation_deg=rotation_deg, mirror=mirror)
    transform = machine.made[0].asked["transform"]
    assert (transform.hflip, transform.vflip) == flips
    size = (540, 960) if rotation_deg in (90, 270) else (960, 540)
    assert camera.info.size_px == size
    (frame,) = some(camera, 1)
    assert frame.size_px == size
    for picture in (frame.image[:, :, 1], frame.full[: frame.full_px[1]]):
        height, width = picture.shape
        quarters = [
            [picture[r * height // 2 + height // 4, c * width // 2 + width // 4] for c in (0, 1)]
            for r in (0, 1)
        ]
        assert np.unravel_index(np.argmax(quarters), (2, 2)) == bright
        assert np.median(quarters) < 100


@pytest.mark.parametrize("padding", [0, 32])
def test_colours_and_padding_come_out_right(padding):
    (frame,) = some(opened(Machine(padding=padding)), 1)
    red, green, blue = (int(value) for value in frame.image[400, 100])
    assert red > green > blue
    assert len(set(frame.image[400, 700].tolist())) == 1, "grey has no colour"
    height = frame.full_px[1]
    assert set(np.unique(frame.full[:height])) == {60, 200}
    assert set(np.unique(frame.full[height:])) == {100, 128, 200}


@pytest.mark.parametrize("layout", ["YUV420", "YVU420", "NV12", "NV21"])
def test_every_layout_of_planes_is_the_same_picture(layout):
    random = np.random.default_rng(1)
    y = random.integers(0, 255, (6, 8), np.uint8)
    u, v = random.integers(0, 255, (2, 3, 4), np.uint8)
    rows = np.zeros((9, 12), np.uint8)
    rows[:6, :8] = y
    if layout.startswith("NV"):
        pair = (u, v) if layout == "NV12" else (v, u)
        rows[6:, :8] = np.stack(pair, axis=2).reshape(3, 8)
    else:
        colour = rows.reshape(-1)[72:].reshape(2, 3, 6)
        colour[:, :, :4] = (u, v) if layout == "YUV420" else (v, u)
    packed = planes.i420(rows, layout, (8, 6))
    assert packed.reshape(-1).tolist() == [*y.ravel(), *u.ravel(), *v.ravel()]
    with pytest.raises(ValueError, match="MJPEG"):
        planes.i420(rows, "MJPEG", (8, 6))


# --- light ------------------------------------------------------------------------------------


def modes_in(tuning):
    return tuning["algorithms"][1]["rpi.agc"]["channels"][0]["exposure_modes"]


def test_no_picture_is_exposed_for_longer_than_a_250th_and_the_gain_follows():
    machine = Machine()
    opened(machine).close()
    for mode in modes_in(machine.made[0].tuning).values():
        assert mode == {"shutter": [100, 4000], "gain": [1.0, 16.0]}
    # The blur that is promised: 1 m/s, 2.2 m away, Camera Module 3.
    px_per_m = 1280 / (2 * 2.2 * np.tan(np.radians(66 / 2)))
    assert px_per_m * 1.0 * settings().longest_exposure_s < 2


def test_the_old_form_of_a_tuning_file_is_capped_too():
    tuning = {"rpi.agc": {"exposure_modes": {"normal": {"shutter": [100, 60000], "gain": [1, 8]}}}}
    assert exposure.cap(tuning, 2000)
    assert tuning["rpi.agc"]["exposure_modes"]["normal"]["shutter"] == [100, 2000]
    assert not exposure.cap({"version": 2.0, "algorithms": []}, 2000)


def test_a_sensor_that_turns_out_to_be_another_is_opened_again_with_its_own_file():
    machine = Machine(model="imx296", modes=IMX296, mono=True)
    opened(machine).close()
    assert [made.tuning["file"] for made in machine.made] == ["imx296.json", "imx296_mono.json"]
    assert machine.made[0].log == ["close"]


def test_without_a_tuning_file_the_exposure_is_fixed_at_the_cap():
    machine = Machine(tunings=())
    opened(machine).close()
    assert machine.made[0].tuning is None
    assert machine.made[0].asked["controls"]["ExposureTime"] == 4000
    assert "AnalogueGain" not in machine.made[0].asked["controls"], "the gain follows"


def test_a_camera_that_is_no_pis_sensor_gets_no_control_it_does_not_know():
    machine = Machine(model="Virtual0", modes=(), known_as="", controls={}, tunings=())
    camera = opened(machine, fps=25.0)
    assert len(machine.made) == 1
    assert machine.made[0].asked["controls"] == {}
    assert not machine.made[0].asked["sensor"]
    assert camera.info.fps == 25.0
    assert some(camera, 1)


def watched(metadata, seconds=4.0, light=None):
    light = light or exposure.Light(4000, 16.0)
    start = getattr(light, "_t", 0)
    for step in range(int(seconds * 10)):
        light.note(metadata, start + step * 100_000_000)
    light._t = start + int(seconds * 1e9)
    return light


def test_too_dark_is_said_after_three_seconds_and_taken_back_when_it_is_light():
    dark = {"ExposureTime": 3998, "AnalogueGain": 16.0, "Lux": 40.0}
    assert watched(dark, 2.0).item.level is Level.OK
    light = watched(dark)
    assert light.item.level is Level.WARN
    assert "too dark" in light.item.text
    assert "light" in light.item.remedy
    assert watched({**dark, "AnalogueGain": 12.0}, light=light).item.level is Level.WARN
    assert watched({**dark, "AnalogueGain": 6.0}, light=light).item.level is Level.OK


def test_light_that_the_gain_cannot_show_is_too_little_as_well():
    assert watched({"ExposureTime": 3998, "AnalogueGain": 9.0, "Lux": 5}).item.level is Level.WARN


def test_an_exposure_beyond_the_cap_is_told_and_silence_is_no_news():
    assert "too long" in watched({"ExposureTime": 12000, "AnalogueGain": 1.0}).item.text
    assert watched({}).item.level is Level.OK


def test_the_camera_tells_of_the_light():
    dark = {"ExposureTime": 4000, "AnalogueGain": 16.0, "Lux": 9.0}
    camera = opened(Machine(metadata=dark))
    assert camera.health.level is Level.OK
    some(camera, 250)
    assert camera.health.level is Level.WARN


def test_the_lens_stays_where_it_is_put():
    def asked(distance_m=None, **keys):
        machine = Machine()
        opened(machine, distance_m, **keys).close()
        return machine.made[0].asked["controls"]["LensPosition"]

    assert asked() == pytest.approx(1 / 2.2)
    assert asked(3.0) == pytest.approx(1 / 3)
    assert asked(3.0, focus_m=1.5) == pytest.approx(1 / 1.5)


# --- when it fails ----------------------------------------------------------------------------


def test_closing_from_another_thread_ends_the_frames_and_may_be_done_twice():
    machine = Machine(times=[1000])
    camera = opened(machine)
    threading.Timer(0.3, camera.close).start()
    assert len(list(camera.frames())) == 1
    camera.close()
    assert machine.made[0].log.count("close") == 1


def test_a_cable_that_comes_loose_is_noticed_within_two_seconds_and_closing_does_not_hang():
    machine = Machine()
    camera = opened(machine)
    frames = camera.frames()
    next(frames)
    machine.unplugged.set()
    with pytest.raises(CameraError, match="no pictures") as caught:
        for _ in frames:
            pass
    assert picamera2_camera.SILENT_S < 2.0
    assert "cable" in caught.value.remedy
    closer = threading.Thread(target=camera.close, daemon=True)
    closer.start()
    closer.join(60.0)
    assert not closer.is_alive(), "the library waits for ever behind the picture asked for"


def test_the_fake_hangs_as_the_library_does_when_nothing_is_cancelled():
    machine = Machine(times=[])
    camera = opened(machine)
    library = machine.made[0]
    job = library.capture_request(wait=False)
    stopper = threading.Thread(target=library.stop, daemon=True)
    stopper.start()
    stopper.join(0.3)
    assert stopper.is_alive()
    library.cancel_all_and_flush()
    assert job.future.done()
    camera.close()
    stopper.join(60.0)
    assert not stopper.is_alive()


@pytest.mark.parametrize("error", [RuntimeError("busy"), IndexError("no camera 0"), OSError("io")])
def test_a_camera_that_cannot_be_started_is_an_error_and_is_let_go_of(error):
    machine = Machine(fails=error)
    with pytest.raises(CameraError, match="cannot be started"):
        opened(machine)
    assert machine.made[0].log == ["cancel", "close"]


def test_a_camera_that_is_not_there_is_an_error():
    with pytest.raises(CameraError, match="No camera number 1"):
        opened(Machine(), number=1)


def test_asking_for_the_modes_takes_long_and_is_done_once():
    machine = Machine()
    opened(machine).close()
    machine.modes = IMX296
    camera = opened(machine)
    assert camera.info.name == "imx708 2304x1296"
    camera.close()


def test_without_the_library_the_message_says_how_to_get_it():
    if importlib.util.find_spec("picamera2") is not None:
        pytest.skip("picamera2 is installed here")
    with pytest.raises(CameraError) as caught:
        Picamera2Camera(settings())
    assert "python3-picamera2" in caught.value.remedy
