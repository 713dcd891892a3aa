// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';
import { draggedWindow, windowNamed, windowText } from '../../dss_ui/viewer/frontend/windows.js';
import {
  barGradient, blankOutside, coloured, fused, levels, taps,
} from '../../dss_ui/viewer/frontend/paint.js';

const ramp = (/** @type {(level: number) => number} */ of) => Uint16Array.from({ length: 256 }, (_, n) => of(n));
const table = (/** @type {Uint16Array[]} */ ...rows) =>
  ({ rows: rows.length, columns: 256, values: Uint16Array.from(rows.flatMap((row) => [...row])) });
const UP = ramp((n) => n), DOWN = ramp((n) => 255 - n), NONE = ramp(() => 0);
const RENDERING = {
  windows: [{ name: 'Wide', low: -100, high: 410 }, { name: 'Narrow', low: 0, high: 255 }],
  suvTops: [10], first: { window: 'Wide', suvTop: 10, share: 0.5 },
  tables: { ct: table(UP, UP, UP), pet: table(DOWN, DOWN, DOWN), fusion: table(UP, NONE, NONE),
    alpha: table(ramp((n) => (n < 100 ? 0 : 255))) },
};
const GRID = { size: [3, 2, 1], spacing: [2, 4, 1], origin: [10, 20, 0] };
const PLANE = { rows: 2, columns: 3, values: Int16Array.of(0, 100, 200, -100, 0, 100) };

/** @type {(right: number[], down: number[]) => import('../../dss_ui/viewer/frontend/paint.js').Sampling} */
const at = (right, down) => ({ across: taps(GRID, 0, right), down: taps(GRID, 1, down) });
const bytes = (/** @type {Uint32Array} */ packed) => [...new Uint8Array(packed.buffer)];

test('a pixel lies between its neighbours by its distance to them', () => {
  const { low, high, share } = taps(GRID, 0, [10, 13, 14, 14.9, 9.1, 8.9, 15.1]);
  assert.deepEqual([...low], [0, 1, 2, 2, 0, -1, -1]);
  assert.deepEqual([...high].slice(0, 5), [1, 2, 2, 2, 1]);
  assert.deepEqual([...share].slice(0, 5), [0, 0.5, 0, 0, 0]);
});

test('levels are bilinear between voxels, halves rounded up, clipped at the ends', () => {
  assert.deepEqual([...levels(PLANE, at([10, 11, 12, 14], [20]), 0, 255)], [0, 50, 100, 200]);
  assert.deepEqual([...levels(PLANE, at([11], [22]), 0, 255)], [0]);  // 0, 100 over -100, 0
  assert.deepEqual([...levels(PLANE, at([14], [20, 24]), -100, 410)], [150, 100]);
  assert.deepEqual([...levels(PLANE, at([12, 14], [20]), 0, 100)], [255, 255]);
  const steps = { rows: 2, columns: 3, values: Uint16Array.of(1, 3, 5, 0, 0, 0) };
  assert.deepEqual([...levels(steps, at([10, 12, 14], [20]), 0, 255, 0.5)], [1, 2, 3]);
});

test('what lies outside the image has level 0, then the colour of the frame', () => {
  const beyond = at([0, 12], [20, 90]);
  assert.deepEqual([...levels(PLANE, beyond, 0, 255)], [0, 100, 0, 0]);
  const out = coloured(RENDERING.tables.ct, levels(PLANE, beyond, 0, 255));
  blankOutside(out, beyond);
  assert.deepEqual([out[0], out[2], out[3]], [0xff120f0c, 0xff120f0c, 0xff120f0c]);
  assert.equal(out[1] >>> 0, 0xff646464);
});

test('single images have the colours of their tables', () => {
  assert.deepEqual(bytes(coloured(RENDERING.tables.pet, Uint8ClampedArray.of(0, 200))),
    [255, 255, 255, 255, 55, 55, 55, 255]);
});

test('the fusion mixes by the opacity of the level and by the share', () => {
  const ct = Uint8ClampedArray.of(100, 100, 100), pet = Uint8ClampedArray.of(99, 100, 200);
  assert.deepEqual(bytes(fused(RENDERING, ct, pet, 0.5)),
    [100, 100, 100, 255, 100, 50, 50, 255, 150, 50, 50, 255]);
  assert.deepEqual(bytes(fused(RENDERING, ct, pet, 0)).slice(8, 12), [100, 100, 100, 255]);
  assert.deepEqual(bytes(fused(RENDERING, ct, pet, 1)).slice(8, 12), [200, 0, 0, 255]);
});

test('the bar runs through the table, with the kinks of three equal parts', () => {
  const bar = barGradient(RENDERING, 'Fusion');
  assert.match(bar, /^linear-gradient\(to right, rgb\(0 0 0\), rgb\(17 0 0\)/);
  assert.match(bar, /rgb\(85 0 0\).*rgb\(170 0 0\).*rgb\(255 0 0\)\)$/);
});

test('a window is found by its name', () => {
  assert.equal(windowNamed(RENDERING, 'Narrow').high, 255);
});

test('a window is dragged wider to the right, to a higher level upwards, within limits', () => {
  const lung = { name: 'Lung', low: -1350, high: 150 };
  assert.deepEqual(draggedWindow(lung, 25, 0), { name: '', low: -1400, high: 200 });
  assert.deepEqual(draggedWindow(lung, 0, -50), { name: '', low: -1150, high: 350 });
  const narrow = draggedWindow(lung, -5000, 0), wide = draggedWindow(lung, 5000, 5000);
  assert.equal(narrow.high - narrow.low, 10);
  assert.deepEqual([wide.high - wide.low, (wide.high + wide.low) / 2], [4000, -1500]);
  assert.equal(windowText(draggedWindow(lung, 0, 0)), 'CT window W 1500  L -600 HU');
});
