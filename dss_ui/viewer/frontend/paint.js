// @ts-check
// Values to pixels, by the windows and tables that the server sends. Pictures keep their colours in
// dark mode too.

import { clamp, toIndex } from './geometry.js';

/**
 * @import { Grid } from './geometry.js'
 * @import { Rendering, Values } from './data.js'
 */

/**
 * @typedef {'CT' | 'PET' | 'Fusion'} Modality
 * @typedef {{ low: Int32Array, high: Int32Array, share: Float32Array }} Taps
 * @typedef {{ across: Taps, down: Taps }} Sampling
 */

const OUTSIDE = 0xff120f0c;  // the frame's colour, where the image ends

/**
 * Where each pixel along one side of a picture falls on a grid axis: neighbours and weight.
 * @type {(grid: Grid, axis: number, mm: ArrayLike<number>) => Taps}
 */
export function taps(grid, axis, mm) {
  const n = mm.length, low = new Int32Array(n), high = new Int32Array(n), share = new Float32Array(n);
  const last = grid.size[axis] - 1;
  for (let p = 0; p < n; p++) {
    const at = toIndex(grid, axis, mm[p]);
    if (at < -0.5 || at > last + 0.5) { low[p] = -1; continue; }
    const inside = clamp(at, 0, last);
    low[p] = Math.floor(inside);
    high[p] = Math.min(low[p] + 1, last);
    share[p] = inside - low[p];
  }
  return { low, high, share };
}

/**
 * Bilinear values of a plane at picture pixels, as levels 0 to 255 from `low` to `high`, halves
 * rounded up; `step` is the worth of one stored unit. Outside the plane: 0.
 * @type {(plane: Values, at: Sampling, low: number, high: number, step?: number) => Uint8ClampedArray}
 */
export function levels(plane, { across, down }, low, high, step = 1) {
  const { values, columns } = plane, width = across.low.length, height = down.low.length;
  const out = new Uint8ClampedArray(width * height), factor = 255 / (high - low);
  for (let y = 0, at = 0; y < height; y++) {
    const top = down.low[y] * columns, bottom = down.high[y] * columns, fy = down.share[y];
    for (let x = 0; x < width; x++, at++) {
      const c0 = across.low[x];
      if (top < 0 || c0 < 0) continue;
      const c1 = across.high[x], fx = across.share[x];
      const a = values[top + c0] * (1 - fx) + values[top + c1] * fx;
      const b = values[bottom + c0] * (1 - fx) + values[bottom + c1] * fx;
      out[at] = Math.floor(((a * (1 - fy) + b * fy) * step - low) * factor + 0.5);
    }
  }
  return out;
}

/** @type {(red: number, green: number, blue: number) => number} */
const packed = (red, green, blue) => 0xff000000 | (blue << 16) | (green << 8) | red;

/**
 * Levels in the colours of a table, as packed RGBA.
 * @type {(table: Values, of: Uint8ClampedArray) => Uint32Array}
 */
export function coloured({ values: c }, of) {
  const colours = Uint32Array.from({ length: 256 }, (_, n) => packed(c[n], c[256 + n], c[512 + n]));
  return Uint32Array.from(of, (level) => colours[level]);
}

/**
 * PET in colour over grey CT; `share` is the opacity of PET levels that do not fade.
 * @type {(rendering: Rendering, ct: Uint8ClampedArray, pet: Uint8ClampedArray, share: number) => Uint32Array}
 */
export function fused({ tables }, ct, pet, share) {
  const grey = tables.ct.values, hot = tables.fusion.values;
  const opacity = Float64Array.from(tables.alpha.values, (alpha) => (share * alpha) / 255);
  const over = Float64Array.from(hot, (colour, n) => colour * opacity[n % 256] + 0.5);
  const out = new Uint32Array(ct.length);
  for (let at = 0; at < out.length; at++) {
    const c = ct[at], p = pet[at], kept = 1 - opacity[p];
    out[at] = packed(grey[c] * kept + over[p], grey[256 + c] * kept + over[256 + p],
      grey[512 + c] * kept + over[512 + p]);
  }
  return out;
}

/**
 * The frame's colour wherever the picture reaches beyond the image.
 * @type {(out: Uint32Array, at: Sampling) => void}
 */
export function blankOutside(out, { across, down }) {
  const width = across.low.length;
  for (let y = 0; y < down.low.length; y++) {
    if (down.low[y] < 0) { out.fill(OUTSIDE, y * width, (y + 1) * width); continue; }
    for (let x = 0; x < width; x++) if (across.low[x] < 0) out[y * width + x] = OUTSIDE;
  }
}

/**
 * The bar under a picture: its table from first to last.
 * @type {(rendering: Rendering, modality: Modality) => string}
 */
export function barGradient({ tables }, modality) {
  const { values } = { CT: tables.ct, PET: tables.pet, Fusion: tables.fusion }[modality];
  const stops = Array.from({ length: 16 }, (_, n) => [0, 256, 512].map((c) => values[c + 17 * n]));
  return `linear-gradient(to right, ${stops.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ')})`;
}
