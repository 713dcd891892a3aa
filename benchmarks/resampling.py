"""Seconds to resample CT, PET and mask to 1 mm, whole and the region only, beside other packages.

Usage: python -m benchmarks.resampling [CT_FOLDER PET_FOLDER RTSTRUCT [REGION_NAME]]
Without arguments the simulated demo case is used. MONAI and TorchIO take part where
they are installed (`benchmarks/requirements.txt`); they are not needed otherwise. All start from
images in memory, in their own kind, and end with arrays. They take turns; of five rounds the
median elapsed and the least processor time count. "right" says how far the values are from SciPy's
linear interpolation in double precision at 20,000 voxels, and what share of the mask agrees with
the nearest voxel there.
"""

import importlib.util
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from benchmarks._sizes import arguments, size
from dss_core.case.case_files import ImageSeries, read_regions
from dss_core.case.open_case import open_images, take_region
from dss_core.geometry import Grid
from dss_core.preprocessing.neighbourhood import neighbourhood
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.records import Roi
from dss_core.spatial.alignment import AlignedImages
from dss_core.spatial.resampling import resample_mask, resample_volume
from dss_ui.shell.demo_case import demo_folder

ROUNDS, POINTS, AIR_HU, MARGIN_MM = size(5, 1), 20_000, -1024.0, 20.0
Arrays = tuple[NDArray[np.generic], ...]
Package = Callable[[Grid], Arrays]
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def ours(images: AlignedImages, roi: Roi) -> Package:
    def resample(target: Grid) -> Arrays:
        ct = resample_volume(images.ct, target, AIR_HU)
        pet = resample_volume(images.pet, target, 0.0)
        return ct, pet, resample_mask(roi, target).mask_zyx

    return resample


def simple_itk(images: AlignedImages, roi: Roi) -> Package:
    def image(values: NDArray[np.generic], grid: Grid) -> sitk.Image:
        made = sitk.GetImageFromArray(values)
        made.SetSpacing(grid.spacing_mm)
        made.SetOrigin(grid.origin_mm)
        made.SetDirection(np.asarray(grid.direction).ravel().tolist())
        return made

    parts = [
        (image(images.ct.values_zyx, images.ct.grid), sitk.sitkLinear, AIR_HU),
        (image(images.pet.values_zyx, images.pet.grid), sitk.sitkLinear, 0.0),
        (image(roi.mask_zyx.view(np.uint8), roi.grid), sitk.sitkNearestNeighbor, 0.0),
    ]

    def resample(target: Grid) -> Arrays:
        size, direction = target.shape_zyx[::-1], np.asarray(target.direction).ravel().tolist()
        place = (size, sitk.Transform(), None, target.origin_mm, target.spacing_mm, direction)
        return tuple(
            sitk.GetArrayFromImage(
                sitk.Resample(part, *place[:2], method, *place[3:], outside, part.GetPixelID())
            )
            for part, method, outside in parts
        )

    return resample


def torchio(images: AlignedImages, roi: Roi) -> Package:
    import torch
    import torchio as tio

    def image(kind: type, values: NDArray[np.generic], grid: Grid) -> tio.Image:
        tensor = torch.from_numpy(np.ascontiguousarray(values.transpose(2, 1, 0)))[None]
        return kind(tensor=tensor, affine=RAS @ grid.affine)

    subject = tio.Subject(
        ct=image(tio.ScalarImage, images.ct.values_zyx, images.ct.grid),
        pet=image(tio.ScalarImage, images.pet.values_zyx, images.pet.grid),
        mask=image(tio.LabelMap, roi.mask_zyx.view(np.uint8), roi.grid),
    )

    def resample(target: Grid) -> Arrays:
        found = tio.Resample((target.shape_zyx[::-1], RAS @ target.affine))(subject)
        return tuple(found[n].numpy()[0].transpose(2, 1, 0) for n in ("ct", "pet", "mask"))

    return resample


def monai(images: AlignedImages, roi: Roi) -> Package:
    import torch
    from monai.data import MetaTensor
    from monai.transforms import SpatialResample

    def image(values: NDArray[np.generic], grid: Grid) -> MetaTensor:
        tensor = torch.from_numpy(np.ascontiguousarray(values.transpose(2, 1, 0)))[None]
        return MetaTensor(tensor, affine=RAS @ grid.affine)

    parts = [
        (image(images.ct.values_zyx, images.ct.grid), "bilinear"),
        (image(images.pet.values_zyx, images.pet.grid), "bilinear"),
        (image(roi.mask_zyx.view(np.uint8), roi.grid), "nearest"),
    ]
    change = SpatialResample(dtype=torch.float32)

    def resample(target: Grid) -> Arrays:
        place, size = torch.from_numpy(RAS @ target.affine), target.shape_zyx[::-1]
        return tuple(
            change(p, dst_affine=place, spatial_size=size, mode=m).numpy()[0].transpose(2, 1, 0)
            for p, m in parts
        )

    return resample


def rightness(found: Arrays, target: Grid, images: AlignedImages, roi: Roi) -> str:
    """Largest difference in HU and SUV, and the mask's agreement, where images are all round."""
    rng = np.random.default_rng(1)
    index = rng.integers(0, target.shape_zyx[::-1], (POINTS, 3))
    world = target.to_world(index.astype(np.float64))
    at = tuple(index.T[::-1])
    told = []
    for values, volume, unit in ((found[0], images.ct, "HU"), (found[1], images.pet, "SUV")):
        where = volume.grid.to_index(world)
        inside = ((where >= 0) & (where <= np.array(volume.grid.shape_zyx[::-1]) - 1)).all(axis=1)
        truth = map_coordinates(volume.values_zyx, where[inside].T[::-1], np.float64, order=1)
        told.append(f"{np.abs(values[at][inside] - truth).max():.2g} {unit}")
    truth = map_coordinates(roi.mask_zyx.view(np.uint8), roi.grid.to_index(world).T[::-1], order=0)
    return f"{', '.join(told)}, mask {(found[2][at].astype(bool) == truth.astype(bool)).mean():.4%}"


def compare(images: AlignedImages, roi: Roi) -> None:
    makers = [ours, simple_itk]
    makers += [m for m in (torchio, monai) if importlib.util.find_spec(m.__name__)]
    packages = {maker.__name__: maker(images, roi) for maker in makers}
    low, high = images.ct.grid.bounds_mm()
    n = (np.floor(high - low).astype(int) + 1).tolist()
    x, y, z = low.tolist()
    targets = {
        "whole": Grid((n[2], n[1], n[0]), (1.0, 1.0, 1.0), (x, y, z)),
        "region only": neighbourhood(roi, 1.0, MARGIN_MM),
    }
    for what in size(("whole", "region only"), ("region only",)):
        target = targets[what]
        print(f"{what}: {' x '.join(map(str, target.shape_zyx))} voxels of 1 mm")
        used: dict[str, list[float]] = {name: [] for name in packages}
        elapsed: dict[str, list[float]] = {name: [] for name in packages}
        right = {name: rightness(p(target), target, images, roi) for name, p in packages.items()}
        for _ in range(ROUNDS):
            for name, package in packages.items():
                start, cpu = perf_counter(), process_time()
                package(target)
                used[name].append(process_time() - cpu)
                elapsed[name].append(perf_counter() - start)
        for name in packages:
            print(f"  {name:10s} elapsed {statistics.median(elapsed[name]):7.3f} s  "
                  f"processor {min(used[name]):7.3f} s  right {right[name]}")  # fmt: skip


def main() -> None:
    given = arguments() or [str(demo_folder() / name) for name in ("CT", "PET", "RTSTRUCT.dcm")]
    ct, pet, region = map(Path, given[:3])
    found = {p: take_inventory(from_paths([p])) for p in (ct, pet, region)}
    images = open_images(
        ImageSeries(propose_series(found[ct], "CT"), propose_series(found[pet], "PT"))
    )
    name = given[3] if len(given) > 3 else None
    roi = take_region(read_regions(found[region].region_files), name, images).roi
    print(f"CT {images.ct.grid.shape_zyx}, PET {images.pet.grid.shape_zyx}, region on "
          f"{roi.grid.shape_zyx}")  # fmt: skip
    compare(images, roi)


if __name__ == "__main__":
    main()
