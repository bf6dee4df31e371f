// Drawn samples as small pictures, those for testing and those for training, each with a way to remove it.

import { placesOf } from "./drawn_set.js";
import { drawImages, still } from "./pictures.js";
import { pixelsOf } from "./pixels.js";
import { fill } from "./words.js";

const PARTS = ["test", "training"];
const SURE_MS = 4000; // in which a second press means yes

export class DrawnList {
  // board: a Board, with the texts below inside.drawn. labels: what the classes are called, by the names of the data.
  constructor(board, set, labels) {
    Object.assign(this, { board, set, labels, since: -Infinity, verdicts: new Map() });
    this.element = board.element("div", "ll-drawn-list");
    this.clearing = board.button(board.data.texts["drawn.clear"], () => this.clear());
  }

  draw() {
    // Draws all samples anew.
    const { board, set } = this;
    const { texts } = board.data;
    this.element.replaceChildren();
    this.verdicts.clear();
    for (const part of PARTS) {
      const places = placesOf(set.samples, part);
      if (!places.length) continue;
      this.element.append(board.element("h4", "", fill(texts[`drawn.${part}`], { n: places.length })));
      const list = this.element.appendChild(board.element("ul", "ll-drawn-samples"));
      list.append(...places.map((i) => this.sample(i)));
    }
    if (set.samples.length) this.element.append(this.clearing);
  }

  name(k) {
    const name = this.set.names[k];
    return this.labels[name] ?? name;
  }

  sample(i) {
    const { board, set } = this;
    const { texts } = board.data;
    const { pixels, class: k } = set.samples[i];
    const item = board.element("li");
    item.append(still(board, "ll-pixels", (canvas) => drawImages(board, canvas, pixelsOf(pixels), 1, set.shape)));
    item.append(board.element("span", "", this.name(k)));
    this.verdicts.set(i, item.appendChild(board.element("b", "ll-wrong")));
    item.append(board.button("×", () => this.remove(i), fill(texts["drawn.remove"], { name: this.name(k) })));
    return item;
  }

  mark(predicted) {
    // Says which samples the run takes for another class. predicted: that class by the sample's place in the set.
    const { texts } = this.board.data;
    for (const [i, verdict] of this.verdicts) {
      const said = predicted.get(i);
      const right = said === undefined || said === this.set.samples[i].class;
      verdict.textContent = right ? "" : `✗ ${this.name(said)}`;
      verdict.title = right ? "" : fill(texts["drawn.taken"], { name: this.name(said) });
    }
  }

  remove(i) {
    // The keyboard stays at the sample that takes its place.
    const buttons = () => [...this.element.querySelectorAll("li button")];
    const at = buttons().indexOf(document.activeElement);
    this.set.remove(i);
    buttons().at(Math.min(at, buttons().length - 1))?.focus();
  }

  clear() {
    const { texts } = this.board.data;
    const sure = performance.now() - this.since < SURE_MS;
    this.since = sure ? -Infinity : performance.now();
    this.clearing.textContent = texts[sure ? "drawn.clear" : "drawn.clear_sure"];
    clearTimeout(this.ending);
    if (sure) this.set.clear();
    else this.ending = setTimeout(() => (this.clearing.textContent = texts["drawn.clear"]), SURE_MS);
  }
}
