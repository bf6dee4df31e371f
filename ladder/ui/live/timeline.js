// The way back through a run: a slider over its kept moments, whose pictures are shown in place of the present ones; training
// on from there as a branch; and taking back the last change together with what it did to the weights.

import { count, fill } from "./words.js";

const SEND_MS = 120; // between two messages while the slider is dragged
const ANSWER_MS = 3000; // from a message, until the slider shows again what the run tells

/** The number of the last of the rising `moments` that is not after `update`, -1 for none. */
export function momentAt(moments, update) {
  return moments.findLastIndex((one) => one <= update);
}

export class Timeline {
  // panel: a panel of a ladder's run, whose component takes the trigger "runs". folded: whether the slider is out of sight
  // until a person presses `toggle`, or looks back.
  constructor(panel, folded = false) {
    Object.assign(this, { panel, folded });
    const { texts } = panel.data;
    const wish = (values) => {
      this.patience = 0; // another run comes into view
      panel.tell("runs", { ...values, nonce: Date.now() });
    };
    this.input = panel.element("input", "", undefined, { type: "range", min: 0, "aria-label": texts["time.label"] });
    this.input.addEventListener("input", () => this.look(Number(this.input.value)));
    this.output = panel.element("output", "ll-time-now", "");
    this.branch = panel.button(texts["time.branch"], () => wish({ do: "branch", update: this.chosen ?? panel.feed.told?.update ?? 0 }));
    this.branch.title = texts["time.branch_help"];
    this.undo = panel.button(texts["time.undo"], () => wish({ do: "undo_weights" }));
    this.undo.title = texts["time.undo_help"];
    this.element = panel.element("div", "ll-time", undefined, { role: "group", "aria-label": texts["time.title"] });
    this.toggle = panel.button(texts["time.open"], () => {
      this.folded = !this.folded;
      this.show();
    });
    this.toggle.classList.add("ll-time-open");
    this.toggle.title = texts["time.label"];
    this.element.append(panel.element("span", "ll-time-title", texts["time.title"]), this.input, this.output, this.branch, this.undo);
  }

  get past() {
    return this.panel.feed.told?.looking_back;
  }

  get chosen() {
    // The moment that a person has chosen, also before the run has answered; null or undefined for the present.
    return performance.now() < this.patience ? this.waiting : this.past;
  }

  look(index) {
    // Shows the moment of this number, or the present after the last one.
    const moments = this.panel.feed.told?.moments ?? [];
    this.waiting = index < moments.length ? moments[index] : null;
    this.patience = performance.now() + ANSWER_MS;
    this.say(this.waiting);
    this.sending ??= setTimeout(() => {
      this.sending = null;
      const { feed, data } = this.panel;
      feed.say({ look_back: this.waiting, tab: data.tab, language: data.language, ticket: 0 });
    }, SEND_MS);
  }

  say(past) {
    const { data, feed } = this.panel;
    const n = count(past ?? feed.told.update, data.language);
    const text = fill(data.texts[past === null || past === undefined ? "time.now" : "time.past"], { n });
    if (this.output.textContent !== text) this.output.textContent = text;
    this.input.setAttribute("aria-valuetext", text);
  }

  show() {
    // Shows where the run is. It follows the run unless a hand is on the slider.
    const { told } = this.panel.feed;
    const moments = told?.moments ?? [];
    const shown = !this.folded || Number.isInteger(this.past);
    this.toggle.hidden = !moments.length;
    this.toggle.ariaExpanded = String(shown);
    this.element.hidden = !moments.length || !shown;
    const answered = (this.past ?? null) === this.waiting || !(performance.now() < this.patience);
    if (this.element.hidden || this.sending || !answered) return;
    this.input.max = moments.length;
    this.input.value = this.past === undefined || this.past === null ? moments.length : momentAt(moments, this.past);
    this.say(this.past);
    this.undo.disabled = !told.changes?.some((change) => change.update <= told.update);
  }

  close() {
    clearTimeout(this.sending);
  }
}
