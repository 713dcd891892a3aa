// @ts-check
// The server's binary message, unpacked: planes of HU and SUV, MIP, region masks, image rendering.

/**
 * @import { Cut, PlacedGrid } from './geometry.js'
 * @import { Region } from './shapes.js'
 */

/**
 * @typedef {{ from: number, to: number }} Part  bytes behind the header
 * @typedef {Part & { shape: [number, number] }} ArrayPart
 * @typedef {{ rows: number, columns: number, values: Int16Array | Uint16Array }} Values
 * @typedef {{ axis: Cut, index: number, ct: Values, pet: Values | null }} StoredPlane  CT in HU, PET in steps
 * @typedef {{ suv: Values, row: Values }} Mip  SUV in steps, and the PET row each comes from
 * @typedef {{ name: string, low: number, high: number }} CtWindow  HU of black and of white
 * @typedef {{ ct: Values, pet: Values, fusion: Values, alpha: Values }} Tables  three rows of 256; alpha one
 */

/**
 * How values become colours, as the server says it for every page.
 * @typedef {{ windows: CtWindow[], suvTops: number[], tables: Tables,
 *   first: { window: string, suvTop: number, share: number } }} Rendering
 */

/**
 * @typedef {{ marking: boolean, said: [number, number] | null, edited: number, regions: string,
 *   jump: [number, number[]], undo?: boolean, redo?: boolean, note?: string, refused?: boolean,
 *   liver?: number[] | null }} ServerState
 * @typedef {{ scene: string, ct: PlacedGrid, pet: (PlacedGrid & { step: number }) | null, state: ServerState,
 *   planes: StoredPlane[], regions?: Region[], mip?: Mip, rendering: Rendering }} Message
 */

/** @type {(bytes: Uint8Array) => Promise<Message>} */
export async function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const blob = (/** @type {Part} */ part) => inflate(bytes.slice(4 + size + part.from, 4 + size + part.to));
  const array = async (/** @type {ArrayPart} */ part) => {
    const [rows, columns] = part.shape;
    return { rows, columns, values: unfold(await blob(part), rows, columns) };
  };
  await Promise.all([
    ...header.planes.map(async (/** @type {any} */ plane) => {
      [plane.ct, plane.pet] = await Promise.all([array(plane.ct), plane.pet && array(plane.pet)]);
      plane.ct.values = new Int16Array(plane.ct.values.buffer);
    }),
    ...(header.regions || []).map(async (/** @type {any} */ region) => { region.bits = await blob(region); }),
    ...[header.rendering.tables, header.mip || {}].map(async (arrays) => {
      for (const name of Object.keys(arrays)) arrays[name] = await array(arrays[name]);
    }),
  ]);
  return header;
}

/** @type {(bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>} */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Undoes the server's `squeezed`: low bytes, then high bytes, of folded differences along rows.
 * @type {(bytes: Uint8Array, rows: number, columns: number) => Uint16Array}
 */
export function unfold(bytes, rows, columns) {
  const n = rows * columns, values = new Uint16Array(n);
  for (let start = 0; start < n; start += columns) {
    let value = 0;
    for (let at = start; at < start + columns; at++) {
      const folded = bytes[at] | (bytes[n + at] << 8);
      value = (value + ((folded >>> 1) ^ -(folded & 1))) & 0xffff;
      values[at] = value;
    }
  }
  return values;
}
