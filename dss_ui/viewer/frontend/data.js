// The server's binary message, unpacked: planes of HU and SUV, MIP, region masks.

async function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const blob = (part) => inflate(bytes.subarray(4 + size + part.from, 4 + size + part.to));
  const array = async (part) => {
    const [rows, columns] = part.shape;
    return { rows, columns, values: unfold(await blob(part), rows, columns) };
  };
  await Promise.all([
    ...header.planes.map(async (plane) => {
      [plane.ct, plane.pet] = await Promise.all([array(plane.ct), array(plane.pet)]);
      plane.ct.values = new Int16Array(plane.ct.values.buffer);
    }),
    ...(header.regions || []).map(async (region) => { region.bits = await blob(region); }),
  ]);
  if (header.mip) {
    header.mip.suv = await array(header.mip.suv);
    header.mip.row = await array(header.mip.row);
  }
  return header;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Undoes the server's `squeezed`: low bytes, then high bytes, of folded differences along rows.
function unfold(bytes, rows, columns) {
  const n = rows * columns, values = new Uint16Array(n);
  for (let start = 0; start < n; start += columns) {
    let value = 0;
    for (let at = start; at < start + columns; at++) {
      const folded = bytes[at] | (bytes[n + at] << 8);
      value = (value + ((folded >>> 1) ^ -(folded & 1))) & 0xffff;
      values[at] = value;
    }
  }
  return values;
}

// World axes x, y, z are 0, 1, 2. `across` is the one a plane is perpendicular to; `right` and
// `down` are those of the picture, `up` says that the second one runs upwards (superior on top).
const PLANES = {
  axial: { across: 2, right: 0, down: 1, up: false, letters: ['R', 'L', 'A', 'P'], name: 'Axial' },
  coronal: { across: 1, right: 0, down: 2, up: true, letters: ['R', 'L', 'S', 'I'], name: 'Coronal' },
  sagittal: { across: 0, right: 1, down: 2, up: true, letters: ['A', 'P', 'S', 'I'], name: 'Sagittal' },
  mip: { across: 1, right: 0, down: 2, up: true, letters: ['R', 'L', 'S', 'I'], name: 'PET MIP' },
};

// A grid as the pages' world axes count: shape comes as slices, rows, columns.
function worldGrid(placed) {
  return { size: [...placed.shape].reverse(), spacing: placed.spacing, origin: placed.origin };
}

const toMm = (grid, axis, index) => grid.origin[axis] + index * grid.spacing[axis];
const toIndex = (grid, axis, mm) => (mm - grid.origin[axis]) / grid.spacing[axis];
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function nearestIndex(grid, axis, mm) {
  return clamp(Math.round(toIndex(grid, axis, mm)), 0, grid.size[axis] - 1);
}

// Is the voxel (world-axis order) in a region that came as the bits of its box?
function insideRegion(region, at) {
  const [dz, dy, dx] = region.shape;
  const z = at[2] - region.start[0], y = at[1] - region.start[1], x = at[0] - region.start[2];
  if (z < 0 || y < 0 || x < 0 || z >= dz || y >= dy || x >= dx) return false;
  const bit = (z * dy + y) * dx + x;
  return ((region.bits[bit >> 3] >> (bit & 7)) & 1) === 1;
}
