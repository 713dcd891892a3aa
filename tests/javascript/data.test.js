// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';
import { deflateSync } from 'node:zlib';
import { unfold, unpack } from '../../dss_ui/viewer/frontend/data.js';

/** Low bytes, then high bytes, of folded differences. @type {(...folded: number[]) => Uint8Array} */
const split = (...folded) => Uint8Array.from([...folded.map((n) => n & 255), ...folded.map((n) => n >> 8)]);

test('differences along rows come back as values, and wrap at 16 bits', () => {
  // rows 5, 3, 3 and 65535, 0, 256: differences 5, -2, 0 and -1, 1, 256
  assert.deepEqual([...unfold(split(10, 3, 0, 1, 2, 512), 2, 3)], [5, 3, 3, 65535, 0, 256]);
});

test('a message is its header and the arrays behind it', async () => {
  /** @type {Buffer[]} */
  const blobs = [];
  const stored = (/** @type {Uint8Array} */ bytes) => {
    const from = blobs.reduce((n, one) => n + one.length, 0), blob = deflateSync(bytes);
    blobs.push(blob);
    return { from, to: from + blob.length };
  };
  const cells = (/** @type {number[]} */ ...folded) => ({ ...stored(split(...folded)), shape: [1, folded.length] });
  const header = { scene: 'a', rendering: { tables: { ct: cells(2, 2), alpha: cells(0) } },
    planes: [{ axis: 'axial', index: 4, ct: cells(2047, 0), pet: cells(8, 0) }],
    regions: [{ colour: '#fff', start: [0, 0, 0], shape: [1, 1, 2], ...stored(Uint8Array.of(2)) }],
    mip: { suv: cells(4), row: cells(6) } };
  const head = new TextEncoder().encode(JSON.stringify(header)), size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  // not at the beginning of its buffer, as the page gets it
  const bytes = new Uint8Array(Buffer.concat([Buffer.of(9), size, head, ...blobs])).subarray(1);
  const message = await unpack(bytes);
  assert.deepEqual([...message.planes[0].ct.values], [-1024, -1024]);
  assert.ok(message.planes[0].ct.values instanceof Int16Array);
  assert.deepEqual([...(message.planes[0].pet?.values || [])], [4, 4]);
  assert.deepEqual([...message.rendering.tables.ct.values], [1, 2]);
  assert.deepEqual([...(message.regions || [])[0].bits], [2]);
  assert.deepEqual([...(message.mip?.row.values || [])], [3]);
});

test('a message without regions and projection has none', async () => {
  const head = new TextEncoder().encode(JSON.stringify({ planes: [], rendering: { tables: {} } }));
  const message = await unpack(Uint8Array.from([head.length, 0, 0, 0, ...head]));
  assert.equal(message.mip, undefined);
  assert.equal(message.regions, undefined);
});
