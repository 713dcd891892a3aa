// @ts-check
// One picture: pixels below, overlay above, a colour bar and a slider beneath.

import { part, penOf } from './dom.js';
import { PLANES, fitScale, middle, mmAt, pixelMm, pxAt, toMm } from './geometry.js';
import { listen } from './input.js';
import { drawOverlay } from './overlay.js';
import { barGradient, blankOutside, coloured, fused, levels, taps } from './paint.js';

/**
 * @import { Kind } from './geometry.js'
 * @import { Modality, Sampling } from './paint.js'
 * @import { Values } from './data.js'
 * @import { Viewer } from './viewer.js'
 */

const MAX_SIDE_PX = 1000;

export class Panel {
  /**
   * @param {Viewer} viewer holds the shared state
   * @param {Kind} kind
   * @param {Modality | null} modality fixed; null follows the viewer's
   */
  constructor(viewer, kind, modality) {
    this.viewer = viewer;
    this.kind = kind;
    this.modality = modality;
    this.plane = PLANES[kind];
    this.width = 0;
    this.height = 0;
    /** The slice on the picture. @type {number | undefined} */
    this.shown = undefined;
    this.done = '';
    this.root = document.createElement('figure');
    this.root.className = `panel ${kind}`;
    this.root.innerHTML = `<figcaption><b></b><span></span></figcaption>
      <div class="picture" tabindex="0" role="application"><canvas class="pixels"></canvas><canvas class="overlay"></canvas></div>
      <div class="scale"><span class="low"></span><i></i><span class="high"></span></div>
      <input type="range" min="0" step="1">`;
    this.picture = part(this.root, '.picture', HTMLDivElement);
    this.slider = part(this.root, 'input', HTMLInputElement);
    this.title = part(this.root, 'b', HTMLElement);
    this.note = part(this.root, 'figcaption span', HTMLSpanElement);
    this.pixels = part(this.root, '.pixels', HTMLCanvasElement);
    this.overlay = part(this.root, '.overlay', HTMLCanvasElement);
    if (kind === 'mip') this.slider.remove();
    this.slider.oninput = () => viewer.stepTo(kind, Number(this.slider.value));
    this.title.textContent = modality && kind !== 'mip' ? `${this.plane.name} ${modality}` : this.plane.name;
    listen(this);
  }

  /** @returns {Modality} */
  get shownModality() { 
    if (!this.viewer.petGrid) return 'CT';
    return this.kind === 'mip' ? 'PET' : this.modality || this.viewer.look.modality;
  }

  get grid() { return (this.kind === 'mip' && this.viewer.petGrid) || this.viewer.grid; }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.picture;
    const ratio = Math.min(window.devicePixelRatio || 1, MAX_SIDE_PX / Math.max(width, height, 1));
    this.width = width;
    this.height = height;
    for (const canvas of [this.pixels, this.overlay]) {
      const dense = canvas === this.pixels ? ratio : window.devicePixelRatio || 1;
      canvas.width = Math.max(1, Math.round(width * dense));
      canvas.height = Math.max(1, Math.round(height * dense));
    }
  }

  /** Pixels per mm: the whole image at zoom 1, the same both ways. */
  get scale() {
    const fit = fitScale(this.grid, this.plane, this.width, this.height);
    return fit * (this.kind === 'mip' ? 1 : this.viewer.view.zoom);
  }

  get centre() {
    const { view } = this.viewer;
    return this.kind !== 'mip' && view.zoom > 1 ? view.centre : middle(this.grid);
  }

  /** @type {(x: number, y: number) => number[]} */
  mmAt(x, y) { return mmAt(this, x, y, this.viewer.cross); }

  /** @type {(mm: number[]) => [number, number]} */
  pxAt(mm) { return pxAt(this, mm); }

  draw() {
    if (!this.width) return;
    const { viewer, kind, pixels: canvas } = this;
    const index = kind === 'mip' ? 0 : viewer.index(this.plane.across);
    this.caption(index);
    const found = kind === 'mip' ? viewer.mip && { ct: null, pet: viewer.mip.suv } : viewer.stored(kind, index);
    const job = JSON.stringify([index, this.shownModality, viewer.look, canvas.width, canvas.height, this.scale, this.centre]);
    if (found && job !== this.done) {  // without the plane the last picture stays until it is here
      this.paint(found.ct, found.pet);
      this.shown = index;
      this.done = job;
    }
    this.drawOver();
  }

  /** @type {(ct: Values | null, pet: Values | null) => void} */
  paint(ct, pet) {
    const { viewer, plane, pixels: canvas, shownModality: modality } = this, { look, rendering } = viewer;
    const mm = pixelMm(this, canvas.width, canvas.height);
    /** @type {(grid: import('./geometry.js').Grid) => Sampling} */
    const on = (grid) => ({ across: taps(grid, plane.right, mm.right), down: taps(grid, plane.down, mm.down) });
    const hu = viewer.windows.now;
    const grey = () => (ct ? levels(ct, on(viewer.grid), hu.low, hu.high) : new Uint8ClampedArray(0));
    const { petGrid } = viewer;
    const uptake = () => (pet && petGrid ? levels(pet, on(petGrid), 0, look.suvTop, viewer.suvStep)
      : new Uint8ClampedArray(canvas.width * canvas.height));
    const out = modality === 'CT' ? coloured(rendering.tables.ct, grey())
      : modality === 'PET' ? coloured(rendering.tables.pet, uptake())
        : fused(rendering, grey(), uptake(), look.share);
    blankOutside(out, on(this.grid));
    const image = new ImageData(canvas.width, canvas.height);
    new Uint32Array(image.data.buffer).set(out);
    penOf(canvas).putImageData(image, 0, 0);
  }

  /** @param {number} index */
  caption(index) {
    const { viewer, plane } = this, { look, rendering } = viewer, modality = this.shownModality;
    if (this.kind !== 'mip') {
      const { grid } = viewer, slices = grid.size[plane.across];
      this.note.textContent = `${'xyz'[plane.across]} ${toMm(grid, plane.across, index).toFixed(1)} mm`;
      this.slider.max = String(slices - 1);
      this.slider.value = String(index);
      const where = `${this.title.textContent} slice ${index + 1} of ${slices}`;
      this.slider.setAttribute('aria-label', where);
      this.picture.setAttribute('aria-label', `${where}. Arrow keys step through slices.`);
    } else {
      this.note.textContent = 'coronal projection';
      this.picture.setAttribute('aria-label', 'PET maximum intensity projection. Click to move the crosshair.');
    }
    const hu = viewer.windows.now;
    part(this.root, '.low', HTMLSpanElement).textContent = modality === 'CT' ? `${hu.low}` : '0';
    part(this.root, '.high', HTMLSpanElement).textContent = modality === 'CT' ? `${hu.high} HU` : `${look.suvTop} SUV`;
    part(this.root, '.scale i', HTMLElement).style.background = barGradient(rendering, modality);
  }

  drawOver() {
    const pen = penOf(this.overlay), ratio = this.overlay.width / this.width;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    drawOverlay(this, pen);
  }
}
