// Values to colours: windows, inverse grey, hot, fusion. Pictures keep these in dark mode too.

const FRAME = '#0c0f12', INK = '#e2e8ec', CROSS = '#ffd54a', BOX = '#ffd54a';
const WINDOWS = { Lung: [1500, -600], Mediastinum: [400, 40] };  // width, level in HU
// Below this level of 255 the PET fades out of the fusion, so that air does not darken the CT.
const FADE = 38;
const AIR_HU = -1024, OUTSIDE = 0xff120f0c;

// Black, red, yellow, white for levels 0 to 255, as on the other pages.
const HOT = Array.from({ length: 256 }, (_, level) =>
  [0, 1, 2].map((c) => clamp((level / 255) * 3 - c, 0, 1) * 255));

// Where each pixel along one side of a picture falls on a grid axis: neighbours and weight.
function taps(grid, axis, mm) {
  const n = mm.length, low = new Int32Array(n), high = new Int32Array(n), share = new Float32Array(n);
  const last = grid.size[axis] - 1;
  for (let p = 0; p < n; p++) {
    const at = toIndex(grid, axis, mm[p]);
    if (at < -0.5 || at > last + 0.5) { low[p] = -1; continue; }
    const inside = clamp(at, 0, last);
    low[p] = Math.floor(inside);
    high[p] = Math.min(low[p] + 1, last);
    share[p] = inside - low[p];
  }
  return { low, high, share };
}

// Bilinear values of a plane at picture pixels, as levels 0 to 255 of a window.
function levels(plane, across, down, [lowest, highest], outside) {
  const { values, columns } = plane, width = across.low.length, height = down.low.length;
  const out = new Uint8ClampedArray(width * height), scale = 255 / (highest - lowest);
  const missing = clamp((outside - lowest) * scale, 0, 255);
  for (let y = 0, at = 0; y < height; y++) {
    const top = down.low[y] * columns, bottom = down.high[y] * columns, fy = down.share[y];
    for (let x = 0; x < width; x++, at++) {
      const c0 = across.low[x];
      if (top < 0 || c0 < 0) { out[at] = missing; continue; }
      const c1 = across.high[x], fx = across.share[x];
      const a = values[top + c0] * (1 - fx) + values[top + c1] * fx;
      const b = values[bottom + c0] * (1 - fx) + values[bottom + c1] * fx;
      out[at] = (a * (1 - fy) + b * fy - lowest) * scale;
    }
  }
  return out;
}

// One picture. `look` has modality, window [low, high] HU, suvMax and share of the PET in fusion.
function paint(canvas, pixels, ct, pet, look) {
  const image = new ImageData(canvas.width, canvas.height);
  const out = new Uint32Array(image.data.buffer), { share } = look;
  if (look.modality === 'CT') {
    for (let at = 0; at < out.length; at++) out[at] = 0xff000000 | (ct[at] * 0x010101);
  } else if (look.modality === 'PET') {
    for (let at = 0; at < out.length; at++) out[at] = 0xff000000 | ((255 - pet[at]) * 0x010101);
  } else {
    const shares = HOT.map((_, level) => share * Math.min(1, level / FADE));
    const hot = HOT.map((c, level) => c.map((v) => v * shares[level]));
    for (let at = 0; at < out.length; at++) {
      const level = pet[at], grey = ct[at] * (1 - shares[level]), c = hot[level];
      out[at] = 0xff000000 | ((grey + c[2]) << 16) | ((grey + c[1]) << 8) | (grey + c[0]);
    }
  }
  blankOutside(out, pixels);
  canvas.getContext('2d').putImageData(image, 0, 0);
}

function blankOutside(out, { across, down }) {
  const width = across.low.length;
  for (let y = 0; y < down.low.length; y++) {
    if (down.low[y] < 0) { out.fill(OUTSIDE, y * width, (y + 1) * width); continue; }
    for (let x = 0; x < width; x++) if (across.low[x] < 0) out[y * width + x] = OUTSIDE;
  }
}

// Colours of the bar under a picture, first to last.
function barColours(modality) {
  if (modality === 'CT') return ['#000', '#fff'];
  if (modality === 'PET') return ['#fff', '#000'];
  return ['#000', '#f00', '#ff0', '#fff'];
}
