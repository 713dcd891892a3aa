// One picture: pixels below, crosshair, outlines, letters and ruler above, a slider beneath.

const RULERS_MM = [5, 10, 20, 50, 100, 200], MAX_SIDE_PX = 1000;

class Panel {
  // `viewer` holds the shared state; `modality` fixes one, null follows the viewer's.
  constructor(viewer, kind, modality) {
    Object.assign(this, { viewer, kind, modality, plane: PLANES[kind] });
    this.root = document.createElement('figure');
    this.root.className = `panel ${kind}`;
    this.root.innerHTML = `<figcaption><b></b><span></span></figcaption>
      <div class="picture" tabindex="0" role="application"><canvas></canvas><canvas></canvas></div>
      <div class="scale"><span></span><i></i><span></span></div>
      <input type="range" min="0" step="1">`;
    const $ = (query) => this.root.querySelector(query);
    [this.picture, this.slider, this.title, this.note] =
      [$('.picture'), $('input'), $('b'), $('figcaption span')];
    [this.pixels, this.overlay] = this.root.querySelectorAll('canvas');
    this.bar = $('.scale');
    if (kind === 'mip') this.slider.remove();
    this.slider.oninput = () => viewer.step(kind, Number(this.slider.value), 'to');
    this.title.textContent = modality && kind !== 'mip' ? `${this.plane.name} ${modality}` : this.plane.name;
    listen(this);
  }

  get shownModality() { return this.kind === 'mip' ? 'PET' : this.modality || this.viewer.look.modality; }

  get grid() { return this.kind === 'mip' ? this.viewer.petGrid : this.viewer.grid; }

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

  // Pixels per mm: the whole image at zoom 1, the same both ways.
  get scale() {
    const { grid, plane } = this;
    const side = (axis) => grid.size[axis] * grid.spacing[axis];
    const fit = Math.min(this.width / side(plane.right), this.height / side(plane.down));
    return fit * (this.kind === 'mip' ? 1 : this.viewer.view.zoom);
  }

  get centre() {
    const { grid, viewer } = this;
    if (this.kind !== 'mip' && viewer.view.zoom > 1) return viewer.view.centre;
    return [0, 1, 2].map((axis) => toMm(grid, axis, (grid.size[axis] - 1) / 2));
  }

  mmAt(x, y) {  // picture pixels to world mm on this plane
    const { plane, scale, centre } = this, mm = [...this.viewer.cross];
    mm[plane.right] = centre[plane.right] + (x - this.width / 2) / scale;
    mm[plane.down] = centre[plane.down] + ((y - this.height / 2) / scale) * (plane.up ? -1 : 1);
    return mm;
  }

  pxAt(mm) {
    const { plane, scale, centre } = this;
    return [
      this.width / 2 + (mm[plane.right] - centre[plane.right]) * scale,
      this.height / 2 + (mm[plane.down] - centre[plane.down]) * scale * (plane.up ? -1 : 1),
    ];
  }

  draw() {
    if (!this.width) return;
    const { plane, viewer, pixels: canvas } = this;
    const index = this.kind === 'mip' ? 0 : viewer.index(plane.across);
    const found = this.kind === 'mip' ? viewer.mip && { pet: viewer.mip.suv } : viewer.stored(this.kind, index);
    this.caption(index);
    const { scale, centre, shownModality: modality } = this;
    const job = JSON.stringify([index, modality, viewer.look, canvas.width, canvas.height, scale, centre]);
    if (found && job !== this.done) {  // without the plane the last picture stays until it is here
      const ratio = canvas.width / this.width, up = plane.up ? -1 : 1;
      const along = (n, axis, size, sign) => Float64Array.from({ length: n }, (_, p) =>
        centre[axis] + (((p + 0.5) / ratio - size / 2) / scale) * sign);
      const right = along(canvas.width, plane.right, this.width, 1);
      const down = along(canvas.height, plane.down, this.height, up);
      const on = (grid) => ({ across: taps(grid, plane.right, right), down: taps(grid, plane.down, down) });
      const look = { ...viewer.look, modality };
      const frame = on(this.grid), petTaps = on(viewer.petGrid);
      const ct = look.modality === 'PET' ? null
        : levels(found.ct, frame.across, frame.down, look.window, AIR_HU);
      const pet = look.modality === 'CT' ? null
        : levels(found.pet, petTaps.across, petTaps.down, [0, look.suvMax / viewer.suvStep], 0);
      paint(canvas, frame, ct, pet, look);
      Object.assign(this, { shown: index, done: job });
    }
    this.drawOver();
  }

  caption(index) {
    const { viewer, plane } = this, { look } = viewer, modality = this.shownModality;
    if (this.kind !== 'mip') {
      const grid = viewer.grid, mm = toMm(grid, plane.across, index);
      this.note.textContent = `${'xyz'[plane.across]} ${mm.toFixed(1)} mm`;
      this.slider.max = grid.size[plane.across] - 1;
      this.slider.value = index;
      const where = `${this.title.textContent} slice ${index + 1} of ${grid.size[plane.across]}`;
      this.slider.setAttribute('aria-label', where);
      this.picture.setAttribute('aria-label', `${where}. Arrow keys step through slices.`);
    } else {
      this.note.textContent = 'frontal';
      this.picture.setAttribute('aria-label', 'PET maximum intensity projection. Click to go there.');
    }
    const [low, high] = modality === 'CT' ? look.window : [0, look.suvMax];
    const unit = modality === 'CT' ? 'HU' : 'SUV';
    const [left, bar, right] = this.bar.children;
    left.textContent = `${low}`;
    right.textContent = `${high} ${unit}`;
    bar.style.background = `linear-gradient(to right, ${barColours(modality).join(',')})`;
  }

  drawOver() {
    const pen = this.overlay.getContext('2d'), ratio = this.overlay.width / this.width;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    if (this.kind !== 'mip' && this.shown !== undefined) {
      for (const region of [...this.viewer.regions].reverse()) this.outline(pen, region);
    }
    this.cross(pen);
    drawTool(this, pen);
    this.letters(pen);
    this.ruler(pen);
  }

  cross(pen) {  // lines with a gap, so that the voxel itself stays visible
    const [x, y] = this.pxAt(this.viewer.cross), gap = 9;
    this.picture.dataset.cross = JSON.stringify([x / this.width, y / this.height]);
    pen.strokeStyle = CROSS;
    pen.globalAlpha = 0.75;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const [x0, y0, x1, y1] of [[0, y, x - gap, y], [x + gap, y, this.width, y],
      [x, 0, x, y - gap], [x, y + gap, x, this.height]]) {
      pen.moveTo(x0, y0);
      pen.lineTo(x1, y1);
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  outline(pen, region) {  // the edges between voxels inside and outside, on the slice shown
    const { plane, viewer } = this, { right, down, across } = plane, grid = viewer.grid;
    const low = [region.start[2], region.start[1], region.start[0]];
    const size = [region.shape[2], region.shape[1], region.shape[0]];
    const at = [0, 0, 0];
    at[across] = this.shown;
    if (at[across] < low[across] || at[across] >= low[across] + size[across]) return;
    const px = (r, d) => {
      const mm = [0, 0, 0];
      mm[right] = toMm(grid, right, r - 0.5);
      mm[down] = toMm(grid, down, d - 0.5);
      return this.pxAt(mm);
    };
    const inside = (r, d) => { at[right] = r; at[down] = d; return insideRegion(region, at); };
    pen.beginPath();
    for (let d = low[down]; d <= low[down] + size[down]; d++) {
      for (let r = low[right]; r <= low[right] + size[right]; r++) {
        const here = inside(r, d);
        if (here !== inside(r - 1, d)) { pen.moveTo(...px(r, d)); pen.lineTo(...px(r, d + 1)); }
        if (here !== inside(r, d - 1)) { pen.moveTo(...px(r, d)); pen.lineTo(...px(r + 1, d)); }
      }
    }
    pen.lineCap = 'square';
    pen.lineWidth = 3.5;
    pen.strokeStyle = 'rgba(0, 0, 0, 0.55)';
    pen.stroke();
    pen.lineWidth = 1.75;
    pen.strokeStyle = region.colour;
    pen.stroke();
  }

  letters(pen) {
    const { width, height } = this, [left, right, top, bottom] = this.plane.letters;
    pen.font = '600 15px sans-serif';
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    for (const [letter, x, y] of [[left, 12, height / 2], [right, width - 12, height / 2],
      [top, width / 2, 12], [bottom, width / 2, height - 12]]) halo(pen, letter, x, y);
  }

  ruler(pen) {
    const mm = RULERS_MM.filter((r) => r * this.scale <= this.width / 3).pop();
    if (!mm) return;
    const x = 10, y = this.height - 12, length = mm * this.scale;
    for (const [colour, width] of [['#000', 4], ['#fff', 1.75]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      for (const [x0, y0, x1, y1] of [[x, y, x + length, y], [x, y - 4, x, y + 4],
        [x + length, y - 4, x + length, y + 4]]) { pen.moveTo(x0, y0); pen.lineTo(x1, y1); }
      pen.stroke();
    }
    pen.font = '12px sans-serif';
    pen.textAlign = 'left';
    halo(pen, `${mm} mm`, x + 2, y - 12);
  }
}

function halo(pen, text, x, y) {
  pen.lineWidth = 3;
  pen.strokeStyle = 'rgba(0, 0, 0, 0.85)';
  pen.strokeText(text, x, y);
  pen.fillStyle = '#fff';
  pen.fillText(text, x, y);
}
