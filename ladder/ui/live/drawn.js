// Drawn samples on the page Inside: a drawing gets its class and is collected, and the run is tested on the collection,
// and on the test samples of other data of the same images.

import { DrawnList } from "./drawn_list.js";
import { MOST, placesOf } from "./drawn_set.js";
import { count, fill, formatPercent } from "./words.js";

const ASK_MS = 1500; // between two questions while the run trains
const LATE_MS = 30_000; // after which an answer is not awaited any more
const LETTERS = 20_000; // of one question (LONGEST_WORDS of server/sockets.py)

/** The samples of one question, [pixels, class] each: those from place `at` on whose letters fit, one at least. */
export function batchFrom(samples, at) {
  let letters = 0;
  const end = samples.findIndex(({ pixels }, i) => i >= at && (letters += pixels.length + 10) > LETTERS);
  return samples.slice(at, end < 0 ? undefined : Math.max(end, at + 1)).map(({ pixels, class: k }) => [pixels, k]);
}

/** How many of the predictions differ from the true classes. */
export function wrong(truth, predicted) {
  return [...truth].filter((k, i) => k !== predicted[i]).length;
}

export class Adder {
  // The line below the pad that gives a drawing its class. set: the DrawnSet. pad: the Pad.
  constructor(panel, set, pad) {
    Object.assign(this, { panel, set, pad });
    const { texts, data } = panel.data;
    this.element = panel.element("div", "ll-drawn-adder");
    const label = this.element.appendChild(panel.element("label", "ll-drawn-class", texts["drawn.class"]));
    this.choice = label.appendChild(panel.element("select"));
    this.choice.append(panel.element("option", "", "–", { value: "" }));
    for (const [k, name] of data.class_names.entries()) this.choice.append(panel.element("option", "", name, { value: k }));
    for (const part of ["test", "training"]) this.element.append(panel.button(texts[`drawn.add_${part}`], () => this.add(part)));
    this.said = this.element.appendChild(panel.element("span", "ll-drawn-said", "", { role: "status" }));
  }

  add(part) {
    const { panel, set, pad, choice } = this;
    const { texts, data } = panel.data;
    this.said.textContent = "";
    const reason = !pad.pixels.some((one) => one > 0) ? "drawn.nothing" : choice.value === "" ? "drawn.no_class" : "";
    if (reason || !set.add(pad.pixels, Number(choice.value), part)) {
      this.said.textContent = fill(texts[reason || "drawn.full"], { n: MOST });
      return;
    }
    const n = placesOf(set.samples, part).length;
    this.said.textContent = fill(texts[`drawn.added_${part}`], { name: data.class_names[choice.value], n });
    choice.value = "";
    pad.clear();
  }
}

export class DrawnCard {
  // panel: the InsidePanel. set: the DrawnSet.
  constructor(panel, set) {
    Object.assign(this, { panel, set, found: [], other: null, asked: "", since: -Infinity, waiting: null });
    const { texts, drawn } = panel.data;
    this.list = new DrawnList(panel, set, drawn.labels);
    this.errors = panel.element("table", "ll-numbers ll-drawn-errors");
    this.note = panel.element("p", "ll-now", "", { role: "status" });
    this.elements = [panel.element("p", "ll-drawn-about", texts["drawn.about"]), this.errors, this.note, this.list.element];
    if (drawn.others.length) this.elements.splice(1, 0, this.others(drawn.others));
    this.changed();
  }

  others(found) {
    // The choice of other data whose test samples the run is tested on.
    const { panel } = this;
    const { texts } = panel.data;
    const label = panel.element("label", "ll-drawn-class", texts["drawn.other"]);
    this.choice = label.appendChild(panel.element("select"));
    this.choice.append(panel.element("option", "", texts["drawn.other_none"], { value: "" }));
    for (const { name, label: title } of found) this.choice.append(panel.element("option", "", title, { value: name }));
    this.choice.addEventListener("change", () => {
      this.other = null;
      this.ask();
    });
    return label;
  }

  get tests() {
    // The test samples whose class is one of the run's task, with their places in the set.
    const { samples } = this.set;
    return placesOf(samples, "test").filter((i) => samples[i].class < this.panel.data.data.n_classes);
  }

  changed() {
    // After a sample has come or gone.
    this.found = [];
    this.list.draw();
    this.ask();
  }

  // --- asking

  follow() {
    // Asks again where the run is further than at the last question; while it trains, now and then.
    const { told } = this.panel.feed;
    if (!told || `${told.update}` === this.asked) return;
    const rests = ["paused", "finished"].includes(told.status);
    if (rests || performance.now() - this.since > ASK_MS) this.ask();
    else this.draw();
  }

  ask() {
    const { told } = this.panel.feed;
    const late = performance.now() - this.since > LATE_MS;
    this.draw();
    if (!told || (this.waiting && !late)) return;
    this.asked = `${told.update}`;
    this.since = performance.now();
    this.answers = { tests: this.tests, found: [] };
    this.next();
  }

  next() {
    // Sends what is still to be asked: the drawn samples in batches, then the other data.
    const { tests, found } = this.answers;
    const { samples } = this.set;
    const at = found.length;
    const other = this.choice?.value;
    if (at < tests.length) this.waiting = { tested: batchFrom(tests.map((i) => samples[i]), at), at };
    else if (other && this.answers.other === undefined) this.waiting = { tested: other, at };
    else {
      Object.assign(this, { waiting: null, found, other: this.answers.other ?? null });
      this.draw();
      return;
    }
    if (!this.panel.feed.say({ ...this.waiting, language: this.panel.data.language })) this.waiting = null;
  }

  take({ header, arrays }) {
    if (!this.waiting) return;
    const { tested } = this.waiting;
    this.note.textContent = header.refusal;
    if (header.refusal || this.tests.join() !== this.answers.tests.join()) {
      this.waiting = null; // what was asked is no more, or cannot be answered
      if (!header.refusal) this.ask();
      return;
    }
    const { true: truth, predicted, twin_predicted: twin } = arrays;
    if (typeof tested === "string") this.answers.other = { name: tested, n: truth.length, wrong: wrong(truth, predicted), twin: wrong(truth, twin) };
    else this.answers.found.push(...[...truth].map((k, i) => ({ truth: k, predicted: predicted[i], twin: twin[i] })));
    this.next();
  }

  connected() {
    this.waiting = null;
    this.ask();
  }

  // --- showing

  draw() {
    const { panel, found } = this;
    const { texts, data, language } = panel.data;
    const { measured } = panel.feed;
    const head = panel.element("tr");
    head.append(panel.element("td"));
    for (const name of [texts["drawn.n"], texts["drawn.ladder"], texts["drawn.twin"]]) head.append(panel.element("th", "", name, { scope: "col" }));
    const row = (name, n, error, twin) => {
      const line = panel.element("tr");
      line.append(panel.element("th", "", name, { scope: "row" }), panel.element("td", "", count(n, language)));
      for (const share of [error, twin]) line.append(panel.element("td", "", formatPercent(share, texts)));
      return line;
    };
    const rows = [row(texts["drawn.own_tests"], data.n_rows.test, measured.get("test_error").at(-1), measured.get("twin_error").at(-1))];
    const { tests } = this;
    if (tests.length) {
      const bad = (name) => (found.length ? found.filter((one) => one.truth !== one[name]).length / found.length : NaN);
      rows.push(row(texts["drawn.row"], tests.length, bad("predicted"), bad("twin")));
    }
    if (this.other) rows.push(row(panel.data.drawn.others.find(({ name }) => name === this.other.name)?.label, this.other.n, this.other.wrong / this.other.n, this.other.twin / this.other.n));
    this.errors.replaceChildren(head, ...rows);
    this.errors.hidden = rows.length < 2;
    this.list.mark(new Map(found.map(({ predicted }, i) => [tests[i], predicted])));
  }
}
