// The card of one sample: which one, its noise, and the class probabilities of both paths. A person takes a test sample,
// or draws one of their own.

import { Adder } from "./drawn.js";
import { Pad } from "./pad.js";
import { drawImages } from "./pictures.js";
import { Slider } from "./slider.js";
import { fill, formatPercent } from "./words.js";

const STDS = [...Array(101).keys()].map((k) => k / 100); // of the noise of this sample alone

export class SampleCard {
  // panel: the InsidePanel, whose `look` this card changes by panel.see(values).
  constructor(panel) {
    this.panel = panel;
    const { texts } = panel.data;
    const { image_shape: shape } = panel.data.data;
    const choice = panel.element("div", "ll-sample-choice");
    this.name = panel.element("span", "ll-sample-name", "", { role: "status" });
    choice.append(panel.button("◀", () => this.step(-1), texts["sample.before"]), this.name, panel.button("▶", () => this.step(1), texts["sample.after"]));
    const acts = panel.element("div", "ll-sample-acts");
    acts.append(panel.button(texts["sample.again"], () => panel.see({ draw: (panel.look.draw + 1) % 10_000 })));
    this.other = panel.button("", () => this.take(panel.look.part === "test" ? "training" : "test"));
    acts.append(this.other);
    this.picture = null;
    if (shape) {
      this.picture = panel.element("canvas", "ll-pixels ll-pad", undefined, { role: "img", "aria-label": texts["sample.picture"] });
      this.pad = new Pad(this.picture, shape, () => this.drawnOn());
      this.own = panel.button(texts["sample.own"], () => this.draw(!this.pad.active));
      this.wipe = panel.button(texts["sample.wipe"], () => this.pad.clear());
      acts.append(this.own, this.wipe);
      this.adder = new Adder(panel, panel.drawnSet, this.pad);
    }
    const words = { label: texts["sample.std"], help: texts["sample.std_help"], back: texts["sample.std_back"] };
    this.std = new Slider(panel, words, STDS, 0, (value) => value.toFixed(2), (value) => panel.see({ std: value === this.std.usual ? null : value }));
    this.shares = panel.element("table", "ll-shares");
    const left = panel.element("div", "ll-sample-left");
    left.append(...[this.picture, this.adder?.element, choice, acts, this.std.element].filter(Boolean));
    this.elements = [panel.element("div", "ll-sample-body")];
    this.elements[0].append(left, this.shares);
    this.build();
  }

  build() {
    // The table of the class probabilities: a row for each class, with a bar for each path.
    const { panel } = this;
    const { texts } = panel.data;
    const head = this.shares.appendChild(panel.element("tr"));
    for (const key of ["class_name", "output.noisy_short", "output.clean_short"]) head.append(panel.element("th", "", texts[key], { scope: "col" }));
    this.cells = panel.data.data.class_names.map((name) => {
      const row = this.shares.appendChild(panel.element("tr"));
      row.append(panel.element("th", "", name, { scope: "row" }));
      return [row, ...["tilde", "clean"].map((path) => row.appendChild(panel.element("td", `ll-share ll-share-${path}`)))];
    });
  }

  step(by) {
    const { look, data } = this.panel;
    const n = data.data.n_rows[look.part];
    this.draw(false);
    this.panel.see({ row: (look.row + by + n) % n, draw: 0 });
  }

  take(part) {
    // Takes the first sample of the test or the training part.
    this.draw(false);
    this.panel.see({ part, row: 0, draw: 0 });
  }

  draw(active) {
    // Takes a person's own drawing for the sample, or a test sample again.
    if (!this.pad || this.pad.active === active) return;
    this.pad.active = active;
    this.picture.classList.toggle("ll-drawn-on", active);
    if (active) this.showPicture(this.pad.pixels); // in place of the sample before
    this.panel.see({ pixels: active ? [...this.pad.pixels].map(rounded) : [] });
  }

  drawnOn() {
    this.showPicture(this.pad.pixels.map(rounded));
    this.panel.see({ pixels: [...this.pad.pixels].map(rounded) });
  }

  showPicture(values) {
    drawImages(this.panel, this.picture, values, 1, this.panel.data.data.image_shape);
  }

  show(choices) {
    // Shows what is chosen, with the run's own noise `choices.noise_std`.
    const { texts, data } = this.panel.data;
    const { part, row, pixels, std } = this.panel.look;
    const passed = this.panel.feed.inside?.header.passage;
    const known = passed && passed.part === part && passed.row === row;
    this.name.textContent = pixels.length
      ? texts["sample.drawn"]
      : fill(texts[`sample.${part}.${known ? "named" : "numbered"}`], { n: row + 1, class: known ? (data.class_names[passed.class] ?? texts.no_class) : "" });
    this.other.textContent = texts[`sample.${part}.other`];
    if (this.own) {
      this.own.textContent = texts[this.pad.active ? "sample.back" : "sample.own"];
      this.wipe.hidden = this.adder.element.hidden = !this.pad.active;
    }
    if (!choices) return;
    this.std.usual = Math.max(...choices.noise_std);
    this.std.set(std ?? this.std.usual);
    this.std.back.classList.toggle("ll-there", std === null);
    this.std.back.disabled = std === null;
    this.std.rename(texts[std === null ? "sample.std" : "sample.std_own"]);
  }

  drawShares() {
    this.show(this.panel.choices.now);
    const { arrays, header } = this.panel.feed.inside;
    const shares = [arrays.probabilities_tilde, arrays.probabilities];
    if (shares[0].length !== this.cells.length) return; // they are still those of the run before
    for (const [k, [row, ...cells]] of this.cells.entries()) {
      row.classList.toggle("ll-true-class", header.passage.class === k);
      for (const [i, cell] of cells.entries()) {
        cell.style.setProperty("--ll-share", shares[i][k]);
        cell.textContent = formatPercent(shares[i][k], this.panel.data.texts);
      }
    }
    if (this.picture && !this.pad.active) this.showPicture(arrays["z/0"]);
  }
}

function rounded(value) {
  return Math.round(100 * value) / 100; // as much as is seen, in a short message
}
