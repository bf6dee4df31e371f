// A pad on which a person draws an image of the dataset's size with mouse or finger.

const RADIUS = 0.075; // of the pad's side: how far a stroke reaches
const SOFT = 0.6; // of the radius: where its edge begins to fade

export class Pad {
  // canvas: the element on which a person draws. shape: [rows, columns] of the image. drawn(): called when a stroke has
  // changed `pixels`, the image row by row, from 0 (paper) to 1 (ink).
  constructor(canvas, [rows, columns], drawn) {
    Object.assign(this, { canvas, rows, columns, drawn, pixels: new Float32Array(rows * columns), last: null });
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => (this.last = null));
  }

  begin(event) {
    if (!this.active || event.button) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.at(event);
    this.stroke(this.last, this.last);
  }

  move(event) {
    if (!this.last) return;
    const next = this.at(event);
    this.stroke(this.last, next);
    this.last = next;
  }

  at(event) {
    // The pointer's place in pixels of the image.
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * this.columns, ((event.clientY - top) / height) * this.rows];
  }

  stroke(from, to) {
    addStroke(this.pixels, this.rows, this.columns, from, to);
    this.drawn();
  }

  clear() {
    this.pixels.fill(0);
    this.drawn();
  }
}

/** Adds ink along the line between two places [x, y], in pixels, to an image of rows x columns. */
export function addStroke(pixels, rows, columns, [x0, y0], [x1, y1]) {
  const reach = Math.max(0.6, RADIUS * Math.max(rows, columns));
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy || 1;
  for (let i = 0; i < pixels.length; i++) {
    const [x, y] = [(i % columns) + 0.5, Math.floor(i / columns) + 0.5];
    const t = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length));
    const far = Math.hypot(x - x0 - t * dx, y - y0 - t * dy) / reach;
    const ink = Math.min(1, Math.max(0, (1.5 - far) / (1.5 - SOFT)));
    pixels[i] = Math.max(pixels[i], ink);
  }
}
