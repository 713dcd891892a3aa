// @ts-check
// What lies over a picture: outlines, crosshair, shapes being drawn, letters, ruler.

import { toMm } from './geometry.js';
import { cutRadius, outlineEdges, shapePoints } from './shapes.js';

/**
 * @import { Panel } from './panel.js'
 * @import { Region } from './shapes.js'
 */

/** @typedef {CanvasRenderingContext2D} Pen */

const RULERS_MM = [5, 10, 20, 50, 100, 200], LIVER_RADIUS_MM = 15, CROSS = '#ffd54a';

/** @type {(panel: Panel, pen: Pen) => void} */
export function drawOverlay(panel, pen) {
  const { viewer, shown } = panel;
  if (panel.kind !== 'mip' && shown !== undefined) {
    for (const region of [...viewer.regions].reverse()) outline(panel, pen, region, shown);
  }
  cross(panel, pen);
  shapes(panel, pen);
  liver(panel, pen);
  boundingBox(panel, pen);
  letters(panel, pen);
  ruler(panel, pen);
}

/** @type {(pen: Pen, strokes: [string, number][]) => void} */
function strokeEach(pen, strokes) {
  for (const [colour, width] of strokes) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
  }
}

/** Lines with a gap, so that the voxel itself stays visible. @type {(panel: Panel, pen: Pen) => void} */
function cross(panel, pen) {
  const [x, y] = panel.pxAt(panel.viewer.cross), gap = 9, { width, height } = panel;
  panel.picture.dataset.cross = JSON.stringify([x / width, y / height]);
  pen.globalAlpha = 0.75;
  pen.beginPath();
  for (const [x0, y0, x1, y1] of [[0, y, x - gap, y], [x + gap, y, width, y],
    [x, 0, x, y - gap], [x, y + gap, x, height]]) {
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
  }
  strokeEach(pen, [[CROSS, 1]]);
  pen.globalAlpha = 1;
}

/** @type {(panel: Panel, pen: Pen, region: Region, slice: number) => void} */
function outline(panel, pen, region, slice) {
  const { plane, viewer: { grid } } = panel;
  const px = (/** @type {number} */ r, /** @type {number} */ d) => {
    const mm = [0, 0, 0];
    mm[plane.right] = toMm(grid, plane.right, r);
    mm[plane.down] = toMm(grid, plane.down, d);
    return panel.pxAt(mm);
  };
  pen.beginPath();
  for (const [r0, d0, r1, d1] of outlineEdges(region, plane, slice)) {
    pen.moveTo(...px(r0, d0));
    pen.lineTo(...px(r1, d1));
  }
  pen.lineCap = 'square';
  strokeEach(pen, [['rgba(0, 0, 0, 0.55)', 3.5], [region.colour, 1.75]]);
}

/** Shapes under the pointer or on their way to the server. @type {(panel: Panel, pen: Pen) => void} */
function shapes(panel, pen) {
  const { draft, waiting } = panel.viewer.tool;
  const path = (/** @type {number[][]} */ points) => {
    pen.beginPath();
    points.forEach((mm, n) => (n ? pen.lineTo(...panel.pxAt(mm)) : pen.moveTo(...panel.pxAt(mm))));
    pen.closePath();
    strokeEach(pen, [['rgba(0, 0, 0, 0.6)', 3.5], ['#fff', 1.5]]);
  };
  if (panel.kind === 'axial') {
    for (const { slice, points } of waiting) if (slice === panel.shown) path(points);
  }
  if (draft && draft.kind === panel.kind) path(shapePoints(draft));
}

/** The sphere of the PERCIST reference, where the plane cuts it. @type {(panel: Panel, pen: Pen) => void} */
function liver(panel, pen) {
  const { viewer, plane, kind } = panel, centre = viewer.state && viewer.state.liver;
  if (!centre || kind === 'mip') return;
  const radius = cutRadius(LIVER_RADIUS_MM, viewer.cross[plane.across] - centre[plane.across]);
  if (!radius) return;
  pen.setLineDash([3, 3]);
  pen.beginPath();
  pen.arc(...panel.pxAt(centre), radius * panel.scale, 0, 2 * Math.PI);
  strokeEach(pen, [['#fff', 1.5]]);
  pen.setLineDash([]);
}

/** @type {(panel: Panel, pen: Pen) => void} */
function boundingBox(panel, pen) {
  const { viewer, plane, kind } = panel, { box } = viewer.view;
  if (!box || kind === 'mip') return;
  const at = viewer.cross[plane.across], limit = box[plane.across];
  if (limit && (at < limit[0] || at > limit[1])) return;
  const far = (panel.width + panel.height) / panel.scale;
  const side = (/** @type {number} */ axis) => box[axis] || [panel.centre[axis] - far, panel.centre[axis] + far];
  const corner = (/** @type {0 | 1} */ end) => {
    const mm = [...viewer.cross];
    for (const axis of [plane.right, plane.down]) mm[axis] = side(axis)[end];
    return panel.pxAt(mm);
  };
  const [x0, y0] = corner(0), [x1, y1] = corner(1);
  pen.setLineDash([6, 4]);
  pen.strokeStyle = CROSS;
  pen.lineWidth = 1.5;
  pen.strokeRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  pen.setLineDash([]);
}

/** @type {(panel: Panel, pen: Pen) => void} */
function letters({ width, height, plane }, pen) {
  const [left, right, top, bottom] = plane.letters;
  pen.font = '600 15px sans-serif';
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  halo(pen, left, 12, height / 2);
  halo(pen, right, width - 12, height / 2);
  halo(pen, top, width / 2, 12);
  halo(pen, bottom, width / 2, height - 12);
}

/** @type {(panel: Panel, pen: Pen) => void} */
function ruler({ width, height, scale }, pen) {
  const mm = RULERS_MM.filter((r) => r * scale <= width / 3).pop();
  if (!mm) return;
  const x = 10, y = height - 12, end = x + mm * scale;
  pen.beginPath();
  for (const [x0, y0, x1, y1] of [[x, y, end, y], [x, y - 4, x, y + 4], [end, y - 4, end, y + 4]]) {
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
  }
  strokeEach(pen, [['#000', 4], ['#fff', 1.75]]);
  pen.font = '12px sans-serif';
  pen.textAlign = 'left';
  halo(pen, `${mm} mm`, x + 2, y - 12);
}

/** @type {(pen: Pen, text: string, x: number, y: number) => void} */
function halo(pen, text, x, y) {
  pen.lineWidth = 3;
  pen.strokeStyle = 'rgba(0, 0, 0, 0.85)';
  pen.strokeText(text, x, y);
  pen.fillStyle = '#fff';
  pen.fillText(text, x, y);
}
