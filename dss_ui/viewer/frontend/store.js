// @ts-check
// What lives as long as the browser's tab, so that pages come back as they were left.

import { FIRST_LAYOUT } from './layouts.js';

/**
 * @import { CtWindow, Message, Mip, StoredPlane } from './data.js'
 * @import { Limits } from './shapes.js'
 * @import { Modality } from './paint.js'
 */

/**
 * @typedef {{ modality: Modality, window: string, custom: CtWindow | null, suvTop: number,
 *   share: number, layout: string }} Look  `custom`: the CT window set by dragging
 * @typedef {{ cross: number[], centre: number[], zoom: number, box: Limits[] | null,
 *   jumped: number | null, look: Look }} View  positions in mm; `jumped`: last move by the server
 */

const KEPT_PLANES = 160;

/** @type {Look} */
const NO_LOOK = { modality: 'Fusion', layout: FIRST_LAYOUT, window: '', custom: null, suvTop: 0, share: 0 };

/** @type {(look: Look) => View} */
const fresh = (look) => ({ cross: [0, 0, 0], centre: [0, 0, 0], zoom: 1, box: null, jumped: null, look });

/** @type {{ scene: string | null, planes: Map<string, StoredPlane>, mip: Mip | null, view: View }} */
export const STORE = { scene: null, planes: new Map(), mip: null, view: fresh(NO_LOOK) };

/** Begin anew with other images. @param {Pick<Message, 'scene' | 'rendering'>} message */
export function openScene({ scene, rendering }) {
  if (STORE.scene === scene) return;
  const view = fresh({ ...NO_LOOK, ...rendering.first });
  Object.assign(STORE, { scene, planes: new Map(), mip: null, view });
}

/** Keep a plane, and forget the ones that came longest ago. @param {StoredPlane} plane */
export function keepPlane(plane) {
  const key = `${plane.axis} ${plane.index}`, { planes } = STORE;
  planes.delete(key);
  planes.set(key, plane);
  for (const oldest of planes.keys()) {
    if (planes.size <= KEPT_PLANES) break;
    planes.delete(oldest);
  }
}
