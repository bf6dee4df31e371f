// A first lesson in one line above the cards: what to do, how long to wait, and whether the run shows it. Each step looks
// at the run itself, so that it works at any speed, and ends when a person has done it and its effect is there.

import { fill, formatPercent } from "./words.js";

const zero = (values) => values.every((value) => value === 0);
const anew = (now, begun) => now.runs > begun.runs; // a reset or a new seed has begun another run

// For each step: acted(now, begun), whether the person has done it, and shown(now, since), whether the run answers, where
// `begun` is `now` at the step's beginning and `since` that of the act. now: {update, error, twin, choices, runs}.
export const STEPS = [
  { key: "play", acted: (now, begun) => now.update > begun.update, shown: (now) => now.update >= 1000 && now.twin - now.error > 0.04 },
  { key: "noise", acted: (now, begun) => zero(now.choices.noise_std) && anew(now, begun), shown: (now) => (now.update >= 500 && now.error > 0.4) || now.update >= 3000 },
  { key: "input", acted: (now, begun) => !zero(now.choices.noise_std) && now.choices.lambdas[0] === 0 && anew(now, begun), shown: (now) => now.update >= 1000 },
  { key: "labels", acted: (now, begun) => now.choices.lambdas[0] > 0 && now.choices.n_labeled > begun.choices.n_labeled, shown: (now, since) => now.update - since.update > 500 },
  { key: "seed", acted: anew, shown: () => true },
  { key: "share", acted: () => false, shown: () => false },
];

export class Steps {
  // panel: the LivePanel.
  constructor(panel) {
    Object.assign(this, { panel, at: null, begun: null, since: null });
  }

  build() {
    // The button that begins the lesson, and the lesson's line.
    const { panel } = this;
    const { texts } = panel.data;
    this.start = panel.button(texts["steps.start"], () => this.begin());
    this.start.title = texts["steps.start_help"];
    this.line = panel.element("section", "ll-steps", undefined, { "aria-label": texts["steps.start"] });
    this.count = this.line.appendChild(panel.element("b"));
    this.text = this.line.appendChild(panel.element("span", "ll-step", "", { role: "status" }));
    this.seen = this.line.appendChild(panel.element("span", "ll-step-seen"));
    this.line.append(panel.button(texts["steps.skip"], () => this.go(this.at + 1)), panel.button(texts["steps.end"], () => this.go(null)));
    this.show();
    return this.line;
  }

  begin() {
    // Asks for the lesson's run, which the script begins; the steps look at it as soon as it is in view.
    this.panel.tell("runs", { do: "lesson", nonce: Date.now() });
    this.go(0);
  }

  go(step) {
    this.at = step === null || step >= STEPS.length ? null : step;
    this.begun = this.at === null ? null : this.now(); // now: a quick hand acts before the run's next word
    this.since = null;
    this.show();
    this.panel.measureRoom();
    this.panel.drawer.stale(this.panel.drawer.charts);
  }

  now() {
    const { feed, data } = this.panel;
    const last = (key) => feed.measured.get(key).at(-1);
    if (!feed.told?.choices) return null;
    return { update: feed.told.update, error: last("test_error"), twin: last("twin_error"), choices: feed.told.choices, runs: data.rows.length };
  }

  check() {
    // Looks whether the present step is done. Called whenever the run has said something.
    const now = this.at === null ? null : this.now();
    if (!now) return;
    const { acted, shown } = STEPS[this.at];
    this.begun ??= now;
    if (now.update < this.begun.update) this.begun = { ...this.begun, update: now.update }; // another run is in view
    if (!this.since && acted(now, this.begun)) this.since = now;
    else if (this.since && !acted(now, this.begun)) this.since = null; // it was taken back
    if (this.since && shown(now, this.since)) this.go(this.at + 1);
    else this.show(now);
  }

  show(now) {
    const { texts } = this.panel.data;
    this.line.hidden = this.at === null;
    if (this.at === null) return;
    const text = texts[`steps.${STEPS[this.at].key}`];
    if (this.text.textContent !== text) this.text.textContent = text; // read aloud when it changes, and only then
    this.count.textContent = fill(texts["steps.count"], { k: this.at + 1, n: STEPS.length });
    const errors = this.since && now ? { from: formatPercent(this.begun.error, texts), now: formatPercent(now.error, texts) } : null;
    this.seen.textContent = errors ? fill(texts["steps.seen"], errors) : "";
  }
}
