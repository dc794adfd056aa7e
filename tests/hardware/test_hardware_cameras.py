"""Webcams: what is asked of the kernel, what comes, and what is said when nothing comes."""

from __future__ import annotations

import pytest

from device.errors import CameraError
from device.hardware.v4l2_camera import V4l2Camera


def test_a_webcam_that_is_not_there():
    with pytest.raises(CameraError, match="/dev/video-none cannot be opened") as caught:
        V4l2Camera("/dev/video-none", (640, 480), 30.0)
    assert "cable" in caught.value.remedy
