// Marking: what a drag or a click on a picture becomes. Shapes are drawn on axial pictures, in mm.

const TOOLS = {
  move: 'Crosshair', rectangle: 'Rectangle', circle: 'Circle', outline: 'Outline',
  grow: 'Grow in PET', box: 'Limit box', liver: 'Liver reference',
};
const PET_TOOLS = { '41%': '41 % of max', '50%': '50 % of max', '2.5': 'SUV 2.5', '3.0': 'SUV 3.0',
  '4.0': 'SUV 4.0', percist: 'PERCIST' };
const LIVER_RADIUS_MM = 15;
const CIRCLE_POINTS = 72, MIN_DRAG_MM = 1;

class Tool {
  constructor(viewer) {
    this.viewer = viewer;
    this.name = 'move';
    this.draft = null;  // the shape under the pointer: { name, kind, from, to, path, slice }
    this.waiting = [];  // shapes sent, shown until the region that holds them is here
  }

  down(panel, mm) {
    const { viewer } = this;
    if (this.name === 'move') { viewer.goTo(mm, panel.plane.across); return; }
    if (this.name === 'grow' || this.name === 'liver') {
      viewer.goTo(mm, panel.plane.across);
      const { box } = viewer.view, tool = viewer.petTool();
      viewer.tell('Looking at the PET ...');
      viewer.edit({ do: this.name, seed: [...viewer.cross], tool, box });
      return;
    }
    if (this.name !== 'box' && panel.kind !== 'axial') {
      viewer.tell('Shapes are drawn on axial images; here the crosshair moves.');
      viewer.goTo(mm, panel.plane.across);
      return;
    }
    const { across } = panel.plane;
    this.draft = { name: this.name, kind: panel.kind, from: mm, to: mm, path: [mm],
      slice: viewer.index(across) };
    viewer.drawOver();
  }

  move(panel, mm) {
    if (!this.draft) {
      if (this.name === 'move') this.viewer.goTo(mm, panel.plane.across);
      return;
    }
    if (panel.kind !== this.draft.kind) return;
    this.draft.to = mm;
    if (this.draft.name === 'outline') this.draft.path.push(mm);
    this.viewer.drawOver();
  }

  up() {
    const { draft, viewer } = this;
    if (!draft) return;
    this.draft = null;
    const { right, down } = PLANES[draft.kind], points = shapePoints(draft);
    const size = (axis) => Math.max(...points.map((p) => p[axis])) - Math.min(...points.map((p) => p[axis]));
    if (Math.max(size(right), size(down)) >= MIN_DRAG_MM) {
      if (draft.name === 'box') viewer.setBox(right, down, draft);
      else {
        const id = viewer.edit({
          do: 'draw', kind: draft.name, slice: draft.slice, points: points.map((p) => [p[0], p[1]]) });
        this.waiting.push({ id, slice: draft.slice, points });
      }
    } else viewer.tell('Press and drag to draw.');
    viewer.drawOver();
  }

  key(panel) {  // Enter is the pointer at the crosshair: once to start a shape, once to end it
    const at = [...this.viewer.cross];
    if (this.draft) this.up();
    else this.down(panel, at);
  }

  cancel() {
    this.draft = null;
    this.viewer.drawOver();
  }
}

function shapePoints({ name, kind, from, to, path }) {
  const { right, down } = PLANES[kind];
  const point = (r, d) => { const mm = [...from]; mm[right] = r; mm[down] = d; return mm; };
  if (name === 'outline') return path;
  if (name === 'circle') {
    const radius = Math.hypot(to[right] - from[right], to[down] - from[down]);
    return Array.from({ length: CIRCLE_POINTS }, (_, n) => {
      const angle = (2 * Math.PI * n) / CIRCLE_POINTS;
      return point(from[right] + radius * Math.cos(angle), from[down] + radius * Math.sin(angle));
    });
  }
  return [point(from[right], from[down]), point(to[right], from[down]),
    point(to[right], to[down]), point(from[right], to[down])];
}

function drawTool(panel, pen) {
  const { viewer, kind, plane } = panel, { tool } = viewer;
  const path = (points) => {
    pen.beginPath();
    points.forEach((mm, n) => (n ? pen.lineTo(...panel.pxAt(mm)) : pen.moveTo(...panel.pxAt(mm))));
    pen.closePath();
    for (const [colour, width] of [['rgba(0, 0, 0, 0.6)', 3.5], ['#fff', 1.5]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
  };
  if (kind === 'axial') {
    for (const { slice, points } of tool.waiting) if (slice === panel.shown) path(points);
  }
  if (tool.draft && tool.draft.kind === kind) path(shapePoints(tool.draft));
  drawLiver(panel, pen);
  const { box } = viewer.view;
  if (!box || kind === 'mip') return;
  const at = viewer.cross[plane.across], limit = box[plane.across];
  if (limit && (at < limit[0] || at > limit[1])) return;
  const side = (axis, size) => box[axis] || [panel.centre[axis] - size, panel.centre[axis] + size];
  const far = (panel.width + panel.height) / panel.scale;
  const [r, d] = [side(plane.right, far), side(plane.down, far)];
  const corner = (a, b) => { const mm = [...viewer.cross]; mm[plane.right] = a; mm[plane.down] = b; return mm; };
  const [x0, y0] = panel.pxAt(corner(r[0], d[0])), [x1, y1] = panel.pxAt(corner(r[1], d[1]));
  pen.setLineDash([6, 4]);
  pen.strokeStyle = BOX;
  pen.lineWidth = 1.5;
  pen.strokeRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  pen.setLineDash([]);
}

function drawLiver(panel, pen) {  // the sphere of the PERCIST reference, where the plane cuts it
  const { viewer, plane, kind } = panel, centre = viewer.state.liver;
  if (!centre || kind === 'mip') return;
  const away = viewer.cross[plane.across] - centre[plane.across];
  if (Math.abs(away) >= LIVER_RADIUS_MM) return;
  const radius = Math.sqrt(LIVER_RADIUS_MM ** 2 - away ** 2) * panel.scale;
  pen.setLineDash([3, 3]);
  pen.strokeStyle = '#fff';
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(...panel.pxAt(centre), radius, 0, 2 * Math.PI);
  pen.stroke();
  pen.setLineDash([]);
}
