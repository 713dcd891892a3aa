// @ts-check
// Marking: what a drag or a click on a picture becomes. Shapes are drawn on axial pictures, in mm.

import { PLANES } from './geometry.js';
import { extentMm, shapePoints } from './shapes.js';

/**
 * @import { Draft } from './shapes.js'
 * @import { Kind, Plane } from './geometry.js'
 * @import { Change } from './edits.js'
 */

/** @typedef {'move' | 'rectangle' | 'circle' | 'outline' | 'grow' | 'box' | 'liver'} ToolName */

/**
 * What a tool needs of the picture and of the viewer.
 * @typedef {{ kind: Kind, plane: Plane }} Place
 * @typedef {{ cross: number[], view: { box: (([number, number] | null)[]) | null },
 *   goTo: (mm: number[], across?: number | null) => void, index: (axis: number) => number,
 *   petTool: () => string, tell: (text: string, refused?: boolean) => void,
 *   edit: (change: Change) => number, setBox: (plane: Plane, from: number[], to: number[]) => void,
 *   drawOver: () => void }} Host
 */

/** @type {Record<ToolName, string>} */
export const TOOLS = {
  move: 'Crosshair', rectangle: 'Rectangle', circle: 'Circle', outline: 'Freehand',
  grow: 'PET threshold', box: 'Bounding box', liver: 'Liver reference',
};
/** @type {Record<string, string>} */
export const PET_TOOLS = { '41%': '41% of max', '50%': '50% of max', '2.5': 'SUV 2.5', '3.0': 'SUV 3.0',
  '4.0': 'SUV 4.0', percist: 'PERCIST' };
const MIN_DRAG_MM = 1;

export class Tool {
  /** @param {Host} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {ToolName} */
    this.name = 'move';
    /** The shape under the pointer. @type {Draft | null} */
    this.draft = null;
    /** Shapes sent, shown until the region that holds them is here.
     * @type {{ id: number, slice: number, points: number[][] }[]} */
    this.waiting = [];
  }

  /** @type {(panel: Place, mm: number[]) => void} */
  down(panel, mm) {
    const { viewer } = this;
    if (this.name === 'move') { viewer.goTo(mm, panel.plane.across); return; }
    if (this.name === 'grow' || this.name === 'liver') {
      viewer.goTo(mm, panel.plane.across);
      viewer.tell('Segmenting …');
      viewer.edit({ do: this.name, seed: [...viewer.cross], tool: viewer.petTool(), box: viewer.view.box });
      return;
    }
    if (this.name !== 'box' && panel.kind !== 'axial') {
      viewer.tell('Draw on axial images. In this view a click moves the crosshair.');
      viewer.goTo(mm, panel.plane.across);
      return;
    }
    this.draft = { name: this.name, kind: panel.kind, from: mm, to: mm, path: [mm],
      slice: viewer.index(panel.plane.across) };
    viewer.drawOver();
  }

  /** @type {(panel: Place, mm: number[]) => void} */
  move(panel, mm) {
    if (!this.draft) {
      if (this.name === 'move') this.viewer.goTo(mm, panel.plane.across);
      return;
    }
    if (panel.kind !== this.draft.kind) return;
    this.draft.to = [...mm];
    if (this.draft.name === 'outline') this.draft.path.push(this.draft.to);
    this.viewer.drawOver();
  }

  up() {
    const { draft, viewer } = this;
    if (!draft) return;
    this.draft = null;
    const plane = PLANES[draft.kind], points = shapePoints(draft);
    if (extentMm(points, plane) < MIN_DRAG_MM) viewer.tell('Click and drag to draw.');
    else if (draft.name === 'box') viewer.setBox(plane, draft.from, draft.to);
    else {
      const id = viewer.edit({
        do: 'draw', kind: draft.name, slice: draft.slice, points: points.map((p) => [p[0], p[1]]) });
      this.waiting.push({ id, slice: draft.slice, points });
    }
    viewer.drawOver();
  }

  /** Enter is the pointer at the crosshair: once to start a shape, once to end it. @param {Place} panel */
  key(panel) {
    if (this.draft) this.up();
    else this.down(panel, [...this.viewer.cross]);
  }

  /** Forget the shapes that the server has taken. @param {number} taken */
  confirm(taken) { this.waiting = this.waiting.filter((shape) => shape.id > taken); }

  cancel() {
    this.draft = null;
    this.viewer.drawOver();
  }
}
