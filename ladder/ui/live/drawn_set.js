// The samples that a person has drawn and given a class. This browser keeps them, a set for each kind of images, so that
// every page and tab has them. The server sees them when a person keeps, hands over or tests with them (data/drawn.py).

import { textOf } from "./pixels.js";

export const MOST = 200; // samples of a set
const PREFIX = "ladder.drawn ";

/** The sets that this browser keeps, as the server takes them: {shape, names, samples}. */
export function keptSets() {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX))
    .toSorted()
    .map((key) => ({ ...kindOf(key), samples: keptAt(key) }))
    .filter(({ samples }) => samples.length);
}

/** Which samples of a set are for "test" or "training": their places in it, by class. */
export function placesOf(samples, part) {
  return [...samples.keys()].filter((i) => samples[i].part === part).toSorted((a, b) => samples[a].class - samples[b].class || a - b);
}

function kindOf(key) {
  const [shape, names] = JSON.parse(key.slice(PREFIX.length));
  return { shape, names };
}

function keptAt(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    return Array.isArray(found) ? found : [];
  } catch {
    return []; // another program's, or cut short
  }
}

export class DrawnSet {
  // kind: {shape, names}, the [rows, columns] of the images and the names of the classes. changed(): called when a sample
  // comes or goes, in another tab too. `samples`: {pixels, class, part}, in the order in which they were added.
  constructor({ shape, names }, changed) {
    Object.assign(this, { shape, names, changed, key: PREFIX + JSON.stringify([shape, names]) });
    this.samples = keptAt(this.key);
    this.heard = ({ key }) => {
      if (key !== this.key) return;
      this.samples = keptAt(this.key);
      this.changed();
    };
    window.addEventListener("storage", this.heard);
  }

  add(pixels, k, part) {
    // Adds an image, pixels from 0 to 1, of class k. Returns whether there was room.
    if (this.samples.length >= MOST) return false;
    this.put([...this.samples, { pixels: textOf(pixels), class: k, part }]);
    return true;
  }

  remove(i) {
    this.put(this.samples.toSpliced(i, 1));
  }

  clear() {
    this.put([]);
  }

  put(samples) {
    this.samples = samples;
    try {
      if (samples.length) localStorage.setItem(this.key, JSON.stringify(samples));
      else localStorage.removeItem(this.key);
    } catch {
      // A browser that keeps nothing has them until the page is left.
    }
    this.changed();
  }

  get words() {
    const { shape, names, samples } = this;
    return { shape, names, samples };
  }

  close() {
    window.removeEventListener("storage", this.heard);
  }
}
