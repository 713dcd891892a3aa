// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';
import { EditQueue } from '../../dss_ui/viewer/frontend/edits.js';
import { PLANES } from '../../dss_ui/viewer/frontend/geometry.js';
import { press } from '../../dss_ui/viewer/frontend/input.js';
import { readout } from '../../dss_ui/viewer/frontend/readout.js';
import { STORE, keepPlane, openScene } from '../../dss_ui/viewer/frontend/store.js';
import { Tool } from '../../dss_ui/viewer/frontend/tools.js';

/** @import { Kind } from '../../dss_ui/viewer/frontend/geometry.js' */

/** A viewer that writes down what it is asked; its crosshair stands at (1, 2, 3). */
function host() {
  /** @type {any[][]} */
  const asked = [];
  const note = (/** @type {string} */ name, /** @type {any} */ answer = undefined) =>
    (/** @type {any[]} */ ...args) => { asked.push([name, ...args]); return answer; };
  const viewer = { cross: [1, 2, 3], view: { box: null }, asked, goTo: note('goTo'), index: () => 7,
    petTool: () => '41%', tell: note('tell'), edit: note('edit', 5), setBox: note('setBox'), drawOver: () => {} };
  return { viewer, asked, tool: new Tool(viewer) };
}
const on = (/** @type {Kind} */ kind) => ({ kind, plane: PLANES[kind] });

test('an edit is sent again until the server has taken it', () => {
  const queue = new EditQueue(3);
  assert.equal(queue.unsent, false);
  assert.equal(queue.add({ do: 'undo' }, false), 4);
  assert.equal(queue.unsent, true);
  assert.deepEqual(queue.sent(), [{ do: 'undo', id: 4, erase: false }]);
  assert.equal(queue.unsent, false);
  queue.add({ do: 'redo' }, true);
  assert.deepEqual(queue.sent().map((edit) => edit.id), [4, 5]);
  assert.equal(queue.confirm(3), false);
  assert.equal(queue.confirm(4), true);
  assert.deepEqual(queue.sent().map((edit) => edit.id), [5]);
});

test('a drag on an axial image becomes a shape in millimetres and waits for its region', () => {
  const { tool, asked } = host();
  tool.name = 'rectangle';
  tool.down(on('axial'), [0, 0, 9]);
  tool.move(on('axial'), [4, 5, 9]);
  tool.up();
  assert.deepEqual(asked, [['edit', { do: 'draw', kind: 'rectangle', slice: 7, points: [[0, 0], [4, 0], [4, 5], [0, 5]] }]]);
  assert.equal(tool.waiting.length, 1);
  tool.confirm(4);
  assert.equal(tool.waiting.length, 1);
  tool.confirm(5);
  assert.equal(tool.waiting.length, 0);
});

test('a freehand line keeps each of its points, even when they come as one moving position', () => {
  const { tool, asked } = host(), moving = [0, 0, 9];
  tool.name = 'outline';
  tool.down(on('axial'), [0, 0, 9]);
  for (const [x, y] of [[3, 0], [3, 4]]) { moving[0] = x; moving[1] = y; tool.move(on('axial'), moving); }
  tool.up();
  assert.deepEqual(asked[0][1].points, [[0, 0], [3, 0], [3, 4]]);
});

test('a click alone draws nothing, and shapes belong on axial images', () => {
  const { tool, asked } = host();
  tool.name = 'circle';
  tool.down(on('axial'), [0, 0, 9]);
  tool.up();
  tool.down(on('coronal'), [0, 0, 9]);
  assert.deepEqual(asked.map(([what]) => what), ['tell', 'tell', 'goTo']);
  assert.equal(tool.draft, null);
});

test('a PET threshold starts at the crosshair and a box limits it', () => {
  const { tool, asked } = host();
  tool.name = 'grow';
  tool.down(on('sagittal'), [0, 0, 0]);
  assert.deepEqual(asked.at(-1), ['edit', { do: 'grow', seed: [1, 2, 3], tool: '41%', box: null }]);
  tool.name = 'box';
  tool.down(on('coronal'), [0, 0, 0]);
  tool.move(on('coronal'), [5, 0, 5]);
  tool.up();
  assert.deepEqual(asked.at(-1), ['setBox', PLANES.coronal, [0, 0, 0], [5, 0, 5]]);
});

test('keys step, undo, redo and move the crosshair the way they point', () => {
  /** @type {any[][]} */
  const asked = [];
  const named = (/** @type {string} */ name) => (/** @type {any[]} */ ...args) => { asked.push([name, ...args]); };
  const viewer = /** @type {any} */ ({ cross: [0, 0, 0], tool: { move() {}, key() {}, cancel() {} }, edit: named('edit'),
    zoomBy: named('zoomBy'), nudge: named('nudge'), stepBy: named('stepBy'), stepTo: named('stepTo') });
  const key = (/** @type {string} */ name, more = {}, /** @type {Kind} */ kind = 'coronal') =>
    press({ viewer, ...on(kind) }, { key: name, ctrlKey: false, metaKey: false, shiftKey: false, ...more });
  key('ArrowUp');
  key('PageDown');
  key('End');
  key('ArrowUp', { shiftKey: true });
  key('ArrowUp', { shiftKey: true }, 'axial');
  key('z', { ctrlKey: true });
  key('Z', { ctrlKey: true, shiftKey: true });
  key('y', { metaKey: true });
  key('+');
  assert.deepEqual(asked, [['stepBy', 'coronal', 1], ['stepBy', 'coronal', -10], ['stepTo', 'coronal', Infinity],
    ['nudge', 2, 1], ['nudge', 1, -1], ['edit', { do: 'undo' }], ['edit', { do: 'redo' }], ['edit', { do: 'redo' }],
    ['zoomBy', 1]]);
  assert.equal(key('q'), false);
  assert.equal(key('c', { ctrlKey: true }), false);
  assert.equal(key('ArrowUp', {}, 'mip'), false);
});

test('the readout says the values under the pointer, and none beyond the image', () => {
  const grid = { size: [2, 2, 1], spacing: [1, 1, 1], origin: [0, 0, 0] };
  const stored = { ct: { rows: 2, columns: 2, values: Int16Array.of(0, 1, -700, 3) },
    pet: { rows: 2, columns: 2, values: Uint16Array.of(0, 0, 1250, 0) } };
  const images = { grid, petGrid: grid, suvStep: 0.002 };
  assert.equal(readout(images, PLANES.axial, stored, [0.2, 1.3, 0]), 'HU -700   SUV 2.50   x 0.2  y 1.3  z 0.0 mm');
  assert.match(readout(images, PLANES.axial, stored, [9, 0, 0]), /^HU none {3}SUV none/);
});

test('a scene keeps its planes and its view; another one begins with what the server shows first', () => {
  const rendering = /** @type {any} */ ({ first: { window: 'Lung', suvTop: 10, share: 0.5 } });
  openScene({ scene: 'a', rendering });
  assert.deepEqual(STORE.view.look, { modality: 'Fusion', layout: 'Multiplanar', window: 'Lung', custom: null, suvTop: 10, share: 0.5 });
  STORE.view.zoom = 3;
  for (let index = 0; index < 170; index++) keepPlane(/** @type {any} */ ({ axis: 'axial', index }));
  assert.equal(STORE.planes.size, 160);
  assert.ok(!STORE.planes.has('axial 9') && STORE.planes.has('axial 10'));
  openScene({ scene: 'a', rendering });
  assert.equal(STORE.view.zoom, 3);
  openScene({ scene: 'b', rendering });
  assert.deepEqual([STORE.view.zoom, STORE.planes.size], [1, 0]);
});

test('keys choose a CT window and show the list of keys', () => {
  /** @type {any[]} */
  const asked = [];
  const keys = { hidden: true };
  const viewer = /** @type {any} */ ({ windows: { preset: (/** @type {number} */ place) => asked.push(place) },
    toolbar: { keys, showKeys: (/** @type {boolean} */ shown) => { keys.hidden = !shown; } } });
  const at = { viewer, ...on('axial') };
  const key = (/** @type {string} */ name) => ({ key: name, ctrlKey: false, metaKey: false, shiftKey: false });
  for (const name of ['1', '2', '3']) assert.equal(press(at, key(name)), true);
  assert.deepEqual(asked, [0, 1, 2]);
  assert.equal(press(at, key('?')), true);
  assert.equal(keys.hidden, false);
  press(at, key('?'));
  assert.equal(keys.hidden, true);
});

test('without a PET the readout says HU and place only', () => {
  const grid = { size: [2, 2, 1], spacing: [1, 1, 1], origin: [0, 0, 0] };
  const ct = { rows: 2, columns: 2, values: Int16Array.from([1, 2, 3, 4]) };
  const text = readout({ grid, petGrid: null, suvStep: 0 }, PLANES.axial, { ct, pet: null }, [1, 1, 0]);
  assert.equal(text, 'HU 4   x 1.0  y 1.0  z 0.0 mm');
});
