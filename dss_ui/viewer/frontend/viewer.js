// The viewer: shared state of the pictures, toolbar, and what is said to and heard from the server.
//
// The browser says (state "say"): where the crosshair is, which planes it lacks, and every edit
// that the server has not confirmed. One word is under way at a time; the newest wish wins.

const KEPT_PLANES = 160, RETRY_MS = 4000, ZOOMS = [1, 1.5, 2, 3, 4, 6];
const SUV_MAX = [5, 7, 10, 15], MODALITIES = ['CT', 'PET', 'Fusion'];
const LAYOUTS = { Planes: ['axial', 'coronal', 'sagittal', 'mip'], 'CT · PET · Fusion': ['axial', 'axial', 'axial'] };

// Lives as long as the browser's tab, so that pages come back as they were left.
const STORE = { scene: null, planes: new Map(), mip: null, view: null };

const FIRST_VIEW = { cross: [0, 0, 0], centre: [0, 0, 0], zoom: 1, box: null, jumped: null,
  look: { modality: 'Fusion', windowName: 'Lung', window: [-1350, 150], suvMax: 10, share: 0.5, layout: 'Planes' } };

class Viewer {
  constructor(root, say) {
    Object.assign(this, { root, send: say, panels: [], regions: [], edits: [], lastEdit: 0, said: 0,
      mount: Math.random(), busy: 0, held: null, travel: null, state: null, erase: false });
    this.tool = new Tool(this);
    this.status = root.querySelector('.status');
    this.bindToolbar();
    this.watch = new ResizeObserver(() => { this.panels.forEach((p) => p.resize()); this.draw(); });
    this.watch.observe(root.querySelector('.panels'));
  }

  // -- from the server ------------------------------------------------------------------------
  hear(message) {
    const { state } = message, fresh = !this.state;
    this.state = state;
    if (STORE.scene !== message.scene) {
      Object.assign(STORE, { scene: message.scene, planes: new Map(), mip: null, view: structuredClone(FIRST_VIEW) });
    }
    this.grid = worldGrid(message.ct);
    this.petGrid = worldGrid(message.pet);
    this.suvStep = message.pet.step;
    message.planes.forEach(keepPlane);
    if (message.mip) STORE.mip = message.mip;
    if (message.regions) { this.regions = message.regions; this.held = state.regions; }
    if (state.jump[0] !== this.view.jumped) {
      const cross = [0, 1, 2].map((axis) => toMm(this.grid, axis, state.jump[1][axis]));
      Object.assign(this.view, { jumped: state.jump[0], cross, centre: [...cross] });
    }
    if (fresh) { this.lastEdit = state.edited; this.arrange(); }
    if (this.edits.some((edit) => edit.id <= state.edited)) this.tell(state.note, state.refused);
    this.edits = this.edits.filter((edit) => edit.id > state.edited);
    this.tool.waiting = this.tool.waiting.filter((shape) => shape.id > state.edited);
    if (state.said && state.said[0] === this.mount && state.said[1] === this.said) this.busy = 0;
    this.root.classList.toggle('marking', state.marking);
    this.showToolbar();
    this.draw();
    this.ask();
  }

  get view() { return STORE.view; }

  get look() { return STORE.view.look; }

  get cross() { return STORE.view.cross; }

  get mip() { return STORE.mip; }

  stored(kind, index) { return STORE.planes.get(`${kind} ${index}`); }

  index(axis) { return nearestIndex(this.grid, axis, this.cross[axis]); }

  // -- to the server --------------------------------------------------------------------------
  missing() {
    const kinds = [...new Set(this.panels.map((panel) => panel.kind))];
    const wanted = kinds.filter((kind) => kind !== 'mip').map((kind) => [kind, this.index(PLANES[kind].across)]);
    if (kinds.includes('mip') && !STORE.mip) wanted.push(['mip', 0]);
    return wanted.filter(([kind, index]) => kind === 'mip' || !this.stored(kind, index));
  }

  ahead() {  // the next plane in the direction of travel, fetched while nothing else is wanted
    if (!this.travel) return [];
    const [kind, by] = this.travel, axis = PLANES[kind].across, next = this.index(axis) + by;
    const there = next >= 0 && next < this.grid.size[axis] && !this.stored(kind, next);
    return there ? [[kind, next]] : [];
  }

  ask() {
    if (!this.state || (this.busy && performance.now() - this.busy < RETRY_MS)) return;
    const missing = this.missing(), want = missing.length ? missing : this.ahead();
    if (want.length || this.edits.some((edit) => !edit.sent)) this.say(want);
  }

  say(want) {
    this.said += 1;
    this.busy = performance.now();
    this.edits.forEach((edit) => { edit.sent = true; });
    this.send({ n: [this.mount, this.said], at: [0, 1, 2].map((axis) => this.index(axis)), want,
      edits: this.edits.map(({ sent, ...edit }) => edit), held: this.held });
    setTimeout(() => this.ask(), RETRY_MS + 10);
  }

  edit(what) {
    if (!this.state || !this.state.marking) return 0;
    this.lastEdit += 1;
    this.edits.push({ id: this.lastEdit, erase: this.erase, ...what });
    this.ask();
    return this.lastEdit;
  }

  // -- the crosshair --------------------------------------------------------------------------
  goTo(mm, across = null) {
    for (let axis = 0; axis < 3; axis++) {
      if (axis === across) continue;
      const last = toMm(this.grid, axis, this.grid.size[axis] - 1);
      this.cross[axis] = clamp(mm[axis], this.grid.origin[axis], last);
    }
    this.moved();
  }

  step(kind, by, how = 'by') {
    const axis = PLANES[kind].across, last = this.grid.size[axis] - 1;
    const index = clamp(how === 'to' ? by : this.index(axis) + by, 0, last);
    if (how === 'by') this.travel = [kind, Math.sign(by)];
    this.cross[axis] = toMm(this.grid, axis, index);
    this.moved();
  }

  nudge(axis, by) {
    const mm = [...this.cross];
    mm[axis] += by * this.grid.spacing[axis];
    this.goTo(mm);
  }

  goToMip(mm) {  // to the voxel that the projection shows there
    if (!this.mip) return;
    const [x, z] = [0, 2].map((axis) => nearestIndex(this.petGrid, axis, mm[axis]));
    const y = this.mip.row.values[z * this.mip.row.columns + x];
    this.goTo([toMm(this.petGrid, 0, x), toMm(this.petGrid, 1, y), toMm(this.petGrid, 2, z)]);
  }

  moved() {
    this.keepInView();
    this.draw();
    this.ask();
  }

  zoomBy(step) {
    const now = ZOOMS.indexOf(this.view.zoom);
    this.view.zoom = ZOOMS[clamp(now + step, 0, ZOOMS.length - 1)];
    this.view.centre = [...this.cross];
    this.showToolbar();
    this.draw();
  }

  pan(by) {
    if (this.view.zoom === 1) return;
    this.view.centre = this.view.centre.map((mm, axis) => mm + by[axis]);
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

  setBox(right, down, { from, to }) {
    this.view.box = this.view.box || [null, null, null];
    for (const axis of [right, down]) this.view.box[axis] = [from[axis], to[axis]].sort((a, b) => a - b);
    this.showToolbar();
    this.drawOver();
  }

  // -- drawing --------------------------------------------------------------------------------
  arrange() {
    const place = this.root.querySelector('.panels'), kinds = LAYOUTS[this.look.layout];
    const compare = new Set(kinds).size === 1;
    this.panels = kinds.map((kind, n) => new Panel(this, kind, compare ? MODALITIES[n] : null));
    place.replaceChildren(...this.panels.map((panel) => panel.root));
    const [x, , z] = [0, 1, 2].map((axis) => this.grid.size[axis] * this.grid.spacing[axis]);
    place.classList.toggle('compare', compare);
    place.classList.toggle('tall', !compare && z > x);
    this.panels.forEach((panel) => panel.resize());
  }

  draw() {
    if (this.state) this.panels.forEach((panel) => panel.draw());
    if (this.state && !this.missing().length) this.root.dataset.shown = this.panels.map((p) => p.shown).join(' ');
  }

  drawOver() { this.panels.forEach((panel) => panel.drawOver()); }

  read(panel, mm) {  // HU of the voxel, SUV as shown, position
    const out = this.root.querySelector('.readout');
    const found = panel && panel.kind !== 'mip' && this.stored(panel.kind, panel.shown);
    if (!found) { out.textContent = panel ? '' : 'Point at an image for HU and SUV'; return; }
    const { right, down } = panel.plane;
    const at = (grid, plane) => {
      const [r, d] = [right, down].map((axis) => Math.round(toIndex(grid, axis, mm[axis])));
      const outside = r < 0 || d < 0 || r >= plane.columns || d >= plane.rows;
      return outside ? null : plane.values[d * plane.columns + r];
    };
    const hu = at(this.grid, found.ct), suv = at(this.petGrid, found.pet);
    out.textContent = [
      `HU ${hu === null ? 'none' : hu}`, `SUV ${suv === null ? 'none' : (suv * this.suvStep).toFixed(2)}`,
      `x ${mm[0].toFixed(1)}  y ${mm[1].toFixed(1)}  z ${mm[2].toFixed(1)} mm`].join('   ');
  }

  tell(text, refused = false) {
    this.status.textContent = text;
    this.status.classList.toggle('refused', refused);
  }

  petTool() { return this.root.querySelector('.pettool select').value; }

  // -- toolbar --------------------------------------------------------------------------------
  bindToolbar() {
    const bar = (name, words, get, set) => {
      const place = this.root.querySelector(`[data-choice="${name}"]`);
      for (const [value, label] of words) {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = label;
        button.onclick = () => { set(value); this.showToolbar(); this.draw(); };
        button.shows = () => button.setAttribute('aria-pressed', String(get() === value));
        place.append(button);
      }
    };
    const same = (names) => names.map((name) => [name, `${name}`]);
    const of = (key) => [() => this.look[key], (value) => { this.look[key] = value; }];
    bar('modality', same(MODALITIES), ...of('modality'));
    bar('suv', same(SUV_MAX), ...of('suvMax'));
    bar('window', same(Object.keys(WINDOWS)), () => this.look.windowName, (name) => {
      const [width, level] = WINDOWS[name];
      Object.assign(this.look, { windowName: name, window: [level - width / 2, level + width / 2] });
    });
    bar('layout', same(Object.keys(LAYOUTS)), () => this.look.layout, (name) => {
      this.look.layout = name;
      this.arrange();
      this.ask();
    });
    bar('tool', Object.entries(TOOLS), () => this.tool.name, (name) => { this.tool.name = name; this.tool.cancel(); });
    bar('erase', [[false, 'Add'], [true, 'Subtract']], () => this.erase, (value) => { this.erase = value; });
    const pet = this.root.querySelector('.pettool select');
    pet.replaceChildren(...Object.entries(PET_TOOLS).map(([value, label]) => new Option(label, value)));
    pet.onchange = () => { this.tool.name = 'grow'; this.showToolbar(); };
    const on = (query, act) => { this.root.querySelector(query).onclick = act; };
    on('.undo', () => this.edit({ do: 'undo' }));
    on('.redo', () => this.edit({ do: 'redo' }));
    on('.unbox', () => { this.view.box = null; this.showToolbar(); this.drawOver(); });
    on('.closer', () => this.zoomBy(1));
    on('.wider', () => this.zoomBy(-1));
    const share = this.root.querySelector('.share input');
    share.oninput = () => { this.look.share = share.value / 100; this.draw(); };
  }

  showToolbar() {
    if (!this.state) return;
    this.root.querySelectorAll('button').forEach((button) => button.shows && button.shows());
    const set = (query, disabled) => { this.root.querySelector(query).disabled = disabled; };
    set('.undo', !this.state.undo);
    set('.redo', !this.state.redo);
    set('.closer', this.view.zoom === ZOOMS[ZOOMS.length - 1]);
    set('.wider', this.view.zoom === 1);
    const percist = this.petTool() === 'percist', { name } = this.tool;
    this.root.querySelectorAll('[data-choice=tool] button').forEach((button) => {
      if (button.textContent === TOOLS.liver) button.hidden = !percist;
    });
    this.root.querySelector('.pettool').hidden = name !== 'grow' && name !== 'liver' && name !== 'box';
    this.root.querySelector('.unbox').hidden = !this.view.box;
    this.root.querySelector('.share input').value = Math.round(this.look.share * 100);
    const compare = LAYOUTS[this.look.layout].length === 3;
    this.root.querySelector('[data-choice="modality"]').parentElement.hidden = compare;
    this.root.querySelector('.share').hidden = !compare && this.look.modality !== 'Fusion';
  }
}

function keepPlane(plane) {
  const key = `${plane.axis} ${plane.index}`;
  STORE.planes.delete(key);
  STORE.planes.set(key, plane);
  while (STORE.planes.size > KEPT_PLANES) STORE.planes.delete(STORE.planes.keys().next().value);
}

const VIEWERS = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector('.viewer');
  if (!root || !data) return;
  let viewer = VIEWERS.get(root);
  if (!viewer) VIEWERS.set(root, viewer = new Viewer(root, () => {}));
  viewer.send = (value) => setStateValue('say', value);
  if (viewer.heard === data) return;
  viewer.heard = data;
  viewer.queue = (viewer.queue || Promise.resolve()).then(async () => viewer.hear(await unpack(data)));
}
