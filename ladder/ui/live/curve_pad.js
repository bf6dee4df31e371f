// What a person draws a curve on, by mouse or finger, or point by point with the arrow keys.

export const POINTS = 13; // of a drawn curve; a hand-in takes 20 (teaching/handin.py)
const PAGE = 5; // arrow keys that a page key is worth
const ASIDE = { ArrowLeft: -1, ArrowRight: 1 };

/** A curve of which nothing is drawn: null for each of its points. */
export function empty() {
  return Array(POINTS).fill(null);
}

/** The values after a stroke from one place to another, each [share of the width, value]: the points that it passes take
 * its values. */
export function stroke(values, [x0, y0], [x1, y1]) {
  const last = values.length - 1;
  const [low, high] = [Math.min(x0, x1) * last, Math.max(x0, x1) * last];
  return values.map((value, k) => (k < low || k > high || x0 === x1 ? value : y0 + ((k / last - x0) / (x1 - x0)) * (y1 - y0)));
}

/** The values after a touch at a place [share of the width, value]: the nearest point takes its value. */
export function touch(values, [x, y]) {
  return values.with(Math.round(x * (values.length - 1)), y);
}

/** The whole curve: a point that is not drawn has the value of the nearest one that is; null where none is. */
export function whole(values) {
  const drawn = [...values.keys()].filter((k) => values[k] !== null);
  if (!drawn.length) return null;
  return values.map((_, k) => values[drawn.reduce((best, one) => (Math.abs(one - k) < Math.abs(best - k) ? one : best))]);
}

export class CurvePad {
  // `values`: the curve's values, null where nothing is drawn. A subclass has take(values), after a change; valueOf(share)
  // and shareOf(value), between values and shares of the pad's height, where shareOf(undefined) is where a point stands of
  // which nothing is drawn; and dragged(from, to), the values after a move of the pointer. steps: of the height, of which
  // an arrow key moves a point by one.
  constructor(values, steps) {
    this.values = values;
    this.steps = steps;
    this.ways = { ArrowUp: 1, ArrowDown: -1, PageUp: PAGE, PageDown: -PAGE, Home: -steps, End: steps };
    this.last = null;
  }

  hear(pad, points) {
    // Draws on the element `pad`, to which it adds `points`, an element for each value.
    Object.assign(this, { pad, points });
    pad.append(...points);
    pad.addEventListener("pointerdown", (event) => this.begin(event));
    pad.addEventListener("pointermove", (event) => this.drag(event));
    pad.addEventListener("pointerup", (event) => this.end(event));
    pad.addEventListener("pointercancel", () => (this.last = null));
    for (const [k, point] of points.entries()) {
      point.style.left = `${(100 * k) / (points.length - 1)}%`;
      point.addEventListener("keydown", (event) => this.press(event, k));
      point.addEventListener("focus", () => {
        for (const one of points) one.tabIndex = one === point ? 0 : -1; // one stop for the keyboard
      });
    }
  }

  press(event, k) {
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in this.ways || event.key in ASIDE)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key in ASIDE) this.points[k + ASIDE[event.key]]?.focus({ preventScroll: true });
    else this.take(this.values.with(k, this.valueOf(this.shareOf(whole(this.values)?.[k]) + this.ways[event.key] / this.steps)));
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.pad.setPointerCapture(event.pointerId);
    this.last = this.at(event);
    this.take(touch(this.values, this.last));
  }

  drag(event) {
    if (!this.last) return;
    const next = this.at(event);
    this.take(this.dragged(this.last, next));
    this.last = next;
  }

  dragged(from, to) {
    return stroke(this.values, from, to);
  }

  end() {
    this.last = null;
  }

  at({ clientX, clientY }) {
    // The pointer's place: [share of the width, value].
    const { left, top, width, height } = this.pad.getBoundingClientRect();
    return [Math.min(1, Math.max(0, (clientX - left) / width)), this.valueOf(1 - (clientY - top) / height)];
  }
}
