// @ts-check
// The viewer: shared state of the pictures, and what is said to and heard from the server.
//
// The browser says (state "say"): where the crosshair is, which planes it lacks, and every edit
// that the server has not confirmed. One word is under way at a time; the newest wish wins.

import { part } from './dom.js';
import { EditQueue } from './edits.js';
import { PLANES, clamp, keptInside, nearestIndex, shownByMip, stepped, toMm, worldGrid } from './geometry.js';
import { LAYOUTS, MODALITIES } from './layouts.js';
import { Panel } from './panel.js';
import { HINT, readout } from './readout.js';
import { limited } from './shapes.js';
import { CtWindows } from './windows.js';
import { STORE, keepPlane, openScene } from './store.js';
import { Toolbar } from './toolbar.js';
import { Tool } from './tools.js';

/**
 * @import { Kind, Plane } from './geometry.js'
 * @import { Message, StoredPlane } from './data.js'
 * @import { Change, Wish, Word } from './edits.js'
 * @import { Region } from './shapes.js'
 */

const RETRY_MS = 4000, ZOOMS = [1, 1.5, 2, 3, 4, 6];

export class Viewer {
  /** @param {HTMLElement} root @param {Message} message the first one */
  constructor(root, message) {
    this.root = root;
    /** @type {(word: Word) => void} */
    this.send = () => {};
    /** @type {Panel[]} */
    this.panels = [];
    /** @type {Region[]} */
    this.regions = [];
    this.queue = new EditQueue(message.state.edited);
    this.mount = Math.random();
    this.said = 0;
    this.busy = 0;
    /** The regions that are here. @type {string | null} */
    this.held = null;
    /** @type {[Kind, number] | null} */
    this.travel = null;
    this.erase = false;
    this.tool = new Tool(this);
    this.windows = new CtWindows(this);
    this.status = part(root, '.status', HTMLElement);
    this.readout = part(root, '.readout', HTMLElement);
    this.place = part(root, '.panels', HTMLElement);
    this.rendering = message.rendering;
    this.state = message.state;
    this.grid = worldGrid(message.ct);
    this.petGrid = message.pet && worldGrid(message.pet);
    this.suvStep = message.pet ? message.pet.step : 0;
    openScene(message);
    this.toolbar = new Toolbar(this);
    this.arrange();
    new ResizeObserver(() => { this.panels.forEach((p) => p.resize()); this.draw(); }).observe(this.place);
  }

  // -- from the server ------------------------------------------------------------------------
  /** @param {Message} message */
  hear(message) {
    const { state } = message;
    this.state = state;
    this.rendering = message.rendering;
    openScene(message);
    this.grid = worldGrid(message.ct);
    this.petGrid = message.pet && worldGrid(message.pet);
    this.suvStep = message.pet ? message.pet.step : 0;
    message.planes.forEach(keepPlane);
    if (message.mip) STORE.mip = message.mip;
    if (message.regions) { this.regions = message.regions; this.held = state.regions; }
    if (state.jump[0] !== this.view.jumped) {
      const cross = [0, 1, 2].map((axis) => toMm(this.grid, axis, state.jump[1][axis]));
      Object.assign(this.view, { jumped: state.jump[0], cross, centre: [...cross] });
    }
    if (this.queue.confirm(state.edited)) this.tell(state.note || '', state.refused);
    this.tool.confirm(state.edited);
    if (state.said && state.said[0] === this.mount && state.said[1] === this.said) this.busy = 0;
    this.root.classList.toggle('marking', state.marking);
    this.toolbar.show();
    this.draw();
    this.ask();
  }

  get view() { return STORE.view; }

  get look() { return this.view.look; }

  get cross() { return this.view.cross; }

  get mip() { return STORE.mip; }

  /** @type {(kind: Kind, index: number) => StoredPlane | undefined} */
  stored(kind, index) { return STORE.planes.get(`${kind} ${index}`); }

  /** @param {number} axis */
  index(axis) { return nearestIndex(this.grid, axis, this.cross[axis]); }

  // -- to the server --------------------------------------------------------------------------
  /** @returns {Wish[]} */
  missing() {
    const kinds = [...new Set(this.panels.map((panel) => panel.kind))];
    return kinds.map((kind) => /** @type {Wish} */ ([kind, kind === 'mip' ? 0 : this.index(PLANES[kind].across)]))
      .filter(([kind, index]) => (kind === 'mip' ? !STORE.mip : !this.stored(kind, index)));
  }

  /** The next plane in the direction of travel, fetched while nothing else is wanted. @returns {Wish[]} */
  ahead() {
    if (!this.travel) return [];
    const [kind, by] = this.travel, axis = PLANES[kind].across, next = this.index(axis) + by;
    const there = next >= 0 && next < this.grid.size[axis] && !this.stored(kind, next);
    return there ? [[kind, next]] : [];
  }

  ask() {
    if (this.busy && performance.now() - this.busy < RETRY_MS) return;
    const missing = this.missing(), want = missing.length ? missing : this.ahead();
    if (want.length || this.queue.unsent) this.say(want);
  }

  /** @param {Wish[]} want */
  say(want) {
    this.said += 1;
    this.busy = performance.now();
    this.send({ n: [this.mount, this.said], at: [0, 1, 2].map((axis) => this.index(axis)), want,
      edits: this.queue.sent(), held: this.held });
    setTimeout(() => this.ask(), RETRY_MS + 10);
  }

  /** @param {Change} change @returns {number} number of the edit; 0 where nothing can be marked */
  edit(change) {
    if (!this.state.marking) return 0;
    const number = this.queue.add(change, this.erase);
    this.ask();
    return number;
  }

  // -- the crosshair --------------------------------------------------------------------------
  /** @type {(mm: number[], across?: number | null) => void} */
  goTo(mm, across = null) {
    keptInside(this.grid, mm).forEach((at, axis) => { if (axis !== across) this.cross[axis] = at; });
    this.moved();
  }

  /** @type {(kind: Kind, by: number) => void} */
  stepBy(kind, by) {
    if (kind === 'mip') return;
    const axis = PLANES[kind].across;
    this.travel = [kind, Math.sign(by)];
    this.cross[axis] = stepped(this.grid, axis, this.cross[axis], by);
    this.moved();
  }

  /** @type {(kind: Kind, index: number) => void} */
  stepTo(kind, index) {
    const axis = PLANES[kind].across;
    this.cross[axis] = toMm(this.grid, axis, clamp(index, 0, this.grid.size[axis] - 1));
    this.moved();
  }

  /** @type {(axis: number, by: number) => void} */
  nudge(axis, by) {
    const mm = [...this.cross];
    mm[axis] += by * this.grid.spacing[axis];
    this.goTo(mm);
  }

  /** To the voxel that the projection shows there. @param {number[]} mm */
  goToMip(mm) {
    if (this.mip && this.petGrid) this.goTo(shownByMip(this.mip.row, this.petGrid, mm));
  }

  moved() {
    this.keepInView();
    this.draw();
    this.ask();
  }

  /** The zoom that many steps on. @param {number} step @returns {number | undefined} */
  canZoom(step) { return ZOOMS[ZOOMS.indexOf(this.view.zoom) + step]; }

  /** @param {number} step */
  zoomBy(step) {
    this.view.zoom = this.canZoom(step) || this.view.zoom;
    this.view.centre = [...this.cross];
    this.toolbar.show();
    this.draw();
  }

  /** @param {number[]} by */
  pan(by) {
    if (this.view.zoom > 1) this.view.centre = this.view.centre.map((mm, axis) => mm + by[axis]);
    this.draw();
  }

  keepInView() {  // when zoomed, follow the crosshair only once it leaves the picture
    for (const panel of this.panels) {
      if (panel.kind === 'mip' || !panel.width) continue;
      const [x, y] = panel.pxAt(this.cross);
      if (x < 0 || x > panel.width) this.view.centre[panel.plane.right] = this.cross[panel.plane.right];
      if (y < 0 || y > panel.height) this.view.centre[panel.plane.down] = this.cross[panel.plane.down];
    }
  }

  /** @type {(plane: Plane, from: number[], to: number[]) => void} */
  setBox(plane, from, to) {
    this.view.box = limited(this.view.box, plane, from, to);
    this.toolbar.show();
    this.drawOver();
  }

  // -- drawing --------------------------------------------------------------------------------
  arrange() {
    const kinds = LAYOUTS[this.look.layout].filter((kind) => kind !== 'mip' || this.petGrid);
    const compare = new Set(kinds).size === 1;
    this.panels = kinds.map((kind, n) => new Panel(this, kind, compare ? MODALITIES[n] : null));
    this.place.replaceChildren(...this.panels.map((panel) => panel.root));
    const [x, , z] = [0, 1, 2].map((axis) => this.grid.size[axis] * this.grid.spacing[axis]);
    this.place.classList.toggle('compare', compare);
    this.place.classList.toggle('tall', !compare && z > x);
    this.place.classList.toggle('alone', !this.petGrid);
    this.panels.forEach((panel) => panel.resize());
  }

  draw() {
    this.panels.forEach((panel) => panel.draw());
    if (!this.missing().length) this.root.dataset.shown = this.panels.map((p) => p.shown).join(' ');
  }

  drawOver() { this.panels.forEach((panel) => panel.drawOver()); }

  /** HU of the voxel, SUV as shown, position. @type {(panel: Panel | null, mm?: number[]) => void} */
  read(panel, mm = this.cross) {
    const plane = panel && panel.shown !== undefined && this.stored(panel.kind, panel.shown);
    if (panel) this.readout.textContent = plane ? readout(this, panel.plane, plane, mm) : '';
    else this.readout.textContent = HINT;
  }

  /** @type {(text: string, refused?: boolean) => void} */
  tell(text, refused = false) {
    this.status.textContent = text;
    this.status.classList.toggle('refused', refused);
  }

  petTool() { return this.toolbar.threshold.value; }
}
