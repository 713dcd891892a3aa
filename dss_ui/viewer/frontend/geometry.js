// @ts-check
// Grids, planes, and the way between a slice's index, millimetres and pixels of a picture.
// World axes x, y, z are 0, 1, 2.

/**
 * @typedef {{ size: number[], spacing: number[], origin: number[] }} Grid  by world axis
 * @typedef {{ shape: number[], spacing: number[], origin: number[] }} PlacedGrid  shape: slices, rows, columns
 * @typedef {'axial' | 'coronal' | 'sagittal'} Cut
 * @typedef {Cut | 'mip'} Kind
 */

/**
 * `across` is the axis a plane is perpendicular to; `right` and `down` are those of the picture;
 * `up`: the second one runs upwards (superior on top).
 * @typedef {{ across: number, right: number, down: number, up: boolean, letters: string[], name: string }} Plane
 */

/**
 * Where a picture stands: `centre` in mm, `scale` in pixels per mm, size in pixels.
 * @typedef {{ plane: Plane, centre: number[], scale: number, width: number, height: number }} Frame
 */

/** @type {Record<Kind, Plane>} */
export const PLANES = {
  axial: { across: 2, right: 0, down: 1, up: false, letters: ['R', 'L', 'A', 'P'], name: 'Axial' },
  coronal: { across: 1, right: 0, down: 2, up: true, letters: ['R', 'L', 'S', 'I'], name: 'Coronal' },
  sagittal: { across: 0, right: 1, down: 2, up: true, letters: ['A', 'P', 'S', 'I'], name: 'Sagittal' },
  mip: { across: 1, right: 0, down: 2, up: true, letters: ['R', 'L', 'S', 'I'], name: 'PET MIP' },
};

/** @type {(placed: PlacedGrid) => Grid} */
export function worldGrid(placed) {
  return { size: [...placed.shape].reverse(), spacing: placed.spacing, origin: placed.origin };
}

/** @type {(grid: Grid, axis: number, index: number) => number} */
export const toMm = (grid, axis, index) => grid.origin[axis] + index * grid.spacing[axis];

/** @type {(grid: Grid, axis: number, mm: number) => number} */
export const toIndex = (grid, axis, mm) => (mm - grid.origin[axis]) / grid.spacing[axis];

/** @type {(value: number, low: number, high: number) => number} */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** @type {(grid: Grid, axis: number, mm: number) => number} */
export function nearestIndex(grid, axis, mm) {
  return clamp(Math.round(toIndex(grid, axis, mm)), 0, grid.size[axis] - 1);
}

/**
 * A position moved by whole voxels along one axis, and kept on the grid.
 * @type {(grid: Grid, axis: number, mm: number, by: number) => number}
 */
export function stepped(grid, axis, mm, by) {
  const index = nearestIndex(grid, axis, mm) + by;
  return toMm(grid, axis, clamp(index, 0, grid.size[axis] - 1));
}

/**
 * A point kept between the first and the last voxel of a grid.
 * @type {(grid: Grid, mm: number[]) => number[]}
 */
export function keptInside(grid, mm) {
  return mm.map((at, axis) => clamp(at, grid.origin[axis], toMm(grid, axis, grid.size[axis] - 1)));
}

/**
 * The point that a frontal projection shows: `row` says which row each of its values comes from.
 * @type {(row: { columns: number, values: ArrayLike<number> }, grid: Grid, mm: number[]) => number[]}
 */
export function shownByMip(row, grid, mm) {
  const [x, z] = [0, 2].map((axis) => nearestIndex(grid, axis, mm[axis]));
  return [x, row.values[z * row.columns + x], z].map((index, axis) => toMm(grid, axis, index));
}

/**
 * Pixels per mm that show the whole grid.
 * @type {(grid: Grid, plane: Plane, width: number, height: number) => number}
 */
export function fitScale(grid, plane, width, height) {
  const side = (/** @type {number} */ axis) => grid.size[axis] * grid.spacing[axis];
  return Math.min(width / side(plane.right), height / side(plane.down));
}

/** @type {(grid: Grid) => number[]} */
export const middle = (grid) => [0, 1, 2].map((axis) => toMm(grid, axis, (grid.size[axis] - 1) / 2));

/**
 * Millimetres of a pixel; the axis across the plane is that of `from`.
 * @type {(frame: Frame, x: number, y: number, from: number[]) => number[]}
 */
export function mmAt({ plane, centre, scale, width, height }, x, y, from) {
  const mm = [...from];
  mm[plane.right] = centre[plane.right] + (x - width / 2) / scale;
  mm[plane.down] = centre[plane.down] + ((y - height / 2) / scale) * (plane.up ? -1 : 1);
  return mm;
}

/** @type {(frame: Frame, mm: number[]) => [number, number]} */
export function pxAt({ plane, centre, scale, width, height }, mm) {
  return [
    width / 2 + (mm[plane.right] - centre[plane.right]) * scale,
    height / 2 + (mm[plane.down] - centre[plane.down]) * scale * (plane.up ? -1 : 1),
  ];
}

/**
 * Millimetres of the middles of a canvas's columns and rows; a canvas may be denser than the page.
 * @type {(frame: Frame, columns: number, rows: number) => { right: Float64Array, down: Float64Array }}
 */
export function pixelMm({ plane, centre, scale, width, height }, columns, rows) {
  const dense = columns / width;
  const along = (/** @type {number} */ n, /** @type {number} */ axis, /** @type {number} */ size, sign = 1) =>
    Float64Array.from({ length: n }, (_, p) => centre[axis] + (((p + 0.5) / dense - size / 2) / scale) * sign);
  return { right: along(columns, plane.right, width), down: along(rows, plane.down, height, plane.up ? -1 : 1) };
}
