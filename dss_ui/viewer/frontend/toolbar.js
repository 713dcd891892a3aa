// @ts-check
// The buttons above the pictures: built once, then shown as the viewer stands.

import { part } from './dom.js';
import { LAYOUTS, MODALITIES } from './layouts.js';
import { PET_TOOLS, TOOLS } from './tools.js';

/**
 * @import { Viewer } from './viewer.js'
 * @import { ToolName } from './tools.js'
 */

/**
 * Values that are their own labels.
 * @template T
 * @param {T[]} values
 * @returns {[T, string][]}
 */
const same = (values) => values.map((value) => [value, `${value}`]);

/** @type {Set<string | null>} */
const PET_ONLY = new Set([TOOLS.grow, TOOLS.liver, TOOLS.box]);

export class Toolbar {
  /** @param {Viewer} viewer that has heard from the server */
  constructor(viewer) {
    this.viewer = viewer;
    this.root = viewer.root;
    /** @type {(() => void)[]} */
    this.shows = [];
    const { windows, suvTops } = viewer.rendering;
    this.choice('modality', same(MODALITIES), () => viewer.look.modality, (one) => { viewer.look.modality = one; });
    this.choice('suv', same(suvTops), () => viewer.look.suvTop, (top) => { viewer.look.suvTop = top; });
    this.choice('window', same(windows.map(({ name }) => name)), () => (viewer.look.custom ? '' : viewer.look.window), (name) => {
      viewer.look.window = name;
      viewer.look.custom = null;
    });
    this.choice('layout', same(Object.keys(LAYOUTS)), () => viewer.look.layout, (name) => {
      viewer.look.layout = name;
      viewer.arrange();
      viewer.ask();
    });
    const tools = /** @type {[ToolName, string][]} */ (Object.entries(TOOLS));
    this.choice('tool', tools, () => viewer.tool.name, (name) => { viewer.tool.name = name; viewer.tool.cancel(); });
    this.choice('erase', [[false, 'Add'], [true, 'Subtract']], () => viewer.erase, (value) => { viewer.erase = value; });
    this.threshold = part(this.root, '.pettool select', HTMLSelectElement);
    this.threshold.replaceChildren(...Object.entries(PET_TOOLS).map(([value, label]) => new Option(label, value)));
    this.threshold.onchange = () => { viewer.tool.name = 'grow'; this.show(); };
    this.keys = part(this.root, '.keys', HTMLElement);
    this.share = part(this.root, '.share input', HTMLInputElement);
    this.share.oninput = () => { viewer.look.share = Number(this.share.value) / 100; viewer.draw(); };
    this.button('.undo').onclick = () => viewer.edit({ do: 'undo' });
    this.button('.redo').onclick = () => viewer.edit({ do: 'redo' });
    this.button('.unbox').onclick = () => { viewer.view.box = null; this.show(); viewer.drawOver(); };
    this.button('.help').onclick = () => this.showKeys(this.keys.hidden);
    this.button('.closer').onclick = () => viewer.zoomBy(1);
    this.button('.wider').onclick = () => viewer.zoomBy(-1);
  }

  /** @param {string} query */
  button(query) { return part(this.root, query, HTMLButtonElement); }

  /** @param {string} query */
  box(query) { return part(this.root, query, HTMLElement); }

  /**
   * Buttons of which one is pressed.
   * @template T
   * @param {string} name
   * @param {[T, string][]} words value and label of each
   * @param {() => T} get
   * @param {(value: T) => void} set
   */
  choice(name, words, get, set) {
    const buttons = words.map(([value, label]) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.onclick = () => { set(value); this.show(); this.viewer.draw(); };
      this.shows.push(() => button.setAttribute('aria-pressed', String(get() === value)));
      return button;
    });
    this.box(`[data-choice="${name}"]`).replaceChildren(...buttons);
  }

  /** The list of keys, or not. @param {boolean} shown */
  showKeys(shown) {
    this.keys.hidden = !shown;
    this.button('.help').setAttribute('aria-expanded', String(shown));
  }

  show() {
    const { viewer } = this, { state, view, look, tool } = viewer;
    if (!state) return;
    this.shows.forEach((show) => show());
    this.button('.undo').disabled = !state.undo;
    this.button('.redo').disabled = !state.redo;
    this.button('.closer').disabled = !viewer.canZoom(1);
    this.button('.wider').disabled = !viewer.canZoom(-1);
    for (const button of this.root.querySelectorAll('[data-choice=tool] button')) {
      if (button.textContent === TOOLS.liver) button.toggleAttribute('hidden', this.threshold.value !== 'percist');
    }
    const alone = !viewer.petGrid;
    for (const button of this.root.querySelectorAll('[data-choice=tool] button')) {
      if (alone && PET_ONLY.has(button.textContent)) button.toggleAttribute('hidden', true);
    }
    this.box('.layout').hidden = alone;
    this.box('.suv').hidden = alone;
    this.box('.pettool').hidden = !['grow', 'liver', 'box'].includes(tool.name);
    this.button('.unbox').hidden = !view.box;
    this.share.value = String(Math.round(look.share * 100));
    const compare = LAYOUTS[look.layout].length === 3;
    this.box('.modality').hidden = compare || alone;
    this.box('.share').hidden = alone || !compare && look.modality !== 'Fusion';
  }
}
