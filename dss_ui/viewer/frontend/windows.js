// @ts-check
// CT windows: presets by name, and one that is dragged.

/**
 * @import { CtWindow, Rendering } from './data.js'
 * @import { Viewer } from './viewer.js'
 */

export const NARROWEST_HU = 10, WIDEST_HU = 4000, LOWEST_LEVEL_HU = -1500, HIGHEST_LEVEL_HU = 3000;
const HU_PER_PX = 4;

/** @type {(rendering: Rendering, name: string) => CtWindow} */
export function windowNamed({ windows }, name) {
  return windows.find((one) => one.name === name) || windows[0];
}

/**
 * A window dragged over so many pixels: to the right wider, down a lower level (brighter).
 * @type {(from: CtWindow, right: number, down: number) => CtWindow}
 */
export function draggedWindow({ low, high }, right, down) {
  const between = (/** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) =>
    Math.round(Math.min(Math.max(value, least), most));
  const width = between(high - low + HU_PER_PX * right, NARROWEST_HU, WIDEST_HU);
  const level = between((low + high) / 2 - HU_PER_PX * down, LOWEST_LEVEL_HU, HIGHEST_LEVEL_HU);
  return { name: '', low: level - width / 2, high: level + width / 2 };
}

/** @type {(window: CtWindow) => string} */
export function windowText({ low, high }) {
  return `CT window W ${high - low}  L ${(low + high) / 2} HU`;
}

/** The CT window of a viewer. */
export class CtWindows {
  /** @param {Viewer} viewer */
  constructor(viewer) { this.viewer = viewer; }

  /** As dragged, else the preset. */
  get now() {
    const { look, rendering } = this.viewer;
    return look.custom || windowNamed(rendering, look.window);
  }

  /** One of the list, by its place. @param {number} place */
  preset(place) {
    const found = this.viewer.rendering.windows[place];
    if (found) this.show(found.name, null);
  }

  /** @type {(from: CtWindow, right: number, down: number) => void} */
  drag(from, right, down) {
    const dragged = draggedWindow(from, right, down);
    this.show(this.viewer.look.window, dragged);
    this.viewer.tell(windowText(dragged));
  }

  /** @type {(name: string, custom: CtWindow | null) => void} */
  show(name, custom) {
    Object.assign(this.viewer.look, { window: name, custom });
    this.viewer.toolbar.show();
    this.viewer.draw();
  }
}
