"""Where the tissues of a patient lie: fields on a coarse lattice, and tubes.

A field is the distance in mm to a surface, positive inside.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter

from dss_core.phantom import organs
from dss_core.phantom import tissues as t
from dss_core.phantom.anatomy import Build, Thorax
from dss_core.phantom.lesion import Lesion
from dss_core.phantom.shapes import FAR_MM, Axes, Field
from dss_core.phantom.skeleton import conduits, skeleton
from dss_core.phantom.tissues import Tissue
from dss_core.phantom.tubes import Tubes


@dataclass(frozen=True)
class PatientFields:
    """The fields of a patient on one lattice.

    Attributes
    ----------
    layers : tuple of (Field, Tissue)
        Soft tissues in the order in which they are painted.
    body, lungs, column, canal, sternum : Field
        Distances (mm, positive inside).
    lung_density : Field
        HU.
    fissure : Field
        Distance (mm) to the nearest fissure, of either sign.
    disc : Field
        Share of intervertebral disc in the column.
    back_mm : float
        Largest y of the body.
    """

    layers: tuple[tuple[Field, Tissue], ...]
    body: Field
    lungs: Field
    lung_density: Field
    fissure: Field
    column: Field
    canal: Field
    disc: Field
    sternum: Field
    back_mm: float


def patient_fields(thorax: Thorax, lesion: Lesion | None, lattice: Axes) -> PatientFields:
    """The fields of a patient; a lesion may retract the pleura."""
    point, build = thorax.reference_mesh(lattice), thorax.build
    shape = organs.chest(point, build.fat_mm, build.breast)
    x, _, z = point
    planes = organs.muscle_planes(point, shape)
    wall, cavity = organs.left_ventricle(point)
    liver = organs.liver(point, shape.diaphragm, shape.cage)
    stomach, bubble = organs.stomach(point, shape.diaphragm, shape.cage)
    kidney, pelvis = organs.kidneys(point)
    bowel, gas = organs.bowel(point, shape.cage, shape.diaphragm)
    heart = np.minimum(organs.heart(point), shape.diaphragm)
    lungs = np.maximum(shape.lung_right, shape.lung_left)
    if lesion is not None:
        lungs = lungs - lesion.retraction(lattice.mesh(), lungs)
    lung_density, fissure = _lung_texture(build, point)
    column, canal = organs.vertebra(point)
    below = np.flatnonzero((shape.body > 0).any(axis=(0, 2)))
    curve = (np.abs(x) - 80) ** 2 / np.float32(90)
    gland: Field = np.minimum(shape.body - 7, -shape.muscle - 5 - curve)
    layers: list[tuple[Field, Tissue]] = [
        (shape.body, t.SKIN),
        (shape.body - 1.8, t.FAT),
        (gland - 3 * (1 - build.breast) if build.breast > 0 else gland * 0 - FAR_MM, t.GLAND),
        (shape.muscle, t.MUSCLE),
        (planes, t.FAT),
        (shape.cage + 1.2, t.MEDIASTINAL_FAT),
        (heart, t.BLOOD),
        (organs.epicardial_fat(point, heart), t.MEDIASTINAL_FAT),
        (np.minimum(wall, heart) - 2, replace(t.MYOCARDIUM, suv=build.myocardium_suv)),
        (np.minimum(cavity, heart), t.BLOOD),
        (organs.spleen(point, shape.diaphragm, shape.cage), t.SPLEEN),
        (stomach, t.STOMACH),
        (bubble, t.AIR),
        (bowel, t.BOWEL),
        (gas, t.AIR),
        (liver, t.LIVER),
        (kidney + 4, t.MEDIASTINAL_FAT),
        (kidney, t.KIDNEY),
        (pelvis, t.RENAL_PELVIS),
    ]
    return PatientFields(
        layers=tuple(layers),
        body=shape.body,
        lungs=lungs,
        lung_density=lung_density,
        fissure=fissure,
        column=column,
        canal=canal,
        disc=organs.disc_share(z),
        sternum=organs.sternum(point),
        back_mm=float(lattice.y_mm[below[-1]]) if below.size else FAR_MM,
    )


def _lung_texture(build: Build, point: organs.Point) -> tuple[Field, Field]:
    """Lung density (HU) and distance to the nearest fissure on the lattice."""
    x, y, z = point
    rng = np.random.default_rng([build.seed, 2])
    density = build.lung_hu + build.gravity_hu * (y - 10) / 190
    cloud = gaussian_filter(rng.standard_normal(x.shape, dtype=np.float32), 1.4)
    density = density + cloud * np.float32(12 / cloud.std())
    if build.emphysema > 0:
        holes = gaussian_filter(rng.standard_normal(x.shape, dtype=np.float32), 1.1)
        holes /= holes.std()
        limit = np.quantile(holes, 1 - build.emphysema)
        weight = 0.9 + 0.1 * np.tanh(z / 60)  # the upper lung is hit first
        bleb = np.clip((holes - limit) / 0.2 + 0.5, 0, 1) * weight
        density = density + bleb * (-980 - density)
    bend = 5 * np.sin(x / 38) + 4 * np.sin(z / 45 + 1)
    oblique = (0.78 * (y - 8 + bend) + 0.62 * (z + 18)) * 1.0
    minor = np.where((x < 0) & (oblique < 0), z + 12 + 5 * np.sin(y / 35 + x / 50), FAR_MM)
    nearest = np.where(np.abs(minor) < np.abs(oblique), minor, oblique)
    return density.astype(np.float32), nearest.astype(np.float32)


def named_tubes(thorax: Thorax) -> dict[str, Tubes]:
    """Bones and conduits of a patient by name."""
    bones, pipes = skeleton(), conduits()
    named = {
        "ribs": bones.ribs,
        "cartilage": bones.cartilage,
        "arches": bones.arches,
        "plates": bones.plates,
        "blood": pipes.blood,
        "airway_wall": pipes.airway_wall,
        "airway_lumen": pipes.airway_lumen,
        "oesophagus": pipes.oesophagus,
    }
    move, size = thorax.to_patient, float(np.mean(thorax.build.scale))
    return {
        name: Tubes(move(v.start_mm), move(v.end_mm), v.radius_mm * size)
        for name, v in named.items()
    }
