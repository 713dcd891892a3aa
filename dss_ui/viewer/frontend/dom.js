// @ts-check
// Parts of the page that must be there.

/**
 * The first element below `root` that matches.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} query
 * @param {new () => T} type
 * @returns {T}
 */
export function part(root, query, type) {
  const found = root.querySelector(query);
  if (!(found instanceof type)) throw new Error(`expected a ${type.name} at ${query}`);
  return found;
}

/** @type {(canvas: HTMLCanvasElement) => CanvasRenderingContext2D} */
export function penOf(canvas) {
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('expected a browser that draws on a canvas');
  return pen;
}
