// @ts-check
// Edits on their way to the server: kept and sent again until it says that it took them.

/** @import { Kind } from './geometry.js' */

/**
 * @typedef {{ do: 'undo' | 'redo' }
 *   | { do: 'draw', kind: string, slice: number, points: number[][] }
 *   | { do: 'grow' | 'liver', seed: number[], tool: string, box: (([number, number] | null)[]) | null }} Change
 * @typedef {Change & { id: number, erase: boolean }} Edit
 * @typedef {[Kind, number]} Wish  a plane, by kind and index
 * @typedef {{ n: [number, number], at: number[], want: Wish[], edits: Edit[], held: string | null }} Word
 */

export class EditQueue {
  /** @param {number} taken number of the last edit that the server has taken before */
  constructor(taken) {
    this.last = taken;
    /** @type {Edit[]} */
    this.open = [];
    this.sentTo = taken;
  }

  /** @param {Change} change @param {boolean} erase @returns {number} its number, counted upwards */
  add(change, erase) {
    this.last += 1;
    this.open.push({ ...change, id: this.last, erase });
    return this.last;
  }

  /** Is there an edit that was never sent? */
  get unsent() { return this.open.some((edit) => edit.id > this.sentTo); }

  /** All that the server has not confirmed, in order. */
  sent() {
    this.sentTo = this.last;
    return [...this.open];
  }

  /** @param {number} taken number of the last edit that the server took @returns {boolean} was one waiting for it? */
  confirm(taken) {
    const before = this.open.length;
    this.open = this.open.filter((edit) => edit.id > taken);
    return this.open.length < before;
  }
}
