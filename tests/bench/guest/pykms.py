"""Stand-ins that let picamera2 run on libcamera's virtual camera. Only ever in the bench's image.

picamera2 imports pykms, kms++'s Python binding that Raspberry Pi OS has and Debian has not, and
uses it for a preview that the kiosk never opens. Being imported by picamera2 alone, this module is
also the place to bridge what a virtual camera is not: it has no raw stream, wants NV12 as two
planes, and gives NV12 alone, where the Pi's image processor gives whatever was asked for.
"""

import sys
import time

import libcamera


class _Anything:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()

    def __call__(self, *arguments, **named):
        raise NotImplementedError("pykms is a stand-in")


PixelFormat = _Anything()


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _Anything()


# picamera2 asks for a raw configuration when it opens a camera, to learn its modes. By then all of
# it has been imported.
_generate = libcamera.Camera.generate_configuration
_RAW, _VIDEO = libcamera.StreamRole.Raw, libcamera.StreamRole.VideoRecording


def _generate_configuration(camera, roles):
    _bridge()
    return _generate(camera, [_VIDEO if role == _RAW else role for role in roles])


libcamera.Camera.generate_configuration = _generate_configuration


class _TwoPlanes:
    """A frame buffer of NV12: brightness and colour apart, in one piece of memory."""

    Plane = libcamera.FrameBuffer.Plane

    def __new__(cls, planes):
        if len(planes) == 1:
            luma, chroma = planes[0], libcamera.FrameBuffer.Plane()
            size = luma.length * 2 // 3
            chroma.fd, chroma.offset, chroma.length = luma.fd, size, luma.length - size
            luma.length = size
            planes = [luma, chroma]
        return libcamera.FrameBuffer(planes)


class _Libcamera:
    FrameBuffer = _TwoPlanes

    def __getattr__(self, name):
        return getattr(libcamera, name)


_allocator = sys.modules.get("picamera2.allocators.dmaallocator")
if _allocator is not None:
    _allocator.libcamera = _Libcamera()


_bridged = []


def _bridge():
    """Let the kiosk ask for what a Pi has, and give it that: red, green, blue in memory."""
    if _bridged:
        return
    _bridged.append(True)
    import cv2
    from picamera2 import Picamera2
    from picamera2.request import CompletedRequest

    configure, make_array = Picamera2.create_video_configuration, CompletedRequest.make_array

    def create_video_configuration(camera, main=None, **more):
        main = {**(main or {}), "format": "NV12"}
        more["raw"] = None
        return configure(camera, main=main, **more)

    def make_rgb_array(request, name):
        time.sleep(0.25)  # no next picture before this one is let go: a few in a second
        picture = make_array(request, name)
        return cv2.cvtColor(picture, cv2.COLOR_YUV2RGB_NV12) if picture.ndim == 2 else picture

    # Drawing without a graphics chip, and pictures at a camera's pace, would leave the emulated
    # processor no time for anything else.
    kiosk = sys.modules["device.kiosk"]
    kiosk.DRAW_MEASURING_S, kiosk.DRAW_RESTING_S = 3.0, 4.0
    Picamera2.create_video_configuration = create_video_configuration
    CompletedRequest.make_array = make_rgb_array
