"""The viewer's JavaScript: its own tests, its script as it is sent, and its pixels against ours."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dss_core.geometry import Grid
from dss_core.pictures.axial_views import Field, axial, field_of_view
from dss_core.pictures.image_rendering import RGB, Window, fuse
from dss_core.records import Quantity, Roi, SuvRecord, Volume
from dss_core.spatial.alignment import AlignedImages, ReadImages, align
from dss_ui.viewer.frontend_bundle import FILES, modules, script
from dss_ui.viewer.scene import Axis, Scene, message, scene_of

TESTS = Path(__file__).resolve().parents[1] / "javascript"
PATIENCE_S = 120


@pytest.fixture(scope="module")
def node() -> str:
    """Node of the machine; required in CI."""
    found = shutil.which("node")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have node")
        pytest.skip("node is not installed")
    return found


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_javascript_passes_its_own_tests(node: str) -> None:
    files = sorted(TESTS.glob("*.test.js"))
    assert files
    _run(node, "--test", *files)


def test_every_module_is_sent_once_in_one_script_that_parses(node: str, tmp_path: Path) -> None:
    assert sorted(modules()) == sorted(path.name for path in FILES.glob("*.js"))
    sent = tmp_path / "sent.mjs"
    sent.write_text(script(), encoding="utf-8")
    _run(node, "--check", sent)
    assert re.findall(r"^(?:import|export)\b.*", script(), re.MULTILINE) == [
        "export default function ({ data, parentElement, setStateValue }) {"
    ]


def _painted(
    node: str, folder: Path, scene: Scene, index: int, window: Window, share: float, plane: Grid
) -> NDArray[np.int16]:
    """Fusion (rows, columns, 3) of an axial slice at a plane's pixels, by the viewer's code."""
    data, job, out = folder / "message", folder / "job.json", folder / "rgba"
    data.write_bytes(message(scene, [(Axis.AXIAL, index)], with_mip=False, regions=None, state={}))
    _, rows, columns = plane.shape_zyx
    right = plane.origin_mm[0] + plane.spacing_mm[0] * np.arange(columns)
    down = plane.origin_mm[1] + plane.spacing_mm[1] * np.arange(rows)
    job.write_text(
        json.dumps(
            {"window": window, "share": share, "right": right.tolist(), "down": down.tolist()}
        ),
        encoding="utf-8",
    )
    _run(node, TESTS / "render.js", data, job, out)
    rgba = np.frombuffer(out.read_bytes(), np.uint8).reshape(rows, columns, 4)
    assert (rgba[..., 3] == 255).all()
    return rgba[..., :3].astype(np.int16)


def _off(ours: RGB, theirs: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.abs(ours.astype(np.int16) - theirs)


def _images(ct: Volume, pet: Volume) -> AlignedImages:
    return align(ReadImages(ct, pet, SuvRecord("SUVbw", "test", "")))


@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize("window", list(Window))
def test_python_and_javascript_fuse_the_same_values_to_the_same_pixels(
    node: str, tmp_path: Path, window: Window, share: float
) -> None:
    """Every step of HU and SUV in random pairs, so that halves and both ends are met."""
    random, grid = np.random.default_rng(5), Grid((1, 200, 300), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    hu = random.integers(-1600, 1600, grid.shape_zyx).astype(np.float32)
    steps = random.integers(0, 6000, grid.shape_zyx)  # of SUV 0.002, as they are sent
    suv = (steps * 0.002).astype(np.float32)
    scene = Scene(Volume(hu, grid, Quantity.HU, "a"), Volume(suv, grid, Quantity.SUVBW, "b"))
    theirs = _painted(node, tmp_path, scene, 0, window, share, grid)
    assert _off(fuse(hu[0], steps[0] * 0.002, window, share), theirs).max() <= 1


def test_board_attention_and_viewer_show_the_same_fusion_of_a_slice(
    node: str, tmp_path: Path
) -> None:
    """All the way from the case: CT and PET on grids of their own, each sampled by both."""
    ct_grid = Grid((12, 110, 120), (1.7, 1.9, 3.0), (-84.0, -105.0, -15.0))
    pet_grid = Grid((10, 54, 56), (4.1, 4.1, 4.0), (-97.0, -109.0, -18.0))

    def at(grid: Grid) -> NDArray[np.float64]:
        k, j, i = np.indices(grid.shape_zyx)
        return grid.to_world(np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(np.float64))

    def bump(grid: Grid, radius_mm: float) -> NDArray[np.float64]:
        away = np.linalg.norm(at(grid) - np.array([20.0, -10.0, 0.0]), axis=1)
        return np.asarray(np.exp(-((away / radius_mm) ** 2)).reshape(grid.shape_zyx))

    texture = np.random.default_rng(3).normal(0.0, 60.0, ct_grid.shape_zyx)
    hu = (-850.0 + 900.0 * bump(ct_grid, 25.0) + texture).astype(np.float32)
    suv = (0.4 + 11.0 * bump(pet_grid, 18.0)).astype(np.float32)
    roi = Roi("GTV", bump(ct_grid, 25.0) > 0.6, ct_grid)
    images = _images(
        Volume(hu, ct_grid, Quantity.HU, "a"), Volume(suv, pet_grid, Quantity.SUVBW, "b")
    )
    plane = field_of_view(roi, Field.CLOSE, ct_grid.origin_mm[2] + 5 * ct_grid.spacing_mm[2])
    ours = axial(images, roi, plane, Window.LUNG).fusion.rgb
    theirs = _painted(node, tmp_path, scene_of(images), 5, Window.LUNG, 0.5, plane)
    off = _off(ours, theirs)
    assert ours.reshape(-1, 3).std(axis=0).min() > 20.0  # a picture with CT and PET in it
    assert (off <= 1).mean() > 0.999  # the rest: HU and SUV travel rounded to whole steps
    assert off.max() <= 3
