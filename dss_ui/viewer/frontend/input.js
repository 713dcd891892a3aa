// @ts-check
// Pointer, wheel and keys on a picture. A picture listens to the wheel only once it was clicked or
// reached with Tab, so that the page scrolls freely over it.

/**
 * @import { CtWindow } from './data.js'
 * @import { Panel } from './panel.js'
 */

/** @type {Record<string, number>} */
const STEPS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };

/** Keys of the CT windows, by their place. @type {Record<string, number>} */
const PRESETS = { 1: 0, 2: 1, 3: 2 };

/** @type {(panel: Panel) => void} */
export function listen(panel) {
  const { viewer, picture, overlay, kind } = panel;
  const place = (/** @type {PointerEvent} */ event) => {
    const box = overlay.getBoundingClientRect();
    return panel.mmAt(event.clientX - box.left, event.clientY - box.top);
  };
  /** @type {number[] | null} */
  let panned = null;
  /** Where the drag of the CT window began. @type {{ x: number, y: number, window: CtWindow } | null} */
  let windowed = null;
  overlay.addEventListener('pointerdown', (event) => {
    picture.focus({ preventScroll: true });
    overlay.setPointerCapture(event.pointerId);
    if (event.button === 2 && !event.shiftKey) {
      windowed = { x: event.clientX, y: event.clientY, window: viewer.windows.now };
    } else if (event.button !== 0) panned = place(event);
    else if (kind === 'mip') viewer.goToMip(place(event));
    else viewer.tool.down(panel, place(event));
    event.preventDefault();
  });
  overlay.addEventListener('pointermove', (event) => {
    const mm = place(event);
    viewer.read(panel, mm);
    if (windowed) viewer.windows.drag(windowed.window, event.clientX - windowed.x, event.clientY - windowed.y);
    else if (panned) viewer.pan(panned.map((from, axis) => from - mm[axis]));
    else if (event.buttons & 1 && kind !== 'mip') viewer.tool.move(panel, mm);
  });
  overlay.addEventListener('pointerup', () => {
    if (!panned && !windowed && kind !== 'mip') viewer.tool.up();
    panned = null;
    windowed = null;
  });
  overlay.addEventListener('pointercancel', () => { panned = null; windowed = null; viewer.tool.cancel(); });
  overlay.addEventListener('pointerleave', () => viewer.read(null));
  overlay.addEventListener('contextmenu', (event) => event.preventDefault());
  picture.addEventListener('wheel', (event) => {
    const root = picture.getRootNode();
    if (!('activeElement' in root) || root.activeElement !== picture) return;
    event.preventDefault();
    if (event.ctrlKey) viewer.zoomBy(event.deltaY < 0 ? 1 : -1);
    else viewer.stepBy(kind, event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  picture.addEventListener('keydown', (event) => {
    if (press(panel, event)) event.preventDefault();
  });
}

/**
 * What a key does; true if it did anything.
 * @type {(panel: Pick<Panel, 'viewer' | 'kind' | 'plane'>,
 *   event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey'>) => boolean}
 */
export function press(panel, event) {
  const { viewer, kind, plane } = panel, { key } = event;
  if (event.ctrlKey || event.metaKey) {
    const lower = key.toLowerCase();
    if (lower !== 'z' && lower !== 'y') return false;
    viewer.edit({ do: lower === 'y' || event.shiftKey ? 'redo' : 'undo' });
    return true;
  }
  if (key === '?') viewer.toolbar.showKeys(viewer.toolbar.keys.hidden);
  else if (key in PRESETS) viewer.windows.preset(PRESETS[key]);
  else if (key === '+' || key === '=') viewer.zoomBy(1);
  else if (key === '-') viewer.zoomBy(-1);
  else if (key === 'Escape') viewer.tool.cancel();
  else if (kind === 'mip') return false;
  else if (event.shiftKey && key.startsWith('Arrow')) {  // the crosshair within the plane
    const axis = key === 'ArrowLeft' || key === 'ArrowRight' ? plane.right : plane.down;
    const forward = key === 'ArrowRight' || key === (plane.up ? 'ArrowUp' : 'ArrowDown');
    viewer.nudge(axis, forward ? 1 : -1);
    viewer.tool.move(panel, viewer.cross);
  } else if (key in STEPS) viewer.stepBy(kind, STEPS[key]);
  else if (key === 'Home') viewer.stepTo(kind, 0);
  else if (key === 'End') viewer.stepTo(kind, Infinity);
  else if (key === 'Enter') viewer.tool.key(panel);
  else return false;
  return true;
}
