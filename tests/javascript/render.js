// @ts-check
// Paints the fusion of a message's only plane as the viewer does:
//   node render.js MESSAGE JOB OUT, with a job { window, share, right, down }; out come RGBA bytes.

import { readFileSync, writeFileSync } from 'node:fs';
import { unpack } from '../../dss_ui/viewer/frontend/data.js';
import { PLANES, worldGrid } from '../../dss_ui/viewer/frontend/geometry.js';
import { fused, levels, taps } from '../../dss_ui/viewer/frontend/paint.js';
import { windowNamed } from '../../dss_ui/viewer/frontend/windows.js';

const [from, job, to] = process.argv.slice(2);
const { window, share, right, down } = JSON.parse(readFileSync(job, 'utf8'));
const { ct, pet, planes: [plane], rendering } = await unpack(new Uint8Array(readFileSync(from)));
if (!pet || !plane.pet) throw new Error('expected a message with a PET');
const { right: across, down: along } = PLANES[plane.axis];
const on = (/** @type {import('../../dss_ui/viewer/frontend/geometry.js').PlacedGrid} */ placed) => {
  const grid = worldGrid(placed);
  return { across: taps(grid, across, right), down: taps(grid, along, down) };
};
const { low, high } = windowNamed(rendering, window);
const out = fused(rendering, levels(plane.ct, on(ct), low, high),
  levels(plane.pet, on(pet), 0, rendering.first.suvTop, pet.step), share);
writeFileSync(to, new Uint8Array(out.buffer));
