// Questions to all: asking one, and the answers as they come, which are hidden until the teacher opens them.

import { drawnAnswers } from "./class_answers.js";
import { KeptList, write } from "./class_list.js";
import { fill } from "./words.js";

const KINDS = ["choice", "number", "curve"];
const [FEWEST, MOST] = [2, 8]; // options of a choice

export class Questions {
  // board: the ClassBoard.
  constructor(board) {
    const { texts } = board.data;
    Object.assign(this, { board, element: board.section("questions", texts.questions_title, true) });
    this.form = this.element.appendChild(board.element("form", "ll-ask-form", undefined, { novalidate: "" }));
    this.text = board.field(this.form, texts.ask_text, { maxlength: 300 });
    this.kind = board.select(this.form, texts.ask_kind, KINDS.map((name) => ({ name, label: texts[`kind.${name}`] })));
    this.kind.addEventListener("change", () => {
      this.high.value = this.kind.value === "curve" ? 1 : 100;
      this.arrange();
    });
    this.options = this.form.appendChild(board.element("div", "ll-options"));
    this.more = this.form.appendChild(board.button(texts.ask_more, () => this.addOption().focus()));
    this.range = this.form.appendChild(board.element("div", "ll-row"));
    this.low = board.field(this.range, texts.ask_low, { type: "number", step: "any", value: 0 });
    this.high = board.field(this.range, texts.ask_high, { type: "number", step: "any", value: 1 });
    this.change = board.check(this.form, texts.ask_change);
    this.change.checked = true;
    this.form.append(board.element("button", "ll-button ll-primary", texts.ask_send, { type: "submit" }));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    for (let k = 0; k < FEWEST; k++) this.addOption();
    this.arrange();
    const list = this.element.appendChild(board.element("div", "ll-question-list"));
    this.list = new KeptList(list, ({ id }) => id, (question) => new QuestionBox(board, question));
  }

  addOption() {
    const n = this.options.children.length + 1;
    const input = this.board.field(this.options, fill(this.board.data.texts.ask_option, { n }), { maxlength: 300 });
    this.more.disabled = n >= MOST;
    return input;
  }

  arrange() {
    const choice = this.kind.value === "choice";
    this.options.hidden = this.more.hidden = !choice;
    this.range.hidden = choice;
  }

  async send() {
    const inputs = [...this.options.querySelectorAll("input")];
    const asked = { text: this.text.value, kind: this.kind.value, may_change: this.change.checked };
    if (asked.kind === "choice") {
      asked.options = inputs.map((one) => one.value.trim()).filter(Boolean);
      if (asked.options.length < FEWEST) return this.board.remark(this.board.data.texts.ask_two);
    } else {
      Object.assign(asked, { low: this.low.valueAsNumber, high: this.high.valueAsNumber });
      if (!(asked.low < asked.high)) return this.board.remark(this.board.data.texts.ask_range);
    }
    if (!asked.text.trim()) return this.board.remark(this.board.data.texts.ask_empty);
    if (!(await this.board.act("ask", asked))) return undefined;
    for (const input of [this.text, ...inputs]) input.value = "";
    return undefined;
  }

  show(view) {
    this.form.hidden = view.ended;
    this.list.show(view.questions.toReversed());
  }
}

class QuestionBox {
  constructor(board, { id, text, kind }) {
    const { texts } = board.data;
    Object.assign(this, { board, element: board.element("article", "ll-question", undefined, { "aria-label": text }) });
    const head = this.element.appendChild(board.element("header", "ll-row"));
    head.append(board.element("h4", "", text));
    this.count = head.appendChild(board.element("span", "ll-caption"));
    const acts = this.element.appendChild(board.element("div", "ll-row"));
    this.opening = board.button("", () => board.act("open_question", { question: id, on: !this.question.is_open }));
    this.showing = board.button("", () => board.act("show_answers", { question: id, on: !this.question.is_shown }));
    this.keep = board.button(texts.keep, () => board.act("keep", { question: id, note: "" }));
    acts.append(this.opening, this.showing, this.keep);
    this.details = this.element.appendChild(board.element("details"));
    this.details.append(board.element("summary", "", texts.answers_see));
    this.answers = this.details.appendChild(board.element("div"));
    this.details.addEventListener("toggle", () => this.draw());
    this.kind = kind;
  }

  show(question) {
    const { data, view } = this.board;
    const { texts } = data;
    const opened = question.is_shown && !this.question?.is_shown;
    this.question = question;
    const present = view.members.filter((one) => one.admitted && one.here).length;
    const n = Object.keys(question.answers).length;
    write(this.count, [fill(texts.answers_of, { n, of: Math.max(n, present) }), question.is_open ? "" : texts.closed, view.replay && question.is_shown ? texts.answers_shown : ""].filter(Boolean).join(" · "));
    write(this.opening, question.is_open ? texts.ask_close : texts.ask_open);
    write(this.showing, question.is_shown ? texts.answers_hide : texts.answers_show);
    this.showing.setAttribute("aria-pressed", String(question.is_shown));
    for (const button of [this.opening, this.showing, this.keep]) button.disabled = view.ended;
    if (opened) this.details.open = true;
    this.draw();
  }

  draw() {
    const values = Object.values(this.question.answers);
    const key = JSON.stringify(values);
    if (!this.details.open || key === this.drawn) return;
    this.drawn = key;
    this.answers.replaceChildren(drawnAnswers(this.board, this.question, values));
  }
}
