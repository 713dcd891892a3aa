// @ts-check
// Regions and what is drawn by hand, as points and edges; nothing here touches the page.

import { PLANES } from './geometry.js';

/** @import { Kind, Plane } from './geometry.js' */

/**
 * A mask as the bits of the box around it; `start` and `shape` count slices, rows, columns.
 * @typedef {{ colour: string, start: number[], shape: number[], bits: Uint8Array }} Region
 * @typedef {{ name: string, kind: Kind, from: number[], to: number[], path: number[][], slice: number }} Draft
 * @typedef {[number, number] | null} Limits  lowest and highest mm of an axis; null: open
 * @typedef {[number, number, number, number]} Edge  right, down, right, down, in voxels from corners
 */

const CIRCLE_POINTS = 72;

/**
 * Is the voxel (world-axis order) in the region?
 * @type {(region: Region, at: number[]) => boolean}
 */
export function insideRegion(region, at) {
  const [dz, dy, dx] = region.shape;
  const z = at[2] - region.start[0], y = at[1] - region.start[1], x = at[0] - region.start[2];
  if (z < 0 || y < 0 || x < 0 || z >= dz || y >= dy || x >= dx) return false;
  const bit = (z * dy + y) * dx + x;
  return ((region.bits[bit >> 3] >> (bit & 7)) & 1) === 1;
}

/**
 * Edges between voxels inside and outside, on one slice; voxel n reaches from n - 0.5 to n + 0.5.
 * @type {(region: Region, plane: Plane, slice: number) => Edge[]}
 */
export function outlineEdges(region, { right, down, across }, slice) {
  const low = [...region.start].reverse(), size = [...region.shape].reverse(), at = [0, 0, 0];
  /** @type {Edge[]} */
  const edges = [];
  at[across] = slice;
  if (slice < low[across] || slice >= low[across] + size[across]) return edges;
  const inside = (/** @type {number} */ r, /** @type {number} */ d) => {
    at[right] = r;
    at[down] = d;
    return insideRegion(region, at);
  };
  for (let d = low[down]; d <= low[down] + size[down]; d++) {
    for (let r = low[right]; r <= low[right] + size[right]; r++) {
      const here = inside(r, d);
      if (here !== inside(r - 1, d)) edges.push([r - 0.5, d - 0.5, r - 0.5, d + 0.5]);
      if (here !== inside(r, d - 1)) edges.push([r - 0.5, d - 0.5, r + 0.5, d - 0.5]);
    }
  }
  return edges;
}

/**
 * The corners of what is being drawn, in mm.
 * @type {(draft: Draft) => number[][]}
 */
export function shapePoints({ name, kind, from, to, path }) {
  const { right, down } = PLANES[kind];
  const point = (/** @type {number} */ r, /** @type {number} */ d) => {
    const mm = [...from];
    mm[right] = r;
    mm[down] = d;
    return mm;
  };
  if (name === 'outline') return path;
  if (name === 'circle') {
    const radius = Math.hypot(to[right] - from[right], to[down] - from[down]);
    return Array.from({ length: CIRCLE_POINTS }, (_, n) => {
      const angle = (2 * Math.PI * n) / CIRCLE_POINTS;
      return point(from[right] + radius * Math.cos(angle), from[down] + radius * Math.sin(angle));
    });
  }
  return [point(from[right], from[down]), point(to[right], from[down]),
    point(to[right], to[down]), point(from[right], to[down])];
}

/**
 * The longer side of the box around points on a plane, in mm.
 * @type {(points: number[][], plane: Plane) => number}
 */
export function extentMm(points, { right, down }) {
  const size = (/** @type {number} */ axis) => {
    const along = points.map((p) => p[axis]);
    return Math.max(...along) - Math.min(...along);
  };
  return Math.max(size(right), size(down));
}

/**
 * A bounding box with the two axes of a plane limited anew.
 * @type {(box: Limits[] | null, plane: Plane, from: number[], to: number[]) => Limits[]}
 */
export function limited(box, { right, down }, from, to) {
  const next = box ? [...box] : [null, null, null];
  for (const axis of [right, down]) {
    next[axis] = from[axis] < to[axis] ? [from[axis], to[axis]] : [to[axis], from[axis]];
  }
  return next;
}

/**
 * Radius of a sphere where a plane cuts it; 0 where it does not.
 * @type {(radius: number, away: number) => number}
 */
export function cutRadius(radius, away) {
  return Math.abs(away) < radius ? Math.sqrt(radius ** 2 - away ** 2) : 0;
}
