// @ts-check
// What lies under the pointer, in words.

import { toIndex } from './geometry.js';

/**
 * @import { Grid, Plane } from './geometry.js'
 * @import { Values } from './data.js'
 */

export const HINT = 'Hover over an image to read HU and SUV';

/**
 * HU of the voxel, SUV as shown, position.
 * @param {{ grid: Grid, petGrid: Grid | null, suvStep: number }} images
 * @param {Plane} plane
 * @param {{ ct: Values, pet: Values | null }} stored
 * @param {number[]} mm
 */
export function readout({ grid, petGrid, suvStep }, plane, { ct, pet }, mm) {
  const hu = valueAt(grid, plane, ct, mm), steps = pet && petGrid ? valueAt(petGrid, plane, pet, mm) : null;
  const [x, y, z] = mm.map((at) => at.toFixed(1));
  const suv = `SUV ${steps === null ? 'none' : (steps * suvStep).toFixed(2)}`;
  return [`HU ${hu ?? 'none'}`, ...(pet ? [suv] : []), `x ${x}  y ${y}  z ${z} mm`].join('   ');
}

/**
 * The stored value nearest to a point; null outside the plane.
 * @type {(grid: Grid, plane: Plane, stored: Values, mm: number[]) => number | null}
 */
function valueAt(grid, { right, down }, { rows, columns, values }, mm) {
  const column = Math.round(toIndex(grid, right, mm[right])), row = Math.round(toIndex(grid, down, mm[down]));
  const outside = column < 0 || row < 0 || column >= columns || row >= rows;
  return outside ? null : values[row * columns + column];
}
