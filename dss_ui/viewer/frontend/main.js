// @ts-check
// What Streamlit calls with every message of the server.

import { unpack } from './data.js';
import { Viewer } from './viewer.js';

/** @import { Word } from './edits.js' */

/** @typedef {{ viewer: Viewer | null, data: Uint8Array | null, queue: Promise<void> }} Mounted */

/** @type {WeakMap<HTMLElement, Mounted>} */
const MOUNTED = new WeakMap();

/**
 * @param {{ data: Uint8Array | null, parentElement: ParentNode,
 *   setStateValue: (name: string, value: Word) => void }} page
 */
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector('.viewer');
  if (!(root instanceof HTMLElement) || !data) return;
  const mounted = MOUNTED.get(root) || { viewer: null, data: null, queue: Promise.resolve() };
  MOUNTED.set(root, mounted);
  const send = (/** @type {Word} */ word) => setStateValue('say', word);
  if (mounted.viewer) mounted.viewer.send = send;
  if (mounted.data === data) return;
  mounted.data = data;
  mounted.queue = mounted.queue.then(async () => {
    const message = await unpack(data);
    const viewer = mounted.viewer || new Viewer(root, message);
    mounted.viewer = viewer;
    viewer.send = send;
    viewer.hear(message);
  });
}
