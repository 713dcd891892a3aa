// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  PLANES, fitScale, keptInside, middle, mmAt, nearestIndex, pixelMm, pxAt, stepped, toIndex, toMm, worldGrid,
} from '../../dss_ui/viewer/frontend/geometry.js';

/** @import { Kind } from '../../dss_ui/viewer/frontend/geometry.js' */

const GRID = worldGrid({ shape: [10, 20, 40], spacing: [2, 3, 5], origin: [-40, 10, 100] });
const KINDS = /** @type {Kind[]} */ (Object.keys(PLANES));

test('sizes come in the order of the world axes', () => {
  assert.deepEqual(GRID.size, [40, 20, 10]);
});

test('an index goes to millimetres and back', () => {
  assert.equal(toMm(GRID, 1, 4), 22);
  assert.equal(toIndex(GRID, 1, 22), 4);
  assert.equal(nearestIndex(GRID, 1, 23.4), 4);
  assert.equal(nearestIndex(GRID, 1, 23.6), 5);
  assert.equal(nearestIndex(GRID, 1, -1000), 0);
  assert.equal(nearestIndex(GRID, 1, 1000), 19);
});

test('a step of slices goes by whole voxels and ends at the last one', () => {
  assert.equal(stepped(GRID, 2, 110, 1), 115);
  assert.equal(stepped(GRID, 2, 111.9, -1), 105);
  assert.equal(stepped(GRID, 2, 110, 100), 145);
  assert.equal(stepped(GRID, 2, 110, -100), 100);
});

test('a point is kept between the first and the last voxel', () => {
  assert.deepEqual(keptInside(GRID, [-99, 12, 999]), [-40, 12, 145]);
});

test('a pixel goes to millimetres and back on every plane', () => {
  for (const kind of KINDS) {
    const plane = PLANES[kind], from = [1, 2, 3];
    const frame = { plane, centre: middle(GRID), scale: 2.5, width: 300, height: 200 };
    const mm = mmAt(frame, 70, 45, from);
    assert.equal(mm[plane.across], from[plane.across]);
    pxAt(frame, mm).forEach((px, n) => assert.ok(Math.abs(px - [70, 45][n]) < 1e-9));
  }
});

test('anterior, right and superior lie where the letters say', () => {
  const frame = (/** @type {Kind} */ kind) => ({ plane: PLANES[kind], centre: [0, 0, 0], scale: 1, width: 100, height: 100 });
  const [right, anterior, superior] = [[-10, 0, 0], [0, -10, 0], [0, 0, 10]];
  assert.deepEqual(pxAt(frame('axial'), right), [40, 50]);
  assert.deepEqual(pxAt(frame('axial'), anterior), [50, 40]);
  assert.deepEqual(pxAt(frame('coronal'), superior), [50, 40]);
  assert.deepEqual(pxAt(frame('sagittal'), anterior), [40, 50]);
  assert.deepEqual(pxAt(frame('sagittal'), superior), [50, 40]);
});

test('the whole grid fits at its own proportions', () => {
  assert.equal(fitScale(GRID, PLANES.axial, 160, 600), 2);  // 80 mm wide, 60 mm high
  assert.equal(fitScale(GRID, PLANES.axial, 1600, 60), 1);
});

test('pixels of a dense canvas lie where the page has them', () => {
  const frame = { plane: PLANES.coronal, centre: [5, 6, 7], scale: 2, width: 100, height: 50 };
  const { right, down } = pixelMm(frame, 200, 100);
  assert.deepEqual([right.length, down.length], [200, 100]);
  const [x, , z] = mmAt(frame, 0.25, 0.25, [0, 0, 0]);  // middle of the first of two by two
  assert.deepEqual([right[0], down[0]], [x, z]);
  assert.ok(down[0] > down[99]);  // superior on top
});
