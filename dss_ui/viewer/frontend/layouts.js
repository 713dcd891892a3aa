// @ts-check
// Which pictures stand beside each other.

/**
 * @import { Kind } from './geometry.js'
 * @import { Modality } from './paint.js'
 */

/** @type {Modality[]} */
export const MODALITIES = ['CT', 'PET', 'Fusion'];

export const FIRST_LAYOUT = 'Multiplanar';

/** @type {Record<string, Kind[]>} */
export const LAYOUTS = {
  [FIRST_LAYOUT]: ['axial', 'coronal', 'sagittal', 'mip'],
  'CT · PET · Fusion': ['axial', 'axial', 'axial'],
};
