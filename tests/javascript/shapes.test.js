// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';
import { PLANES } from '../../dss_ui/viewer/frontend/geometry.js';
import {
  cutRadius, extentMm, insideRegion, limited, outlineEdges, shapePoints,
} from '../../dss_ui/viewer/frontend/shapes.js';

/** A region of one slice: an L of three voxels at (x, y) = (4, 6), (4, 7), (5, 7); z = 3. */
const REGION = { colour: '#fff', start: [3, 6, 4], shape: [1, 2, 2], bits: Uint8Array.of(0b1101) };
const DRAFT = { name: 'rectangle', kind: /** @type {const} */ ('axial'), from: [1, 2, 9], to: [4, 6, 9], path: [], slice: 3 };

test('a voxel is inside by its bit and never beyond the box', () => {
  assert.ok(insideRegion(REGION, [4, 6, 3]) && insideRegion(REGION, [4, 7, 3]) && insideRegion(REGION, [5, 7, 3]));
  for (const at of [[5, 6, 3], [3, 6, 3], [6, 7, 3], [4, 8, 3], [4, 6, 2], [4, 6, 4]]) {
    assert.ok(!insideRegion(REGION, at));
  }
});

test('the outline is closed and as long as the border', () => {
  const edges = outlineEdges(REGION, PLANES.axial, 3);
  assert.equal(edges.length, 8);
  /** @type {Map<string, number>} */
  const ends = new Map();
  for (const [r0, d0, r1, d1] of edges) {
    for (const end of [`${r0} ${d0}`, `${r1} ${d1}`]) ends.set(end, (ends.get(end) || 0) + 1);
  }
  assert.ok([...ends.values()].every((n) => n % 2 === 0));
  assert.ok(ends.has('3.5 5.5'));  // the corner of voxel (4, 6)
});

test('other planes cut the region in their own axes', () => {
  assert.equal(outlineEdges(REGION, PLANES.sagittal, 4).length, 6);  // two voxels side by side
  assert.equal(outlineEdges(REGION, PLANES.sagittal, 5).length, 4);
  assert.deepEqual(outlineEdges(REGION, PLANES.coronal, 5), []);
  assert.deepEqual(outlineEdges(REGION, PLANES.axial, 4), []);
});

test('a rectangle has its corners where the drag began and ended', () => {
  assert.deepEqual(shapePoints(DRAFT), [[1, 2, 9], [4, 2, 9], [4, 6, 9], [1, 6, 9]]);
});

test('a circle is centred where the drag began and goes through where it ended', () => {
  const points = shapePoints({ ...DRAFT, name: 'circle' });
  assert.equal(points.length, 72);
  for (const [x, y, z] of points) {
    assert.ok(Math.abs(Math.hypot(x - 1, y - 2) - 5) < 1e-9);
    assert.equal(z, 9);
  }
});

test('a freehand line is its own path', () => {
  const path = [[0, 0, 9], [3, 0, 9], [3, 4, 9]];
  assert.equal(shapePoints({ ...DRAFT, name: 'outline', path }), path);
});

test('the extent is the longer side on the plane', () => {
  assert.equal(extentMm([[0, 0, 0], [3, 7, 50]], PLANES.axial), 7);
  assert.equal(extentMm([[0, 0, 0], [3, 7, 50]], PLANES.coronal), 50);
});

test('a bounding box takes the axes of each plane it is drawn on', () => {
  const axial = limited(null, PLANES.axial, [5, 8, 0], [2, 9, 0]);
  assert.deepEqual(axial, [[2, 5], [8, 9], null]);
  assert.deepEqual(limited(axial, PLANES.coronal, [1, 0, 30], [4, 0, 20]), [[1, 4], [8, 9], [20, 30]]);
  assert.deepEqual(axial, [[2, 5], [8, 9], null]);
});

test('a plane cuts a sphere in a circle', () => {
  assert.equal(cutRadius(15, 9), 12);
  assert.equal(cutRadius(15, -15), 0);
});
