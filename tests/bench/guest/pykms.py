"""Stand-ins that let picamera2 run on libcamera's virtual camera. Only ever in the bench's image.

picamera2 imports pykms, kms++'s Python binding that Raspberry Pi OS has and Debian has not, and
uses it for a preview that the kiosk never opens. Being imported by picamera2 alone, this module is
also the place to bridge what a virtual camera is not: it has no raw stream, wants NV12 as two
planes, and gives NV12 alone, where the Pi's image processor gives whatever was asked for.
"""

import sys

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


# picamera2 asks for a raw configuration when it opens a camera, to learn its modes.
_generate = libcamera.Camera.generate_configuration


def _generate_configuration(camera, roles):
    found = _generate(camera, roles)
    if found is None and list(roles) == [libcamera.StreamRole.Raw]:
        found = _generate(camera, [libcamera.StreamRole.VideoRecording])
    return found


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


def bridge(request_class):
    """Give arrays in red, green, blue, as a Pi would for the format the kiosk asks for."""
    import cv2

    make_array = request_class.make_array

    def make_rgb_array(request, name):
        picture = make_array(request, name)
        if picture.ndim != 2:
            return picture
        return cv2.cvtColor(picture, cv2.COLOR_YUV2RGB_NV12)

    request_class.make_array = make_rgb_array


class _WhenLoaded:
    """Bridges picamera2's request class as soon as that module has been imported."""

    def find_spec(self, name, path=None, target=None):
        if name != "picamera2.request":
            return None
        sys.meta_path.remove(self)
        import importlib.util

        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            bridge(module.CompletedRequest)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, _WhenLoaded())
