"""The organs of the reference thorax as level sets (mm, positive inside).

Reference coordinates are LPS with the origin at the carina: x to the left, y to the back, z up.
Sizes are those of an average adult, arms raised, in quiet breathing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dss_core.phantom.shapes import (
    FAR_MM,
    Field,
    Profile,
    ellipsoid,
    smooth_max,
    smooth_min,
    superellipse,
)

Point = tuple[Field, Field, Field]

CAGE_HALF_WIDTH = Profile(
    (-260, 128), (-200, 133), (-120, 137), (-60, 134), (0, 122), (50, 101), (80, 80), (105, 62)
)
CAGE_FRONT = Profile(
    (-260, -98), (-120, -103), (-60, -100), (0, -84), (50, -58), (85, -34), (110, -16)
)
SPINE_Y = Profile((-260, 50), (-200, 57), (-120, 67), (-40, 71), (40, 69), (100, 61), (160, 48))
BODY_HALF_WIDTH = Profile(
    (-260, 158), (-200, 160), (-120, 166), (-40, 172), (20, 180), (70, 190), (110, 186), (160, 150)
)
BODY_FRONT = Profile(
    (-260, -113), (-120, -122), (-60, -121), (0, -110), (60, -88), (110, -66), (160, -62)
)
SEPTUM_HALF_WIDTH = Profile(
    (-260, 14), (-60, 12), (-20, 17), (30, 21), (70, 23), (105, 26), (140, 30)
)
STERNUM_FRONT = Profile((-130, -114), (-96, -114), (-60, -110), (-12, -101), (22, -86), (48, -69))
STERNUM_HALF_WIDTH = Profile(
    (-130, 4), (-112, 9), (-90, 17), (-60, 18), (-10, 15), (15, 19), (35, 29), (50, 24)
)
HEART_AXES = np.linalg.qr(
    np.asarray([[0.72, -0.45, -0.53], [0.5, 0.85, 0.0], [0.4, -0.2, 0.9]], dtype=np.float64).T
)[0].T


@dataclass(frozen=True)
class Chest:
    """The large shapes that everything else is placed in."""

    body: Field
    muscle: Field
    cage: Field
    lung_right: Field
    lung_left: Field
    diaphragm: Field
    mediastinum: Field


def _f32(values: NDArray[np.floating]) -> Field:
    return np.asarray(values, dtype=np.float32)


def cage_centre(z: Field) -> Field:
    """Middle of the rib cage from front to back (reference y) at height z."""
    return np.asarray((CAGE_FRONT(z) + SPINE_Y(z) + 26) / 2, dtype=np.float32)


def cage_half_depth(z: Field) -> Field:
    """Half of the rib cage from front to back at height z."""
    return np.asarray((SPINE_Y(z) + 26 - CAGE_FRONT(z)) / 2, dtype=np.float32)


def chest(point: Point, fat_mm: float, breast: float) -> Chest:
    """Body, muscle layer, rib cage, lungs, diaphragm and mediastinum at reference points."""
    x, y, z = point
    cage = superellipse(x, y - cage_centre(z), CAGE_HALF_WIDTH(z), cage_half_depth(z), 2.35)
    # behind, the cage folds around the spine
    back = SPINE_Y(z) + 55
    front = BODY_FRONT(z)
    middle_y, depth = _f32((front + back) / 2), _f32((back - front) / 2)
    muscle = superellipse(x, y - middle_y, BODY_HALF_WIDTH(z), depth, 2.6)
    furrow = 7 * np.exp(-((x / 15) ** 2)) * (1 / (1 + np.exp(-(y - 40) / 12)))
    muscle = muscle - furrow.astype(np.float32)
    layer = fat_mm * (1 + 0.25 * np.tanh(-y / 60) - 0.35 * np.clip((z - 60) / 80, 0, 1))
    body = muscle + layer.astype(np.float32)
    if breast > 0:
        for side in (-1, 1):
            bump = ellipsoid(
                point, (side * 82, -118 - 0.5 * fat_mm, -62), (62, 30 + 38 * breast, 62)
            )
            body = smooth_max(body, bump, 22)
    dome = diaphragm(point)
    middle = mediastinum(point)
    top = _apex(point)
    lungs = smooth_min(smooth_min(cage, dome, 7), top, 14)
    lungs = smooth_min(lungs, -middle, 7)
    right = np.where(x < 0, lungs, -FAR_MM)
    left = np.where(x >= 0, lungs, -FAR_MM)
    return Chest(
        body=body,
        muscle=muscle,
        cage=cage,
        lung_right=right.astype(np.float32),
        lung_left=left.astype(np.float32),
        diaphragm=dome,
        mediastinum=middle,
    )


def diaphragm(point: Point) -> Field:
    """Distance above the diaphragm: two domes that fall off to the sides and the back."""
    x, y, z = point
    right = -72 - 0.0062 * (x + 62) ** 2 - 0.0085 * (y + 22) ** 2 - 0.24 * np.maximum(y - 20, 0)
    left = -88 - 0.0066 * (x - 66) ** 2 - 0.0085 * (y + 18) ** 2 - 0.24 * np.maximum(y - 20, 0)
    height = smooth_max(right.astype(np.float32), left.astype(np.float32), 16)
    return np.asarray((z - height) * 0.78, dtype=np.float32)


def _apex(point: Point) -> Field:
    """Distance below the tops of the lungs."""
    x, y, z = point
    top = 112 - (np.abs(x) - 46) ** 2 / 75 - (y - 24) ** 2 / 110
    return np.asarray((np.maximum(top, -120) - z) * 0.75, dtype=np.float32)


def mediastinum(point: Point) -> Field:
    """Everything between the lungs: septum, heart, great vessels and spine with their fat."""
    x, y, z = point
    # narrow in front of and behind the great vessels
    waist = 1 - 0.62 * np.clip((-(y) - 32) / 45, 0, 1) - 0.35 * np.clip((y - 38) / 20, 0, 1)
    septum = (SEPTUM_HALF_WIDTH(z) * waist - np.abs(x + 1)).astype(np.float32)
    spine = superellipse(x, y - SPINE_Y(z) - 14, 25.0, 34.0, 2.2)
    shape = smooth_max(septum, spine, 12)
    shape = smooth_max(shape, heart(point) + 4, 12)
    for centre, half in (
        ((10, -4, 22), (31, 38, 36)),  # arch and upper great vessels
        ((-18, -16, 25), (21, 24, 52)),  # superior vena cava
        ((-20, 2, -26), (30, 18, 22)),  # right hilum
        ((25, 8, -20), (28, 19, 22)),  # left hilum, a little higher
    ):
        shape = smooth_max(shape, ellipsoid(point, centre, half), 9)
    descending = superellipse(
        _f32(x - 24 + 0.0009 * np.minimum(z, 0) ** 2 * 0.6),
        y - SPINE_Y(z) + 17,
        17.0,
        17.0,
        2.0,
    )
    descending = np.where(z > 28, -FAR_MM, descending).astype(np.float32)
    return smooth_max(shape, descending, 8)


def heart(point: Point) -> Field:
    """Outer surface of the heart, apex to the left, front and down."""
    ventricles = ellipsoid(point, (24, -42, -80), (60, 42, 44), HEART_AXES)
    atria = ellipsoid(point, (-14, -14, -56), (38, 38, 42))
    return smooth_max(ventricles, atria, 14)


def left_ventricle(point: Point) -> tuple[Field, Field]:
    """Outer and inner surface of the left ventricle."""
    centre = (38, -36, -86)
    outer = ellipsoid(point, centre, (46, 31, 32), HEART_AXES)
    inner = ellipsoid(point, (35, -34, -84), (37, 20, 21), HEART_AXES)
    return outer, inner


def vertebra(point: Point) -> tuple[Field, Field]:
    """Vertebral bodies with their discs as one column, and the spinal canal."""
    x, y, z = point
    waist = 1.6 * np.cos(2 * np.pi * (z / 23.0))
    half = (16.5 - 0.018 * np.minimum(z, 60) + waist).astype(np.float32)
    body = superellipse(x, y - SPINE_Y(z), half, half * 0.86, 2.3)
    canal = superellipse(x, y - SPINE_Y(z) - 22, 9.5, 8.0, 2)
    return body, canal


def disc_share(z_reference: Field) -> Field:
    """1 in a disc, 0 in a vertebral body, along the reference z."""
    phase = np.abs((z_reference / 23.0 + 0.5) % 1 - 0.5) * 23.0
    return np.asarray(np.clip((3.2 - phase) / 1.6 + 0.5, 0, 1), dtype=np.float32)


def liver(point: Point, dome: Field, cage: Field) -> Field:
    """Below the right dome, across the midline to a thin left lobe."""
    bulk = ellipsoid(point, (-62, -12, -150), (98, 108, 92))
    lobe = ellipsoid(point, (22, -62, -122), (70, 42, 36))
    shape = smooth_max(bulk, lobe, 18)
    renal = ellipsoid(point, (-58, 62, -226), (42, 44, 66))
    shape = smooth_min(shape, -renal, 8)
    return smooth_min(smooth_min(shape, -dome - 3, 6), cage - 3, 6)


def spleen(point: Point, dome: Field, cage: Field) -> Field:
    """Left, behind, under the dome."""
    shape = ellipsoid(point, (96, 50, -152), (34, 44, 52))
    return smooth_min(smooth_min(shape, -dome - 3, 6), cage - 4, 6)


def stomach(point: Point, dome: Field, cage: Field) -> tuple[Field, Field]:
    """Outer wall of the stomach and its gas bubble, which floats in front."""
    x, y, z = point
    shape = ellipsoid(point, (56, -18, -148), (44, 52, 52))
    shape = smooth_min(smooth_min(shape, -dome - 4, 6), cage - 6, 6)
    bubble = smooth_min(shape - 5, -(y + 26) + 0 * x + 0 * z, 3)
    return shape, bubble


def sternum(point: Point) -> Field:
    """Breastbone: a flat plate in front of the mediastinum, widest at the top."""
    x, y, z = point
    plate = superellipse(x, y - STERNUM_FRONT(z), STERNUM_HALF_WIDTH(z), 6.2, 2.6)
    ends = np.minimum(z + 124, 52 - z).astype(np.float32)
    return smooth_min(plate, ends, 6)


def muscle_planes(point: Point, shape: Chest) -> Field:
    """Fat between the muscles of the chest wall, and in the armpits."""
    x, y, z = point
    out = np.full(shape.cage.shape, -FAR_MM, np.float32)
    for depth, phase, thick in ((11, 0.0, 1.7), (23, 2.1, 1.3), (36, 4.0, 1.6)):
        wave = 3.5 * np.sin(x / 29 + z / 43 + phase) + 2.5 * np.sin(y / 23 - z / 61 + 2 * phase)
        present = 2.2 * np.sin(x / 37 - 1.7 * phase) * np.cos(y / 41 + z / 83 + phase)
        sheet = thick + present - np.abs(shape.cage + depth + wave)
        out = smooth_max(out, sheet.astype(np.float32), 2)
    for side in (-1, 1):
        armpit = ellipsoid(point, (side * 138, -22, 52), (20, 26, 46))
        out = smooth_max(out, armpit + 4 * np.sin(x / 9) * np.sin(y / 8 + z / 13), 6)
    clear = np.minimum(shape.muscle - 5, np.abs(x) - 24)  # none in the midline
    return smooth_min(out, np.minimum(clear, -shape.cage - 5).astype(np.float32), 4)


def epicardial_fat(point: Point, surface: Field) -> Field:
    """Fat in the grooves of the heart, within about 10 mm of its surface."""
    x, y, z = point
    groove = 3.4 - np.abs(0.72 * (x - 2) - 0.45 * (y + 26) - 0.53 * (z + 66) + 4 * np.sin(z / 16))
    front = 3.0 - np.abs(0.5 * (x - 34) + 0.85 * (y + 58) + 3 * np.sin(z / 19))
    shell = 10 - surface + 5 * np.sin(x / 13 + y / 17)
    inner = np.minimum(shell, surface)
    return _f32(np.minimum(np.maximum(groove, front), inner))


def bowel(point: Point, cage: Field, diaphragm_mm: Field) -> tuple[Field, Field]:
    """Loops of the colon under the left ribs and the gas in them."""
    x, y, z = point
    loops = 9 - 9 * np.abs(np.sin(x / 21 + np.sin(z / 17)) + np.cos(y / 19 + z / 23))
    region = ellipsoid(point, (62, -50, -222), (62, 46, 44))
    wall = np.minimum(loops, region)
    wall = smooth_min(np.minimum(wall, -diaphragm_mm - 6).astype(np.float32), cage - 8, 6)
    gas = np.minimum(wall - 4, -(y + 52) + 8 * np.sin(x / 20))
    return wall.astype(np.float32), gas.astype(np.float32)


def kidneys(point: Point) -> tuple[Field, Field]:
    """Both kidneys and their collecting systems, the hottest place in the field of view."""
    outer = np.full(np.broadcast_shapes(*(p.shape for p in point)), -FAR_MM, np.float32)
    pelvis = outer.copy()
    for side, drop in ((-1, -228), (1, -216)):
        outer = np.maximum(outer, ellipsoid(point, (side * 62, 52, drop), (27, 24, 50)))
        pelvis = np.maximum(pelvis, ellipsoid(point, (side * 52, 48, drop - 4), (9, 8, 22)))
    return outer, pelvis
