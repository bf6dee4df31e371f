// The teacher's board of a class: who needs help, what is set for all, questions and the tray. It is built once; the class
// channel brings what it shows, and takes what the teacher does.

import { Board } from "./board.js";
import { Challenge } from "./class_challenge.js";
import { ClassChannel } from "./class_channel.js";
import { Experiment } from "./class_experiment.js";
import { JoinPanel } from "./class_join.js";
import { Labelling } from "./class_labelling.js";
import { Lead } from "./class_lead.js";
import { write } from "./class_list.js";
import { Members } from "./class_members.js";
import { Pause } from "./class_pause.js";
import { Questions } from "./class_questions.js";
import { Replay } from "./class_replay.js";
import { Tray } from "./class_tray.js";
import { fullButton } from "./full.js";
import { mounting } from "./mounting.js";

const COLUMNS = [[Members], [JoinPanel, Pause], [Lead], [Questions], [Labelling], [Experiment, Challenge, Tray]]; // parts that stand below each other
const SURE_MS = 4000; // in which a second press means yes

class ClassBoard extends Board {
  // this.present: what the server said of the class last, null before. this.view: what is shown, which is that or, in a
  // replay, the class as it was: a class that has ended, as nothing can be done in it. this.namesHidden: whether names are
  // hidden in a class that has ended, on this board alone; null where it was not said.
  constructor(root) {
    super(root);
    this.view = this.present = this.namesHidden = null;
    this.channel = new ClassChannel((view) => this.taken(view), (open, nobody) => this.connected(open, nobody));
    this.ticking = setInterval(() => this.draw(), 1000); // the pause is counted down between two messages too
  }

  // --- small tools

  section(name, title, full = false) {
    // A card with a title; with `full`, it can have the whole window, for the last row of a class.
    const section = this.element("section", `ll-card ll-class-${name}`, undefined, { "aria-label": title });
    const head = section.appendChild(this.element("header", "ll-head"));
    head.append(this.element("h3", "", title));
    if (full) head.append(fullButton(this, section, title));
    return section;
  }

  fieldset(title) {
    const box = this.element("fieldset", "ll-fieldset");
    box.append(this.element("legend", "", title));
    return box;
  }

  labelled(box, label, input, quiet) {
    // Adds an input with its label, which with `quiet` only a screen reader is told.
    const outer = box.appendChild(this.element("label", "ll-field"));
    if (quiet) input.setAttribute("aria-label", label);
    else outer.append(this.element("span", "", label));
    outer.append(input);
    return input;
  }

  field(box, label, attributes, quiet = false) {
    return this.labelled(box, label, this.element("input", "", undefined, { type: "text", autocomplete: "off", ...attributes }), quiet);
  }

  select(box, label, choices, quiet = false) {
    const select = this.element("select");
    for (const one of choices) select.append(this.element("option", "", one.label, { value: one.name }));
    return this.labelled(box, label, select, quiet);
  }

  check(box, label) {
    const outer = box.appendChild(this.element("label", "ll-check"));
    const input = outer.appendChild(this.element("input", "", undefined, { type: "checkbox" }));
    outer.append(label);
    return input;
  }

  twice(label, sure, pressed) {
    // A button that asks once more before it calls `pressed`.
    const button = this.button(label, () => {
      const asked = performance.now() - since < SURE_MS;
      since = asked ? -Infinity : performance.now();
      button.textContent = asked ? label : sure;
      clearTimeout(ending);
      if (asked) pressed();
      else ending = setTimeout(() => (button.textContent = label), SURE_MS);
    });
    let [since, ending] = [-Infinity, 0];
    return button;
  }

  // --- building

  shape() {
    const { class: id, join, lessons, controls } = this.data;
    return [id, join, lessons, controls];
  }

  build() {
    this.root.className = "ll-root ll-class";
    this.line = this.root.appendChild(this.element("div", "ll-class-line"));
    this.words = this.line.appendChild(this.element("span", "", "", { role: "status" }));
    this.closing = this.button("×", () => this.remark(""), this.data.texts.close);
    this.line.append(this.closing);
    const before = this.replay;
    this.replay = new Replay(this);
    if (before?.on && before.of === this.replay.of) this.replay.open(before.place, false); // in other colours or words
    this.root.append(this.replay.element);
    const grid = this.root.appendChild(this.element("div", "ll-class-grid"));
    this.parts = COLUMNS.flatMap((Parts) => {
      const column = grid.appendChild(this.element("div", "ll-class-column"));
      const parts = Parts.map((Part) => new Part(this));
      column.append(...parts.map(({ element }) => element));
      return parts;
    });
  }

  dismantle() {
    this.replay?.close();
    this.view = this.present;
  }

  redraw() {
    this.draw();
  }

  // --- living

  updated(before) {
    if (before?.class !== this.data.class) this.view = this.present = this.namesHidden = null;
    this.channel.follow(`class/live?class=${encodeURIComponent(this.data.class)}`);
    if (before && before.watched !== this.data.watched) this.seeking = Boolean(this.data.watched);
    this.draw();
  }

  taken(view) {
    this.present = view;
    this.taken_at = performance.now();
    if (!this.replay.on) this.come();
  }

  come() {
    // Shows the class as it is now.
    this.show(this.present, false);
  }

  show(view, past = true) {
    // Shows the class as it is, or as it was.
    this.view = { ...view, replay: past, ended: past || view.ended };
    if (this.view.ended) this.view.names_hidden = this.namesHidden ?? this.present.names_hidden;
    this.draw();
  }

  hideNames(on) {
    // For every board of the class; of one that has ended, on this board alone.
    if (!this.view.ended) return this.act("hide_names", { on });
    this.namesHidden = on;
    return this.show(this.view, this.view.replay);
  }

  get secondsLeft() {
    // Of the pause, by the server's clock; 0 without one. In the past the clock stands.
    const passed = this.view.replay ? 0 : (performance.now() - this.taken_at) / 1000;
    const now = this.view.now + passed;
    return Math.max(0, Math.ceil(this.view.paused_until - now));
  }

  draw() {
    this.tellConnection();
    this.replay.element.hidden = this.root.querySelector(".ll-class-grid").hidden = !this.view;
    if (!this.view) return;
    for (const part of [this.replay, ...this.parts]) part.show(this.view);
    if (this.seeking) this.seek();
  }

  seek() {
    // Brings the run that was just opened into sight, once it is there.
    const panel = document.querySelector(".st-key-class_watched:has(.ll-chart)");
    panel?.scrollIntoView({ block: "start" });
    this.seeking = !panel;
  }

  connected(open, nobody) {
    this.offline = open ? "" : nobody ? "nobody" : "offline";
    this.tellConnection();
  }

  tellConnection() {
    const { texts } = this.data;
    const words = { nobody: texts.nobody, offline: texts.offline }[this.offline] || this.notice || "";
    write(this.words, words);
    this.line.hidden = !words;
    this.closing.hidden = Boolean(this.offline);
    this.root.classList.toggle("ll-offline", Boolean(this.offline));
  }

  remark(text) {
    // Shows a sentence above the board until the next act.
    this.notice = text;
    this.tellConnection();
  }

  async act(kind, values) {
    // Has an event happen. Returns whether it did; a refusal is shown as a sentence. In the past nothing happens.
    if (this.replay.on) return false;
    const refusal = await this.channel.act(kind, values, this.data.language);
    this.remark(refusal ?? this.data.texts.not_sent);
    return refusal === "";
  }

  ownerOf(run) {
    // The member whose run this is: of whose run the tray has it, who has begun it, else who looks at it; undefined for
    // nobody.
    const { members, tray } = this.view;
    const kept = tray.find((one) => run && one.snapshot === run)?.member;
    return run ? (members.find((one) => one.id === kept || one.runs.includes(run)) ?? members.find((one) => one.run === run)) : undefined;
  }

  keepRun(run) {
    // Puts a run as it is now into the tray. The server knows its numbers.
    return this.act("keep", { member: this.ownerOf(run).id, run, note: "" });
  }

  watch(run) {
    // Has the page open a student's run, or none.
    this.tell("watch", { run });
  }

  close() {
    super.close();
    this.replay.close();
    clearInterval(this.ticking);
    this.channel.close();
  }
}

export default mounting(ClassBoard);
