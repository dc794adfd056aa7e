"""The profiles: they load, name every key, and their comments tell the truth."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from device.config import Config, allowed, digest, load, parse
from device.errors import ConfigError

FOLDER = Path(__file__).resolve().parent.parent.parent / "config"
PROFILES = ("demo", "gym", "clinic", "home")


def keys() -> list[tuple[str, str]]:
    default = Config()
    return [
        (section, key)
        for section in Config.__struct_fields__
        for key in getattr(default, section).__struct_fields__
    ]


def limits(section: str, key: str) -> list[Any]:
    """The lowest and the highest value, or the choices, that the key allows."""
    struct = next(f.type for f in msgspec.inspect.type_info(Config).fields if f.name == section)
    kind = next(field.type for field in struct.fields if field.name == key)
    if isinstance(kind, msgspec.inspect.UnionType):
        kind = next(t for t in kind.types if not isinstance(t, msgspec.inspect.NoneType))
    if isinstance(kind, msgspec.inspect.LiteralType):
        return [json.dumps(value) for value in kind.values]
    found = [getattr(kind, name, None) for name in ("ge", "le", "min_length", "max_length")]
    return [f"{value:g}" for value in found if value is not None]


def commented(text: str) -> dict[tuple[str, str], str]:
    """For each key, set or only shown, the comment above it."""
    section, comment, found = "", "", {}
    for line in text.splitlines():
        if head := re.fullmatch(r"\[(\w+)\]", line):
            section, comment = head[1], ""
        elif key := re.match(r"(?:# )?(\w+) =", line):
            found[section, key[1]] = comment
            comment = ""
        elif line.startswith("# "):
            comment += line[1:]
        else:
            comment = ""
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_loads_and_is_what_it_says(profile):
    config = load(FOLDER / f"{profile}.toml")
    assert config.station.profile == profile


@pytest.mark.parametrize("profile", PROFILES)
def test_every_key_is_there_with_a_comment_that_names_its_limits(profile):
    comments = commented((FOLDER / f"{profile}.toml").read_text())
    assert set(comments) == set(keys())
    for section, key in keys():
        comment = comments[section, key]
        assert "Default:" in comment, f"{section}.{key}"
        for limit in limits(section, key):
            assert limit in comment, f"{section}.{key}: {limit} is not in: {comment}"


@pytest.mark.parametrize("profile", PROFILES)
def test_the_defaults_named_are_the_defaults(profile):
    comments = commented((FOLDER / f"{profile}.toml").read_text())
    default = Config()
    for section, key in keys():
        value = getattr(getattr(default, section), key)
        named = comments[section, key].split("Default: ")[1]
        if value is None:
            assert named.startswith("unknown"), f"{section}.{key}"
        else:
            if isinstance(value, tuple):
                value = list(value)
            assert tomllib.loads(f"x = {named.rstrip('.')}")["x"] == value, f"{section}.{key}"


def test_only_the_demo_pretends():
    for profile in ("gym", "clinic", "home"):
        config = load(FOLDER / f"{profile}.toml")
        assert config.camera.source == "picamera2"
        assert config.pose.estimator == "mediapipe"
        assert (config.buttons.source, config.stick.source) == ("gpio", "usb")
    demo = load(FOLDER / "demo.toml")
    assert (demo.camera.source, demo.pose.estimator) == ("demo", "mediapipe")
    assert (demo.buttons.source, demo.stick.source) == ("mock", "folder")


def test_the_demos_geometry_is_that_of_its_clip():
    from device.demo import demo_truth

    camera = demo_truth()["camera"]
    geometry = load(FOLDER / "demo.toml").geometry
    assert geometry.above_hips_m == pytest.approx(camera["above_standing_hips_m"], abs=0.01)
    assert geometry.distance_m == pytest.approx(camera["distance_m"], abs=0.01)
    assert geometry.hfov_deg == pytest.approx(camera["hfov_deg"], abs=0.1)
    assert geometry.roll_deg == pytest.approx(camera["roll_deg"], abs=0.01)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[camera]\nfsp = 60", ["fsp", "[camera]", "'fps'"]),
        ("[camra]\nfps = 60", ["[camra]", "'camera'"]),
        ("[camera]\nfps = 1000", ["fps", "[camera]", "1000", "from 10 to 240", "is 60.0"]),
        ("[camera]\nfps = 'fast'", ["fps", "[camera]", "'fast'", "a number from"]),
        ("[camera]\nsource = 'magic'", ["source", "[camera]", "'magic'", '"v4l2"']),
        ("[pose]\nthreads = 1.5", ["threads", "[pose]", "1.5", "whole number from 1 to 8"]),
        ("[screen]\nfullscreen = 'yes'", ["fullscreen", "[screen]", "'yes'", "true or false"]),
        ("[session]\nstanding_zero = true", ["[session]", "is true", '"auto", "off"']),
        ("[station]\nname = ''", ["name", "[station]", "1 to 40"]),
        ("[camera]\nrotation_deg = 45", ["rotation_deg", "[camera]", "45", "one of 0, 90, 180"]),
        ("[camera]\nsensor_mode = 'wide'", ["sensor_mode", "[camera]", "wide", "2304x1296"]),
        ("[buttons]\npull = 'none'", ["pull", "active", "[buttons]"]),
        ("[stick]\npath = 3", ["path", "[stick]", "text in quotes"]),
        ("[geometry]\nroll_deg = 90", ["roll_deg", "from -45 to 45", "is unknown"]),
        ("[buttons]\ngreen_pin = 27", ["green_pin", "blue_pin", "27"]),
        ("[camera]\nsource = 'video'", ["path", "[camera]", "video"]),
        ("[stick]\nsource = 'folder'", ["path", "[stick]", "folder"]),
        ("[pose]\nestimator = 'recorded'", ["track", "[pose]", "recorded"]),
        ("station = 'x'", ["station", "section"]),
        ("[camera\nfps = 60", ["TOML"]),
        ("[camera]\nfps = nan", ["fps"]),
    ],
)
def test_what_is_wrong_is_refused_by_name(text, parts):
    with pytest.raises(ConfigError) as caught:
        parse(text, where="mine.toml")
    message = str(caught.value)
    for part in ["mine.toml", *parts]:
        assert part in message, message


def test_what_is_allowed_can_be_said_of_every_key():
    for name in Config.__struct_fields__:
        section = type(getattr(Config(), name))
        for key in section.__struct_fields__:
            assert allowed(section, key), (name, key)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not a text file"):
        load(tmp_path / "binary.toml")
    with pytest.raises(ConfigError):
        load(tmp_path)


def test_the_digest_changes_with_any_value():
    digests = {digest(load(FOLDER / f"{profile}.toml")) for profile in PROFILES}
    assert len(digests) == len(PROFILES)
    assert digest(parse("")) == digest(Config())
    assert digest(parse("[clip]\nseconds = 16")) != digest(Config())
