// A lesson: predict, run, reveal. Each step waits until its conditions hold on the real run in view, and then shows the
// answer with the run's own values beside what was predicted. What a person did outlasts a reload.

import { classNow, hearClass, tellStrip } from "./class_bridge.js";
import { LessonCurve } from "./lesson_curve.js";
import { fill, format, formatPercent } from "./words.js";

const OPERATORS = {
  "=": (a, b) => a === b, "!=": (a, b) => a !== b, "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
};
const SHARES = /error|saturated/;
const MARK = "outline: 3px solid light-dark(#d9580a, #ef945c) !important; outline-offset: 3px; border-radius: 8px;";

/** Whether all conditions ([fact, layer or null, operator, value] each, teaching/conditions.py) hold for a run's facts. */
export function holds(conditions, facts) {
  return conditions.every(([fact, layer, operator, value]) => {
    const found = facts[fact];
    if (!operator) return Boolean(found);
    const all = Array.isArray(found) ? found : [found];
    const values = layer === null ? all : all.slice(layer, layer + 1);
    return values.length > 0 && values.every((one) => ["number", "boolean"].includes(typeof one) && OPERATORS[operator](Number(one), value));
  });
}

/** The numbers that a step has asked for, as texts: errors and shares in per cent, others as they are. */
export function askedFor(asked, texts) {
  return Object.fromEntries(Object.entries(asked ?? {}).map(([name, value]) => [name, SHARES.test(name) ? formatPercent(value, texts) : format(value)]));
}

/** Where a lesson was left, of what a class knows of its student (teaching/class_views.py). */
export function leftAt({ lesson, step, answers }) {
  const given = answers.filter(([name]) => name === lesson);
  const guesses = given.filter(([, which]) => which !== "question").map(([, which, value]) => [Number(which.split(" ")[1]) - 1, value]);
  return { at: step, guesses: Object.fromEntries(guesses), answer: given.find(([, which]) => which === "question")?.[2] ?? null };
}

export class Lesson {
  // panel: the Panel, whose data.lesson has what ui/lessons.py says, null for none. page: what the lesson knows of the
  // page, LIVE of lesson_live.js or RACE of lesson_race.js.
  constructor(panel, page) {
    Object.assign(this, { panel, page, element: panel.element("section", "ll-lesson", undefined, { hidden: "" }) });
    this.rule = document.head.appendChild(document.createElement("style"));
    this.curve = new LessonCurve(this);
    this.unhear = hearClass(() => this.hear());
  }

  get lesson() {
    return this.panel.data.lesson;
  }

  get step() {
    return this.lesson?.steps[this.state?.at];
  }

  get guessed() {
    return this.state.guesses[this.state.at];
  }

  get held() {
    // Whether the run has to wait for the present step's prediction.
    return Boolean(this.step?.prediction && this.step.done.length && this.guessed === undefined);
  }

  isLocked(run) {
    // Whether the present step's prediction stays as it is: the run in view has trained since it was given.
    const { found, given, at } = this.state;
    if (found || !this.step.done.length || !given?.[at]) return Boolean(found);
    return Boolean(run) && run.update > (run.id === given[at].id ? given[at].update : 0);
  }

  follow() {
    // Takes the lesson that the page has now, where it was left in this tab.
    if (this.lesson?.key === this.key) {
      this.report(); // the run may be another one
      if (this.lesson && this.curve.isNew) this.show(); // another view, or charts that were built anew
      return;
    }
    this.key = this.lesson?.key;
    this.handed = this.holding = null;
    this.element.hidden = !this.lesson;
    this.panel.feed.replies.quantities = (found) => this.take(found);
    this.panel.feed.replies.handin = (found) => this.takeHandIn(found);
    if (!this.lesson) {
      this.point("");
      this.curve.end();
      this.report();
      return;
    }
    const kept = sessionStorage.getItem(this.place);
    this.state = kept ? JSON.parse(kept) : { at: 0, begun: null, found: null, guesses: {}, answer: null };
    this.isNew = !kept;
    this.takeUp();
    this.show();
  }

  // --- the class

  hear() {
    // The class of a student has said something, by which a step may open, or that it has the hand-in.
    if (this.lesson?.key !== this.key || !this.lesson) return;
    if (this.takeUp() || this.waits !== this.drawnWaits || this.isHanded !== this.drawnHanded) this.show();
  }

  takeUp() {
    // In a new tab a student's lesson goes on where the class says that it was left. Returns whether it does.
    const me = classNow()?.me;
    if (!this.isNew || !me) return false;
    this.isNew = false;
    if (me.lesson !== this.lesson.name) return false;
    this.state = { ...this.state, ...leftAt(me) };
    this.keep();
    return true;
  }

  get waits() {
    // Whether the next step stays closed until the teacher of the class opens it.
    const lead = classNow()?.lead;
    return Boolean(lead) && lead.pace === "together" && lead.lesson === this.lesson.name && this.state.at >= lead.step;
  }

  get isHanded() {
    // Whether the class has the hand-in of this lesson with the run in view.
    return classNow()?.me.handed[this.lesson.name] === this.panel.data.run;
  }

  report() {
    // Tells the class where the student is.
    tellStrip("place", { run: this.panel.data.run, lesson: this.lesson?.name ?? "", step: this.lesson ? this.state.at : 0 });
  }

  get place() {
    return `ladder.lesson.${this.key}`;
  }

  keep() {
    sessionStorage.setItem(this.place, JSON.stringify(this.state));
  }

  // --- the run

  run() {
    // The run in view as a lesson sees it; null while it is not known.
    return this.page.run(this.panel);
  }

  check() {
    // Looks whether the present step is done. Called whenever the run has said something.
    if (!this.lesson || this.lesson.key !== this.key || this.state.at >= this.lesson.steps.length) return;
    if (this.state.found) {
      if (this.askedAt !== this.place + this.state.at) this.ask(); // the page was loaded anew before the answer came
      return;
    }
    const run = this.run();
    if (!run) return;
    if (!this.state.begun) {
      this.state.begun = run;
      this.keep();
      this.show();
    }
    if (this.isLocked(run) !== this.locked) this.show();
    if (this.held) return;
    const { begun } = this.state;
    const other = run.id !== begun.id;
    if (!other && run.update < begun.update) this.state.back = true; // a comparison is reset in its place
    const facts = { ...run, ...run.choices, reset: this.state.back || (other && run.seeds === begun.seeds), new_seed: other && run.seeds !== begun.seeds };
    if (!this.step.done.length || !holds(this.step.done, facts)) return;
    this.state.found = run;
    this.state.apart = this.curve.measured(this.guessed);
    this.ask();
    this.keep();
    this.show();
  }

  ask() {
    // Asks the server for the numbers that the step's answer has and no curve tells, unless they are known.
    this.askedAt = this.place + this.state.at;
    const named = this.lesson.asked.filter((name) => this.step.reveal.includes(`{${name}}`) || this.step.prediction?.of === name);
    const asked = named.filter((name) => !(name in (this.state.asked ?? {})));
    if (asked.length) this.panel.feed.say({ quantities: asked, language: this.panel.data.language });
  }

  take({ header }) {
    // The numbers that a step has asked the server for, of the run as it is now.
    if (header.refusal) {
      this.panel.remark(header.refusal);
      return;
    }
    this.state.asked = { ...this.state.asked, ...header.values };
    this.keep();
    this.show();
  }

  // --- what a person does

  go(at) {
    this.state = { ...this.state, at, begun: null, found: null, asked: null, apart: null, draft: null, back: false };
    this.keep();
    this.check();
    this.show();
  }

  guess(value) {
    const { state } = this;
    const run = this.run();
    state.guesses[state.at] = value;
    state.given = { ...state.given, [state.at]: run && { id: run.id, update: run.update } };
    tellStrip("answer", { lesson: this.lesson.name, which: `prediction ${state.at + 1}`, value });
    this.keep();
    this.show();
  }

  draw(values) {
    // Keeps a curve that is being drawn.
    this.state.draft = values;
    this.keep();
  }

  takeBack(drawn) {
    // Draws a given curve anew.
    delete this.state.guesses[this.state.at];
    this.draw(drawn);
    this.show();
  }

  end() {
    sessionStorage.removeItem(this.place);
    this.tell("end");
  }

  tell(word, values = {}) {
    // Tells the script what it does for the lesson (ui/lessons.py, act).
    this.panel.tell("lesson", { do: word, ...values, nonce: Date.now() });
  }

  hold() {
    // Has the script keep the run at rest for as long as it waits for a prediction.
    const { held } = this;
    if (held === (this.holding ?? this.panel.data.held)) return;
    this.holding = held;
    this.tell("hold", { hold: held });
  }

  // --- showing

  show() {
    const { panel, lesson, state } = this;
    const { texts } = panel.data;
    const last = state.at >= lesson.steps.length;
    this.locked = !last && this.isLocked(this.run());
    [this.drawnWaits, this.drawnHanded] = [this.waits, this.isHanded];
    this.report();
    const head = panel.element("div", "ll-lesson-head");
    const count = last ? texts["lesson.question"] : fill(texts["steps.count"], { k: state.at + 1, n: lesson.steps.length });
    head.append(panel.element("b", "", `${lesson.title} · ${count}`));
    if (state.at) head.append(this.panel.button("◀", () => this.go(state.at - 1), texts["lesson.back"]));
    if (!last) head.append(this.forward());
    head.append(this.panel.button(texts["lesson.end"], () => this.end()));
    this.element.replaceChildren(head, ...(last ? this.questionParts() : this.stepParts()));
    this.element.setAttribute("aria-label", lesson.title);
    this.curve.follow();
    this.hold();
    this.point(last || state.found ? "" : this.step.point);
    panel.measureRoom?.();
    panel.drawer?.stale(panel.drawer.charts);
  }

  paragraphs(text, className = "") {
    return text.split(/\n\s*\n/).map((words) => this.panel.element("p", className, words.replaceAll("\n", " ")));
  }

  stepParts() {
    const { step, state } = this;
    const { texts } = this.panel.data;
    const parts = [this.panel.element("h4", "", step.title), ...this.paragraphs(step.text)];
    if (step.prediction) parts.push(...this.prediction(step.prediction));
    const foot = this.panel.element("div", "ll-lesson-foot", undefined, { role: "status" });
    if (state.found) foot.append(...this.revealed());
    else if (this.held && step.prediction.curve) return parts; // which say it
    else if (step.done.length) foot.append(this.panel.element("p", "ll-lesson-waits", texts[this.held ? "lesson.first" : "lesson.waits"]));
    return [...parts, foot];
  }

  forward() {
    // The button that leads to the next step, by its name also where this one is not done.
    const { step, state } = this;
    const ready = step.done.length ? state.found : !step.prediction || this.guessed !== undefined;
    const words = this.waits ? "lesson.teacher" : ready ? "lesson.next" : "lesson.skip";
    const button = this.panel.button(this.panel.data.texts[words], () => this.go(state.at + 1));
    button.disabled = this.waits;
    button.classList.toggle("ll-lesson-next", Boolean(ready) && !this.waits);
    return button;
  }

  prediction(prediction) {
    const { guessed, locked } = this;
    const { texts } = this.panel.data;
    if (prediction.curve) return this.curve.parts(guessed, locked);
    if (prediction.options) return [this.options(prediction.options, guessed, (i) => this.guess(i), { locked })];
    const box = this.panel.element("form", "ll-lesson-number");
    const { low, high, unit } = prediction;
    const name = `${texts["lesson.guess"]} (${low}–${high} ${unit})`;
    const field = box.appendChild(this.panel.element("input", "", undefined, { type: "number", min: low, max: high, step: "any", required: "", "aria-label": name }));
    if (guessed !== undefined) field.value = guessed;
    field.disabled = locked;
    box.append(this.panel.element("span", "", unit));
    if (!locked) box.append(this.panel.element("button", "ll-button", texts["lesson.guess"], { type: "submit" }));
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      this.guess(Number(field.value));
    });
    return [box];
  }

  options(options, chosen, pressed, { right, locked }) {
    // Radio buttons, which a `locked` choice does not offer any more; once `right` is given, each says whether it is right.
    const { panel } = this;
    const box = panel.element("fieldset", "ll-lesson-options");
    for (const [i, words] of options.entries()) {
      const label = box.appendChild(panel.element("label"));
      const input = label.appendChild(panel.element("input", "", undefined, { type: "radio", name: `lesson-${this.state.at}`, value: i }));
      input.checked = chosen === i;
      input.disabled = locked || right !== undefined;
      input.addEventListener("change", () => pressed(i));
      const mark = right === undefined ? "" : i === right ? " ✓" : chosen === i ? " ✗" : "";
      label.append(panel.element("span", right === undefined ? "" : i === right ? "ll-right" : chosen === i ? "ll-wrong" : "", words + mark));
    }
    return box;
  }

  revealed() {
    // The step's answer, with what was predicted in it and in the step before.
    const { state, step } = this;
    const { texts } = this.panel.data;
    const coming = Object.fromEntries(this.lesson.asked.map((name) => [name, "…"]));
    const values = { ...coming, ...this.page.shown(state.found, texts), ...askedFor(state.asked, texts) };
    for (const [name, value] of Object.entries(this.page.shown(state.begun, texts))) values[`before_${name}`] = value;
    const parts = this.paragraphs(fill(step.reveal, values), "ll-lesson-reveal");
    const before = this.lesson.steps[state.at - 1]?.done.length === 0 ? [state.at - 1] : []; // a guess alone
    const compared = [...before, state.at].map((at) => this.compared(at, values)).filter(Boolean);
    return [...parts, ...compared.map((words) => this.panel.element("p", "ll-lesson-guess", words))];
  }

  compared(at, values) {
    // A sentence on the prediction of step `at` beside what came of it, undefined where there is none.
    const { state, lesson } = this;
    const { texts } = this.panel.data;
    const [predicted, guessed] = [lesson.steps[at].prediction, state.guesses[at]];
    if (!predicted || guessed === undefined) return undefined;
    if (predicted.curve) return state.apart ? this.curve.compared(state.apart) : undefined;
    const said = predicted.options ? predicted.options[guessed] : `${guessed} ${predicted.unit}`;
    const is = predicted.options ? predicted.options[predicted.right] : values[predicted.of];
    return fill(texts["lesson.compared"], { said, is });
  }

  questionParts() {
    const { question } = this.lesson;
    const { texts } = this.panel.data;
    const { answer } = this.state;
    const choose = (i) => {
      this.state.answer = i;
      tellStrip("answer", { lesson: this.lesson.name, which: "question", value: i });
      this.keep();
      this.show();
    };
    const parts = [...this.paragraphs(question.text), this.options(question.options, answer, choose, { right: answer === null ? undefined : question.right })];
    if (answer === null) return parts;
    const foot = this.panel.element("div", "ll-lesson-foot", undefined, { role: "status" });
    foot.append(...this.paragraphs(question.answer, "ll-lesson-reveal"), this.handIn(), this.panel.button(texts["lesson.finish"], () => this.end()));
    return [...parts, foot];
  }

  // --- handing in

  handIn() {
    // The form that makes a hand-in, and the last one that was made.
    const { panel } = this;
    const { texts } = panel.data;
    const form = panel.element("form", "ll-lesson-number", undefined, { title: texts["lesson.hand_in_help"] });
    const name = form.appendChild(panel.element("input", "", undefined, { type: "text", maxlength: 60, required: "", "aria-label": texts["lesson.nickname"], placeholder: texts["lesson.nickname"] }));
    name.value = this.state.nickname ?? classNow()?.me.name ?? "";
    form.append(panel.element("button", "ll-button", texts["lesson.hand_in"], { type: "submit" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.state.nickname = name.value;
      this.keep();
      panel.feed.say({ handin: { lesson: this.lesson.name, nickname: name.value, answers: this.answers() }, tab: panel.data.tab, language: panel.data.language });
    });
    if (!this.handed) return form;
    form.append(panel.element("p", "ll-lesson-given", texts[this.isHanded ? "lesson.handed_class" : "lesson.handed"]));
    const text = form.appendChild(panel.element("textarea", "ll-lesson-handed", undefined, { readonly: "", rows: 2, "aria-label": texts["lesson.text"] }));
    text.value = this.handed.text;
    text.addEventListener("focus", () => text.select());
    const file = URL.createObjectURL(new Blob([this.handed.file], { type: "application/json" }));
    form.append(panel.element("a", "ll-button", texts["lesson.file"], { href: file, download: `${this.lesson.name}.json` }));
    return form;
  }

  answers() {
    // [which, answer] of every prediction that was made, and of the question.
    const guesses = Object.entries(this.state.guesses).map(([at, value]) => [`prediction ${Number(at) + 1}`, value]);
    return [...guesses, ["question", this.state.answer]];
  }

  takeHandIn({ header }) {
    if (header.refusal) {
      this.panel.remark(header.refusal);
      return;
    }
    this.handed = header;
    const kept = this.panel.data.page === "live" ? {} : { text: header.text }; // no file has a comparison
    tellStrip("hand_in", { lesson: this.lesson.name, run: this.panel.data.run, ...kept });
    this.show();
    this.element.querySelector(".ll-lesson-foot").lastElementChild.scrollIntoView({ block: "nearest" }); // on a phone it is below the rest
  }

  point(point) {
    // Marks what the step points at, and nothing else: by a rule, as Streamlit may draw its buttons anew.
    const selector = this.page.pointed(point);
    this.rule.textContent = selector ? `:is(${selector}) { ${MARK} }` : "";
  }

  close() {
    this.unhear();
    this.curve.end();
    this.rule.remove();
  }
}
