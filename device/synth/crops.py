"""Renders the window round the virtual runner's pelvis, with the exact joints in the picture.

One `CropRenderer` holds one OpenGL context (Mesa's llvmpipe does; no GPU is needed) and belongs to
the thread that made it. `moderngl` is imported here alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from device.synth import shaders
from device.synth.look import Light, Outfit
from device.synth.pose import Skeleton
from device.synth.rig import BONES, Array
from device.synth.wardrobe import Surface


@dataclass(frozen=True)
class View:
    """A camera and the square window of its picture that is drawn.

    `eye` (3,) and `axes` (3, 3; rows right, up, backward) in the world; `focal_px`;
    `centre_px` and `side_px` of the window, from the principal point, y down.
    """

    eye: Array
    axes: Array
    focal_px: float
    centre_px: Array
    side_px: float

    def project(self, point: Array) -> Array:
        """Where a world point lies in the picture, pixels from the principal point, y down."""
        x, y, z = self.axes @ (np.asarray(point) - self.eye)
        return np.array([self.focal_px * x / -z, -self.focal_px * y / -z])

    def in_window(self, point: Array, window_px: float) -> Array:
        """Where a world point lies in the window drawn at `window_px` pixels a side."""
        return ((self.project(point) - self.centre_px) / self.side_px + 0.5) * window_px

    def matrix(self) -> NDArray[np.float32]:
        """The clip-space matrix of the window (an off-axis frustum)."""
        near, far, k = 0.1, 30.0, 2 / self.side_px
        f, (cx, cy) = self.focal_px, self.centre_px
        frustum = np.array(
            [
                [f * k, 0, cx * k, 0],
                [0, f * k, -cy * k, 0],
                [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
                [0, 0, -1, 0],
            ]
        )
        look = np.eye(4)
        look[:3, :3] = self.axes
        look[:3, 3] = -self.axes @ self.eye
        return (frustum @ look).astype("f4")


def camera_axes(eye: Array, target: Array, roll_deg: float) -> Array:
    """Axes of a camera at `eye` that looks at `target`; positive roll makes level lines appear
    right end lower."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    c, s = math.cos(math.radians(roll_deg)), math.sin(math.radians(roll_deg))
    return np.stack([c * right + s * up, -s * right + c * up, -forward])


class CropRenderer:
    """Draws crops `out_px` a side, sampled 1.5 times finer."""

    def __init__(self, out_px: int = 136, shadow_px: int = 256) -> None:
        options: dict[str, Any] = {"standalone": True, "backend": "egl"}
        self._ctx = ctx = moderngl.create_context(**options)
        self._out = out_px
        self._fine = fine = round(out_px * 1.5)
        self._maps = [ctx.texture((fine, fine), 4, dtype="f4") for _ in range(3)]
        for texture in self._maps:
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._surface_fbo = ctx.framebuffer(self._maps, ctx.depth_renderbuffer((fine, fine)))
        self._shaded = ctx.framebuffer([ctx.renderbuffer((fine, fine), 4)])
        self._shadow = ctx.depth_texture((shadow_px, shadow_px))
        self._shadow.compare_func = ""
        self._shadow.repeat_x = self._shadow.repeat_y = False
        self._shadow_fbo = ctx.framebuffer(depth_attachment=self._shadow)
        program = ctx.program
        self._surface = program(shaders.SURFACE_VERTEX, shaders.SURFACE_FRAGMENT)
        self._depth = program(shaders.SURFACE_VERTEX, shaders.DEPTH_FRAGMENT)
        self._shade = program(shaders.SCREEN_VERTEX, shaders.SHADE_FRAGMENT)
        self._screen = ctx.vertex_array(self._shade, [])
        self._noise = _noise_texture(ctx)
        for unit, name in enumerate(("g_rest", "g_nor", "g_wp", "shadow", "noise")):
            _set(self._shade, {name: unit})
        self._buffers: list[Any] = []

    def dress(self, surface: Surface) -> None:
        """Take a body with its shells; it stays until the next."""
        for item in self._buffers:
            item.release()
        ctx = self._ctx
        vertices = ctx.buffer(surface.attributes.astype("f4").tobytes())
        everything = ctx.buffer(surface.faces.astype("i4").tobytes())
        casting = ctx.buffer(surface.caster.astype("i4").tobytes())
        self._body = _vertex_array(ctx, self._surface, vertices, everything)
        self._caster = _vertex_array(ctx, self._depth, vertices, casting)
        self._buffers = [self._body, self._caster, vertices, everything, casting]
        self._worn = surface

    def draw(
        self, skeleton: Skeleton, view: View, outfit: Outfit, light: Light
    ) -> NDArray[np.uint8]:
        """The runner as uint8 RGBA (out, out, 4), colour multiplied by its coverage."""
        ctx, worn = self._ctx, self._worn
        bones = np.zeros((len(BONES), 4, 4), "f4")
        bones[:, :3] = skeleton.matrices
        bones[:, 3, 3] = 1
        light_vp = light.matrix(skeleton.joints["Hips"])
        common = {"bones": np.ascontiguousarray(bones.transpose(0, 2, 1)), "hz": worn.hips_z}
        clothes = outfit.cut() | {"hz": worn.hips_z, "S": worn.scale, "neckz": worn.neck_z}
        ctx.enable(moderngl.DEPTH_TEST)
        self._shadow_fbo.use()
        self._shadow_fbo.clear()
        _set(self._depth, common | {"vp": light_vp.T, "sway": outfit.sway})
        self._caster.render()
        self._surface_fbo.use()
        self._surface_fbo.clear()
        _set(self._surface, common | clothes | {"vp": view.matrix().T, "sway": outfit.sway})
        self._body.render()
        ctx.disable(moderngl.DEPTH_TEST)
        self._shaded.use()
        for unit, texture in enumerate((*self._maps, self._shadow, self._noise)):
            texture.use(unit)
        _set(
            self._shade,
            clothes
            | outfit.colours()
            | light.uniforms()
            | {"eye": view.eye, "lvp": light_vp.T, "logoback": worn.hips_y},
        )
        self._screen.render(moderngl.TRIANGLES, vertices=3)
        raw = np.frombuffer(self._shaded.read(components=4), np.uint8)
        fine = raw.reshape(self._fine, self._fine, 4)[::-1]
        small = cv2.resize(fine, (self._out, self._out), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)


def _vertex_array(ctx: Any, program: Any, vertices: Any, index: Any) -> Any:
    names = (("pos", 3), ("nor", 3), ("rest", 3), ("lay", 1), ("bi", 4), ("bw", 4))
    fmt = " ".join(f"{n}f" if name in program else f"{n}x4" for name, n in names)
    used = [name for name, _ in names if name in program]
    return ctx.vertex_array(program, [(vertices, fmt, *used)], index)


def _set(program: Any, values: dict[str, Any]) -> None:
    """Set those uniforms which the compiler kept."""
    for name, value in values.items():
        if name not in program:
            continue
        if isinstance(value, np.ndarray):
            kind = "i4" if value.dtype.kind == "i" else "f4"
            program[name].write(np.ascontiguousarray(value, kind).tobytes())
        else:
            program[name].value = value


def _noise_texture(ctx: Any, n: int = 32) -> Any:
    """Repeating 3D noise: its value, and its gradient scaled into 0..1."""
    value = np.random.default_rng(7).random((n, n, n)).astype("f4")
    value = (value + sum(np.roll(value, 1, axis) for axis in range(3))) / 4
    value = (value - value.min()) / np.ptp(value)
    slopes = [np.roll(value, -1, a) - np.roll(value, 1, a) for a in (2, 1, 0)]
    packed = np.stack([value, *(0.5 + 0.5 * s for s in slopes)], axis=-1)
    texture = ctx.texture3d((n, n, n), 4, (packed * 255).astype("u1").tobytes())
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = texture.repeat_z = True
    return texture
