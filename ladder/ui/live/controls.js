// The controls that a class moves while it looks: labels, noise and the weight of each layer's reconstruction cost. They
// send what a person changed over the live channel, without a run of the script, which is told when the hand has rested.

import { Slider } from "./slider.js";

const ALL = "all"; // layers
const SEND_MS = 60; // between two messages while a slider is dragged
const TELL_MS = 700; // after the last answer, until the script is told

export class Controls {
  // panel: the LivePanel, whose data.stage has what ui/stage.py says.
  constructor(panel) {
    const { stage, layers } = panel.data;
    const { texts } = stage;
    this.panel = panel;
    this.begin();
    const slider = (name, level) => {
      const { label, help, symbol, steps, usual, digits } = stage[name];
      const one = Number.isInteger(level);
      const words = { label: one ? `${symbol} · ${layers[level].name}` : label, help, back: texts.back };
      const show = (value) => (digits === null ? String(value) : value.toFixed(digits));
      const own = Array.isArray(usual) ? usual[one ? level : 0] : usual;
      return new Slider(panel, words, steps, own, show, (value) => this.moved(name, level, value));
    };
    this.labels = slider("n_labeled");
    this.noise = slider("noise_std", ALL);
    this.noises = layers.map((_, l) => slider("noise_std", l));
    this.weights = layers.map((_, l) => slider("lambdas", l));
    this.element = panel.element("section", "ll-controls", undefined, { "aria-label": texts.title });
    this.element.append(
      this.labels.element, this.noise.element, this.each(texts), panel.element("h4", "", stage.lambdas.label),
      ...this.weights.map((one) => one.element), this.scale(stage, texts), this.more(texts),
    );
  }

  begin() {
    // For another run: nothing was sent, and nothing is known.
    clearTimeout(this.sending);
    clearTimeout(this.telling);
    Object.assign(this, { sent: 0, answered: 0, asked: 0, waiting: {}, sending: null, now: null });
  }

  more(texts) {
    // A button that opens the page's sidebar, where all other choices are.
    const button = this.panel.element("button", "ll-button ll-more", texts.more, { type: "button" });
    button.addEventListener("click", () => document.querySelector('[data-testid="stExpandSidebarButton"]')?.click());
    return button;
  }

  each(texts) {
    // The noise of each layer, behind a line that opens it.
    const box = this.panel.element("details", "ll-each");
    box.append(this.panel.element("summary", "", texts.each, { title: texts.each_help }), ...this.noises.map((one) => one.element));
    return box;
  }

  scale({ factors }, texts) {
    // Buttons that multiply all weights; each is disabled where a weight would leave its range.
    const named = { role: "group", "aria-label": texts.scale, title: texts.scale_help };
    const row = this.panel.element("div", "ll-scale-all", undefined, named);
    this.factors = factors.map(([text, factor]) => {
      const button = row.appendChild(this.panel.element("button", "ll-button", text, { type: "button" }));
      button.disabled = true; // until the weights are known
      button.addEventListener("click", () => {
        if (this.now) this.put("lambdas", this.now.lambdas.map((weight) => +(weight * factor).toPrecision(6)));
      });
      return [button, factor];
    });
    return row;
  }

  // --- what a person does

  moved(name, level, value) {
    if (!this.now) return;
    const before = this.now[name];
    this.put(name, Array.isArray(before) ? before.map((one, i) => (level === ALL || level === i ? value : one)) : value);
  }

  put(name, value) {
    // Shows and sends another value of a choice, or other values of all layers.
    this.now[name] = value;
    this.send(name);
    this.show();
  }

  send(name) {
    // Sends what is in force for `name`, at once or, while a slider is dragged, a moment later with what came meanwhile.
    this.waiting[name] = this.now[name];
    clearTimeout(this.telling);
    if (!this.sending) this.flush();
  }

  flush() {
    if (!Object.keys(this.waiting).length) {
      this.sending = null;
      return;
    }
    const { feed, data } = this.panel;
    if (feed.say({ change: this.waiting, ticket: this.sent + 1, tab: data.tab, language: data.language })) {
      this.sent++;
      this.waiting = {};
    }
    this.sending = setTimeout(() => this.flush(), SEND_MS);
  }

  // --- what comes back

  answer({ ticket, refusal, lost, asked }) {
    // The server has made a change, or refused it, or the run is no longer this tab's.
    this.answered = Math.max(this.answered, ticket);
    this.asked = Math.max(this.asked, asked);
    if (refusal) this.panel.remark(refusal);
    if (refusal || lost) this.adopt(this.panel.feed.told);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.panel.tell("changed", ticket), lost ? 0 : TELL_MS);
  }

  adopt(told) {
    // Shows the choices that the run told, unless a person's own are on their way, or were when it told them.
    const { choices, asked } = told || {};
    const busy = this.sent > this.answered || Object.keys(this.waiting).length || asked < this.asked;
    if (!choices || busy || this.all().some((one) => one.held)) return;
    this.now = structuredClone(choices);
    this.show();
  }

  all() {
    return [this.labels, this.noise, ...this.noises, ...this.weights];
  }

  show() {
    const { n_labeled: n, noise_std: stds, lambdas } = this.now;
    const { low, high, noise_std: noise, texts } = this.panel.data.stage;
    this.labels.set(n);
    this.noise.set(Math.max(...stds));
    this.noise.rename(new Set(stds).size > 1 ? texts.differs : noise.label);
    for (const [l, one] of this.noises.entries()) one.set(stds[l]);
    for (const [l, one] of this.weights.entries()) {
      one.set(lambdas[l]);
      one.element.classList.toggle("ll-off", lambdas[l] === 0);
    }
    for (const [button, factor] of this.factors) {
      button.disabled = !lambdas.every((weight) => weight === 0 || (weight * factor >= low && weight * factor <= high));
    }
  }

  close() {
    clearTimeout(this.sending);
    clearTimeout(this.telling);
  }
}
