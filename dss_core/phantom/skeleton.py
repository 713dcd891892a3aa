"""Bones and large vessels of the reference thorax as tubes along curves.

Ribs run over the surface of the rib cage, from the spine round the side and downwards to the
front; each vertebra has its arch; the aorta, the caval veins, the pulmonary trunk, the trachea,
the main bronchi and the oesophagus follow their usual courses.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from dss_core.phantom.organs import CAGE_HALF_WIDTH, SPINE_Y, cage_centre, cage_half_depth
from dss_core.phantom.tubes import Tubes

VERTEBRA_MM = 23.0
T1_Z_MM = 92.0
RIB_DROP_MM = (26, 40, 52, 62, 70, 76, 80, 78, 70, 58, 40, 24)
RIB_END = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.98, 0.9, 0.82, 0.72, 0.5, 0.34)


@dataclass(frozen=True)
class Skeleton:
    """Bony and cartilaginous tubes, reference space."""

    ribs: Tubes
    cartilage: Tubes
    arches: Tubes
    plates: Tubes


@dataclass(frozen=True)
class Conduits:
    """Blood vessels, airways and gullet, reference space."""

    blood: Tubes
    airway_wall: Tubes
    airway_lumen: Tubes
    oesophagus: Tubes


@cache
def skeleton() -> Skeleton:
    """All bones except the vertebral bodies."""
    ribs, cartilage = [], []
    for k in range(12):
        for side in (-1.0, 1.0):
            points, share = _rib(k, side)
            radius = np.interp(share, [0, 0.1, 0.6, 1], [4.2, 4.4, 4.2, 4.6])
            bony = share <= (0.82 if k < 7 else 2.0)
            ribs.append(Tubes.along(points[bony], radius[bony]))
            if k < 7:
                soft = share >= 0.8
                cartilage.append(Tubes.along(points[soft], radius[soft]))
    return Skeleton(
        ribs=Tubes.joined(ribs),
        cartilage=Tubes.joined(cartilage),
        arches=Tubes.joined([a for k in range(-2, 15) for a in _arch(T1_Z_MM - VERTEBRA_MM * k)]),
        plates=Tubes.joined([*_scapulae(), *_clavicles()]),
    )


def _rib(k: int, side: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points (n, 3) of rib k (0 is the first) and their share of the way to the sternum."""
    share = np.linspace(0, RIB_END[k], 44)
    angle = np.deg2rad(np.interp(share, [0, 0.08, 0.5, 1.0], [76, 66, 5, -74]))
    z = T1_Z_MM - VERTEBRA_MM * k + 6 - RIB_DROP_MM[k] * np.sin(share * np.pi / 2) ** 1.3
    if k < 7:
        z = z + np.clip(share - 0.82, 0, 1) * (22 + 14 * k)
    z32 = z.astype(np.float32)
    power = 2 / 2.35
    half_x, half_y = CAGE_HALF_WIDTH(z32) + 5.5, cage_half_depth(z32) + 5.5
    x = side * half_x * np.abs(np.cos(angle)) ** power
    y = cage_centre(z32) + half_y * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
    return np.stack([x, y, z], axis=1).astype(np.float64), share


def _arch(z: float) -> list[Tubes]:
    """Pedicles, laminae, transverse and spinous process of the vertebra at height z."""
    y = float(SPINE_Y(np.asarray([z], dtype=np.float32))[0])
    out = []
    for side in (-1, 1):
        out.append(
            Tubes.along(
                np.asarray(
                    [
                        [side * 11, y + 9, z + 3],
                        [side * 14, y + 22, z + 2],
                        [side * 8, y + 30, z - 2],
                        [0, y + 35, z - 6],
                    ],
                    dtype=np.float64,
                ),
                np.asarray([4.6, 4.2, 3.6, 3.2]),
            )
        )
        out.append(
            Tubes.along(
                np.asarray(
                    [[side * 14, y + 22, z + 2], [side * 33, y + 30, z + 5]], dtype=np.float64
                ),
                np.asarray([4.2, 4.0]),
            )
        )
    out.append(
        Tubes.along(
            np.asarray([[0, y + 33, z - 6], [0, y + 46, z - 20]], dtype=np.float64),
            np.asarray([3.4, 3.2]),
        )
    )
    return out


def _scapulae() -> list[Tubes]:
    """Shoulder blades turned outwards by the raised arms: fans of thin struts."""
    out = []
    for side in (-1, 1):
        glenoid = np.asarray([side * 158.0, 14.0, 96.0])
        for t in np.linspace(0, 1, 40):
            medial = np.asarray([side * (92 + 34 * t), 96 - 22 * t, 82 - 128 * t])
            bend = (glenoid + medial) / 2 + np.asarray([side * 8.0, 12.0, 0.0])
            out.append(Tubes.along(np.stack([glenoid, bend, medial]), np.asarray([4.5, 2.4, 2.7])))
        spine = np.asarray([[side * 104.0, 100, 70], [side * 132, 78, 92], [side * 168, 30, 118]])
        out.append(Tubes.along(spine, np.asarray([4.0, 4.5, 7.0])))
        head = np.asarray([[side * 172.0, 10, 112], [side * 182, -2, 150]])
        out.append(Tubes.along(head, np.asarray([21.0, 17.0])))
    return out


def _clavicles() -> list[Tubes]:
    out = []
    for side in (-1, 1):
        knots = np.asarray(
            [
                [side * 22.0, -62, 52],
                [side * 60, -66, 74],
                [side * 108, -34, 104],
                [side * 158, 4, 126],
            ]
        )
        points = CubicSpline([0, 1, 2, 3], knots)(np.linspace(0, 3, 14))
        out.append(Tubes.along(points, np.full(14, 6.0)))
    return out


def _course(*knots: tuple[float, float, float, float]) -> Tubes:
    """A smooth tube through (x, y, z, radius) knots."""
    values = np.asarray(knots, dtype=np.float64)
    t = np.arange(len(values))
    dense = CubicSpline(t, values)(np.linspace(0, len(values) - 1, 6 * len(values)))
    return Tubes.along(dense[:, :3], dense[:, 3])


@cache
def conduits() -> Conduits:
    """Great vessels, airways and oesophagus."""
    blood = Tubes.joined(
        [
            _course(  # aorta
                (2, -30, -52, 15),
                (-14, -34, -22, 16),
                (-13, -30, 8, 15.5),
                (-4, -16, 29, 15),
                (11, 6, 36, 14),
                (23, 30, 30, 13.5),
                (27, 47, 6, 13),
                (26, 50, -30, 12.5),
                (24, 51, -80, 12),
                (19, 48, -130, 11.5),
                (10, 40, -180, 11),
                (5, 33, -250, 10.5),
            ),
            _course(
                (-30, -14, 58, 7), (-31, -16, 20, 9), (-30, -14, -22, 9.5), (-28, -10, -48, 10)
            ),
            _course(
                (-20, 2, -95, 11), (-22, 6, -130, 11), (-18, 22, -190, 11), (-16, 30, -250, 10)
            ),
            _course(
                (12, -44, -50, 13), (20, -34, -30, 13.5), (23, -14, -17, 12.5), (38, 8, -15, 9.5)
            ),
            _course(
                (21, -18, -20, 12), (2, -10, -24, 10.5), (-22, -4, -24, 9.5), (-42, 3, -24, 7.5)
            ),
            _course((-6, -4, -46, 9), (-26, -5, -46, 7), (-46, -4, -44, 5.5)),
            _course((-2, 0, -50, 9), (26, 2, -46, 7), (48, 4, -42, 5.5)),
            _course(
                (-6, -18, 38, 6.5), (-18, -14, 70, 6.5), (-34, -4, 104, 5.5), (-36, 0, 150, 4.5)
            ),
            _course((6, -4, 44, 4.5), (16, 0, 80, 4.2), (24, 0, 120, 4.0), (26, 0, 150, 4)),
            _course((17, 12, 42, 5.5), (28, 14, 80, 5.2), (52, 4, 106, 5), (100, -8, 120, 4.5)),
            _course((-28, -22, 52, 7), (2, -36, 56, 7), (34, -30, 74, 6.5), (60, -26, 100, 6)),
            _course((-30, -18, 52, 7), (-40, -22, 80, 6.5), (-62, -24, 102, 6)),
            _course(
                (-8, 50, -240, 3.5),
                (-9, 52, -100, 4),
                (-10, 48, 0, 4),
                (-22, 22, 14, 4.5),
                (-30, -4, 12, 5),
            ),
        ]
    )
    trachea = _course((0, 4, 170, 9), (0, 2, 110, 9), (1, 8, 55, 9), (2, 14, 6, 9.5))
    right = _course((-2, 15, 4, 7.5), (-20, 13, -12, 7.2), (-36, 11, -26, 6), (-43, 14, -44, 4.5))
    left = _course((6, 15, 4, 7), (24, 18, -14, 6.4), (42, 19, -27, 5.6), (50, 23, -44, 4.2))
    upper = _course((-20, 13, -12, 5), (-36, 11, -6, 4.4), (-48, 8, 2, 3.6))
    lumen = Tubes.joined([trachea, right, left, upper])
    return Conduits(
        blood=blood,
        airway_wall=Tubes(lumen.start_mm, lumen.end_mm, lumen.radius_mm + 1.5),
        airway_lumen=lumen,
        oesophagus=_course(
            (4, 20, 160, 7),
            (5, 26, 60, 7),
            (5, 32, 0, 7),
            (5, 36, -60, 7.5),
            (14, 28, -105, 8),
            (34, 12, -130, 9),
        ),
    )
