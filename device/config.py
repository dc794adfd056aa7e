"""The configuration: frozen, typed, and it refuses what it does not understand.

`load(path)` reads a TOML file into a `Config`. Every key has a default, so a file names only what
differs. An unknown key, a wrong type or an impossible value raises `ConfigError` that names file,
key and limit, and suggests the nearest known key.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import msgspec.inspect
from msgspec import Meta

from device.errors import ConfigError
from device.toml_files import read_text, suggest, values_of

Positive = Annotated[float, Meta(gt=0)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Pin = Annotated[int, Meta(ge=0, le=27)]
Pixels = Annotated[int, Meta(ge=160, le=8192)]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every section: frozen, unknown keys refused."""


class Station(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who and where this device is."""

    name: Annotated[str, Meta(min_length=1, max_length=40)] = "Midstance"
    profile: Literal["gym", "clinic", "home", "demo"] = "gym"


class Camera(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the pictures come from."""

    source: Literal["picamera2", "v4l2", "video", "demo"] = "picamera2"
    path: str = ""
    """Video file (source "video") or device (source "v4l2")."""
    width_px: Pixels = 1280
    height_px: Pixels = 720
    fps: Annotated[float, Meta(ge=10, le=240)] = 60.0
    loop: bool = False
    """Play a recording again from its start when it ends."""
    sensor_mode: Annotated[str, Meta(max_length=12)] = "auto"
    """Of a Pi camera: "auto", or the size of one of its sensor's modes ("2304x1296")."""
    number: Annotated[int, Meta(ge=0, le=3)] = 0
    """Which of several Pi cameras."""
    measured_px: Annotated[int, Meta(ge=320, le=1920)] = 960
    """The longer side of a Pi camera's second, smaller picture: what is measured is seen in it."""
    rotation_deg: Literal[0, 90, 180, 270] = 0
    """How far the picture is turned clockwise."""
    mirror: bool = False
    """Swap left and right (a camera that looks into a mirror)."""
    longest_exposure_s: Annotated[float, Meta(ge=0.0002, le=0.04)] = 0.004
    focus_m: Annotated[float, Meta(ge=0.1, le=20)] | None = None
    """None: at `geometry.distance_m`, where that is known."""
    webcam_format: Literal["auto", "mjpeg", "yuyv"] = "auto"


class Geometry(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the camera stands. A key that is left out is unknown."""

    above_hips_m: Annotated[float, Meta(ge=-1.5, le=1.5)] | None = None
    distance_m: Annotated[float, Meta(ge=0.5, le=10)] | None = None
    hfov_deg: Annotated[float, Meta(ge=15, le=150)] | None = None
    roll_deg: Annotated[float, Meta(ge=-45, le=45)] | None = None
    pitch_deg: Annotated[float, Meta(ge=-45, le=45)] | None = None
    """How far the camera looks up (negative: down)."""


class PoseConfig(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who finds the runner."""

    estimator: Literal["mediapipe", "litert", "recorded"] = "mediapipe"
    """"litert" runs MediaPipe's networks where its library cannot run (Raspberry Pi 4)."""
    model: Literal["auto", "lite", "full", "heavy"] = "auto"
    """"auto": "full", or "lite" where a short trial at the start finds it too slow."""
    track: str = ""
    """Pose track that the estimator "recorded" plays back (a simulator)."""
    threads: Annotated[int, Meta(ge=1, le=8)] | Literal["auto"] = "auto"
    """How many pictures are worked on at once; "auto": found by a trial at the start."""
    rate_hz: Annotated[float, Meta(ge=5, le=240)] | Literal["auto", "every"] = "auto"
    """How often a second the runner is looked for. The pelvis is measured in every picture, where
    its method can; "auto": as often as the steps need; "every": in every picture."""


class PelvisConfig(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What measures the pelvis."""

    method: Literal["auto", "stickers", "network", "mediapipe"] = "auto"


class SessionConfig(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a session runs."""

    standing_zero: Literal["auto", "off"] = "auto"
    standing_zero_s: Annotated[float, Meta(ge=3, le=15)] = 5.0
    standing_zero_timeout_s: Annotated[float, Meta(ge=10, le=120)] = 30.0
    """After this long without a standing zero the person is asked whether to go on without."""
    choice_timeout_s: Annotated[float, Meta(ge=10, le=600)] = 60.0
    """How long that question stands before the kiosk goes back to idle."""
    countdown_s: Annotated[float, Meta(ge=0, le=30)] = 3.0
    maximum_s: Annotated[float, Meta(ge=30, le=14_400)] = 3600.0
    results_timeout_s: Annotated[float, Meta(ge=10, le=3600)] = 120.0
    saved_timeout_s: Annotated[float, Meta(ge=3, le=600)] = 15.0
    """How long "safe to remove" stays on the screen."""
    setup: Literal["first", "offered"] = "first"
    """"first": the first session after the start goes through the set-up assistant."""
    menu_timeout_s: Annotated[float, Meta(ge=10, le=3600)] = 90.0
    """Without a press for so long, what the menu opened is closed."""
    runner_timeout_s: Annotated[float, Meta(ge=10, le=86_400)] = 600.0
    """Idle for so long, the chosen runner or patient is let go of."""
    code_pattern: Annotated[str, Meta(min_length=1, max_length=80)] = "[A-Z0-9-]{3,16}"
    """What a patient's code looks like, as a regular expression (profile "clinic")."""
    step_height_mm: Annotated[float, Meta(ge=10, le=60)] = 30.0
    """Height of the book of the step calibration."""
    exercise_sessions: Annotated[int, Meta(ge=1, le=20)] = 2
    """In so many sessions in a row an exercise is done before the next one opens ..."""
    exercise_steady_deg: Annotated[float, Meta(ge=0.5, le=6)] = 2.0
    """... and steadier than this."""


class Buttons(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The three buttons and their lights (BCM numbers)."""

    source: Literal["gpio", "mock", "none"] = "gpio"
    green_pin: Pin = 17
    blue_pin: Pin = 27
    yellow_pin: Pin = 22
    green_led_pin: Pin = 5
    blue_led_pin: Pin = 6
    yellow_led_pin: Pin = 13
    pull: Literal["up", "down", "none"] = "up"
    """"none": a resistor outside of the Pi holds the pin; `active` then says what a press is."""
    active: Literal["auto", "low", "high"] = "auto"
    """The level of a pressed button; "auto": low where the pin is pulled up, else high."""
    led_active: Literal["high", "low"] = "high"
    """The level at which a light is on."""
    debounce_s: Annotated[float, Meta(ge=0.005, le=0.2)] = 0.02
    hold_s: Annotated[float, Meta(ge=0.5, le=5)] = 1.5
    shutdown_s: Annotated[float, Meta(ge=2, le=20)] = 5.0
    """Green and blue held together for this long switch the station off."""
    keyboard: bool = True
    """Whether the keys g, b and y press the buttons too."""


class Clip(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The clip saved with a session."""

    seconds: Annotated[float, Meta(ge=2, le=120)] = 15.0
    bitrate_kbps: Annotated[int, Meta(ge=200, le=50_000)] = 4000
    encoder: Literal["auto", "hardware", "software"] = "auto"
    """Who compresses: the Pi's video chip (Pi 4 and older have one) or FFmpeg."""
    overlay: bool = True
    """Whether pelvis line, drops and cadence are drawn into a second clip."""
    slow_motion: Annotated[int, Meta(ge=1, le=8)] = 1
    """How many times slower that clip plays."""


class Privacy(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is made unrecognisable in clips and pictures that leave the device."""

    blur_face: bool = False
    blur_background: bool = False
    recipients: tuple[str, ...] = ()
    """Public keys (age) of those who alone can read what is saved to a stick; none: anybody."""


class ReportConfig(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The page and the files for other tools that are saved with a session."""

    paper: Literal["a4", "letter"] = "a4"
    fhir: bool = False
    """Whether the numbers are also saved as HL7 FHIR R4 observations."""


class Stick(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where saved sessions go."""

    source: Literal["usb", "folder"] = "usb"
    path: str = ""
    """The folder that stands in for a stick (source "folder")."""


class Screen(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The display."""

    display: Literal["auto", "window", "kmsdrm", "headless"] = "auto"
    width_px: Pixels = 1280
    height_px: Pixels = 720
    fullscreen: bool = True
    rotation_deg: Literal[0, 90, 180, 270] = 0
    """How far the screen itself is turned clockwise; the picture is turned back."""
    language: Literal["en", "de", "es", "fr"] = "en"
    diagonal_in: Annotated[float, Meta(ge=5, le=100)] = 21.5
    """The screen's diagonal in inches: how large a pixel is, so that numbers can be read."""
    viewing_distance_m: Annotated[float, Meta(ge=0.3, le=10)] = 2.5
    """From the runner's eyes to the screen."""
    live_view: Literal["simple", "full", "eyes_free"] = "simple"
    """What is shown during a run: gauges; gauges and curves (clinic); one giant number."""
    show_picture: bool = True
    """Whether the camera picture is shown during a run."""
    blank_after_s: Annotated[float, Meta(ge=0, le=86_400)] = 600.0
    """Idle with nobody in view for so long, the screen goes dark; 0: never."""


class Storage(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the device keeps its own files."""

    data_dir: str = "/var/lib/midstance"
    keep_unsaved: bool = False
    """Whether a session that no stick takes may, at a press of yellow, wait here for the next."""
    sessions: Literal["sqlite", "none"] = "none"
    """Whether sessions and runners are kept here until they are deleted."""
    keep_clips: bool = True
    """Whether the clip is kept with a session."""


class Sound(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The metronome of the cadence trial."""

    output: Literal["speaker", "simulated", "none"] = "speaker"
    """"simulated": nobody hears it, and the screen says so; "none": there is only the beat on the
    screen."""
    volume: Annotated[float, Meta(ge=0.05, le=1)] = 0.7


class CoachConfig(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The coach."""

    programmes: Annotated[str, Meta(min_length=1, max_length=400)] = "programmes"
    """The folder of its programmes; a relative one from where the configuration lies."""
    trial_minute_s: Annotated[float, Meta(ge=10, le=300)] = 60.0
    """How long each condition of the cadence trial lasts."""
    trial_step_percent: Annotated[float, Meta(ge=2, le=10)] = 5.0
    """By how much each condition is quicker than the one before."""
    trial_steps: Annotated[int, Meta(ge=1, le=3)] = 2
    """How many of them follow the preferred cadence."""


class Config(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One section per table of the TOML file."""

    station: Station = Station()
    camera: Camera = Camera()
    geometry: Geometry = Geometry()
    pose: PoseConfig = PoseConfig()
    pelvis: PelvisConfig = PelvisConfig()
    session: SessionConfig = SessionConfig()
    buttons: Buttons = Buttons()
    clip: Clip = Clip()
    privacy: Privacy = Privacy()
    report: ReportConfig = ReportConfig()
    stick: Stick = Stick()
    screen: Screen = Screen()
    storage: Storage = Storage()
    sound: Sound = Sound()
    coach: CoachConfig = CoachConfig()


def load(path: Path) -> Config:
    """Read the configuration file at `path`; raises `ConfigError` when it is refused.

    A folder of programmes is found from where the file lies.
    """
    text = read_text(path, "configuration", "config/demo.toml")
    config = parse(text, where=str(path))
    programmes = str(path.resolve().parent / Path(config.coach.programmes).expanduser())
    coach = msgspec.structs.replace(config.coach, programmes=programmes)
    return msgspec.structs.replace(config, coach=coach)


def parse(text: str, *, where: str = "configuration") -> Config:
    """Turn TOML text into a `Config`; `where` names it in errors."""
    raw = values_of(text, where)
    _refuse_unknown(raw, where)
    try:
        config = msgspec.convert(raw, Config)
    except msgspec.ValidationError as error:
        raise _readable(error, raw, where) from error
    _refuse_impossible(config, where)
    return config


def digest(config: Config) -> str:
    """A short hash of everything in `config`, kept with each session."""
    # Where a folder lies is no option of how it is measured.
    plain = msgspec.structs.replace(config, coach=CoachConfig())
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()[:16]


def _refuse_unknown(raw: dict[str, Any], where: str) -> None:
    sections = {name: getattr(Config(), name) for name in Config.__struct_fields__}
    for section, values in raw.items():
        if section not in sections:
            raise ConfigError(
                f"{where}: unknown section [{section}].", remedy=suggest(section, sections)
            )
        if not isinstance(values, dict):
            raise ConfigError(
                f"{where}: {section} must be a section.",
                remedy=f"Write [{section}] on a line of its own and its keys below it.",
            )
        known = sections[section].__struct_fields__
        for key in values:
            if key not in known:
                raise ConfigError(
                    f"{where}: unknown key {key!r} in [{section}].", remedy=suggest(key, known)
                )


def allowed(section: type[msgspec.Struct], key: str) -> str:
    """What `key` of a section may be, in words: "a number from 10 to 240"."""
    (field,) = (field for field in msgspec.structs.fields(section) if field.name == key)
    info = msgspec.inspect.type_info(field.type)
    if isinstance(info, msgspec.inspect.UnionType):
        kinds = [one for one in info.types if not isinstance(one, msgspec.inspect.NoneType)]
        # Numbers first: "a number from 5 to 240, or one of ...".
        kinds.sort(key=lambda one: isinstance(one, msgspec.inspect.LiteralType))
        return ", or ".join(_in_words(one) for one in kinds)
    return _in_words(info)


def _in_words(info: msgspec.inspect.Type) -> str:
    match info:
        case msgspec.inspect.LiteralType(values=values):
            return "one of " + ", ".join(json.dumps(value) for value in values)
        case msgspec.inspect.BoolType():
            return "true or false, without quotes"
        case msgspec.inspect.StrType(max_length=longest):
            return "text in quotes" + (f", 1 to {longest} characters" if longest else "")
        case msgspec.inspect.VarTupleType():
            return "a list of texts in quotes, in square brackets"
        case msgspec.inspect.IntType(ge=low, le=high) | msgspec.inspect.FloatType(ge=low, le=high):
            kind = "whole number" if isinstance(info, msgspec.inspect.IntType) else "number"
            limits = f" from {low:g} to {high:g}" if low is not None and high is not None else ""
            return f"a {kind}{limits}"
    raise TypeError(f"no words for {info}")


def _readable(error: msgspec.ValidationError, raw: dict[str, Any], where: str) -> ConfigError:
    """msgspec's "Expected `int` - at `$.camera.fps`", in words that name section, key and value."""
    section, _, key = str(error).partition(" - at `$.")[2].rstrip("`").partition(".")
    key = key.partition("[")[0]  # of a list: which of its values does not matter
    value = raw[section][key]
    given = str(value).lower() if isinstance(value, bool) else repr(value)
    known = getattr(Config(), section)
    default = getattr(known, key)
    otherwise = "is unknown" if default is None else f"is {json.dumps(default)}"
    return ConfigError(
        f"{where}: {key} in [{section}] is {given}, which is not {allowed(type(known), key)}.",
        remedy=f"Change it, or leave it out: then it {otherwise}.",
    )


def _refuse_impossible(config: Config, where: str) -> None:
    """What no single key can show."""
    pins: dict[int, str] = {}
    for key in (name for name in Buttons.__struct_fields__ if name.endswith("_pin")):
        pin = getattr(config.buttons, key)
        if pin in pins:
            raise ConfigError(
                f"{where}: {key} and {pins[pin]} in [buttons] are both BCM {pin}.",
                remedy="Give each button and each light a pin of its own.",
            )
        pins[pin] = key
    if config.buttons.pull == "none" and config.buttons.active == "auto":
        raise ConfigError(
            f'{where}: pull in [buttons] is "none", and active is "auto".',
            remedy='Say what a pressed button does to its pin: active = "low" or "high".',
        )
    pull, active = config.buttons.pull, config.buttons.active
    if (pull, active) in (("up", "high"), ("down", "low")):
        raise ConfigError(
            f'{where}: pull in [buttons] is "{pull}", and active is "{active}": such a button '
            "would always be pressed.",
            remedy='Leave active out, or set pull = "none" where resistors hold the pins.',
        )
    try:
        re.compile(config.session.code_pattern)
    except re.error as error:
        raise ConfigError(
            f"{where}: code_pattern in [session] is no regular expression ({error}).",
            remedy='Write for example code_pattern = "[A-Z0-9-]{3,16}".',
        ) from error
    if config.buttons.source == "none" and not config.buttons.keyboard:
        raise ConfigError(
            f'{where}: source in [buttons] is "none", and keyboard is false.',
            remedy="Nobody could press anything: set one of them otherwise.",
        )
    for recipient in config.privacy.recipients:
        if not re.fullmatch(r"age1[02-9ac-hj-np-z]{58}", recipient):
            raise ConfigError(
                f"{where}: recipients in [privacy] has {recipient!r}, which is no public key.",
                remedy="A public key begins with age1 and has 62 characters; age-keygen makes one.",
            )
    size = config.camera.sensor_mode
    if size != "auto" and not re.fullmatch(r"[0-9]{3,5}x[0-9]{3,5}", size):
        raise ConfigError(
            f"{where}: sensor_mode in [camera] is {size!r}, which is no size.",
            remedy='Write "auto", or a size as "2304x1296".',
        )
    needs = (
        (config.camera.source == "video", config.camera.path, "camera", "path", 'source = "video"'),
        (config.camera.source == "v4l2", config.camera.path, "camera", "path", 'source = "v4l2"'),
        (config.stick.source == "folder", config.stick.path, "stick", "path", 'source = "folder"'),
        (
            config.pose.estimator == "recorded",
            config.pose.track,
            "pose",
            "track",
            'estimator = "recorded"',
        ),
    )
    for applies, value, section, key, because in needs:
        if applies and not value:
            raise ConfigError(
                f"{where}: {key} in [{section}] is empty, but {because} needs it.",
                remedy=f'Add {key} = "..." below [{section}].',
            )
