// The teacher's question on a student's page: a card that opens by itself, takes an answer, and shows all answers once the
// teacher does.

import { Drawing, drawnCurves } from "./class_curve.js";
import { Sheet } from "./class_sheet.js";
import { digits, fill } from "./words.js";

const MOST_BARS = 8; // of numbers that differ; more are put together
const NEAR = 1e-9;

/** The answers to a question as bars: [{low, high, n, mine}], for a choice one for each option. mine: the own answer. */
export function barsOf({ kind, options, low, high, answers, mine }) {
  if (kind === "choice") return options.map((_, k) => ({ low: k, high: k, n: answers.filter((one) => one === k).length, mine: mine === k }));
  const different = [...new Set(answers)].toSorted((a, b) => a - b);
  if (different.length <= MOST_BARS) return different.map((one) => ({ low: one, high: one, n: answers.filter((other) => other === one).length, mine: one === mine }));
  const width = (high - low) / MOST_BARS;
  const bar = (value) => Math.min(MOST_BARS - 1, Math.floor((value - low) / width + NEAR));
  return Array.from({ length: MOST_BARS }, (_, k) => ({
    low: low + k * width, high: low + (k + 1) * width, n: answers.filter((one) => bar(one) === k).length, mine: mine !== null && bar(mine) === k,
  }));
}

export class Question extends Sheet {
  // reply(question, value): sends an answer, and returns a promise of the refusal.
  constructor(board, reply, toggled) {
    super(board, board.data.texts.question, toggled);
    this.reply = reply;
  }

  follow(question, seen) {
    // Takes the class's last question, null for none. seen: the key of the state for which the card has opened last.
    // Returns the key of this state.
    this.question = question;
    const key = question ? `${question.id} ${question.is_shown}` : "";
    const shape = JSON.stringify(question && { ...question, n_answers: 0 }); // others answer while one is writing
    if (shape !== this.shape) {
      this.shape = shape;
      if (question) this.show();
    }
    if (question && key !== seen && (question.is_open || question.is_shown)) this.toggle(true);
    if (!question) this.toggle(false);
    return key;
  }

  show() {
    const { question } = this;
    this.fill(this.board.element("p", "ll-question-text", question.text), ...(question.is_shown ? this.answers() : [this.form()]));
  }

  // --- answering

  form() {
    const { board, question } = this;
    const { texts } = board.data;
    const given = question.mine !== null;
    const open = question.is_open && (!given || question.may_change);
    const form = board.element("form", "ll-question-form");
    const value = this[question.kind](form, open);
    const state = !question.is_open ? texts.closed : given ? texts[question.may_change ? "given" : "given_once"] : question.may_change ? "" : texts.once;
    const says = board.element("p", "ll-question-state", state, { role: "status" });
    if (open) form.append(board.element("button", "ll-button ll-class-main", texts[given ? "change" : "send"], { type: "submit" }));
    form.append(says);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const found = value();
      says.textContent = found === null ? texts.nothing : texts.sending;
      if (found === null) return;
      const refusal = await this.reply(question, found);
      says.textContent = refusal ?? texts.unreachable;
      if (refusal === "") board.aloud(texts.given_once);
    });
    return form;
  }

  choice(form, open) {
    const { board, question } = this;
    const box = form.appendChild(board.element("fieldset", "ll-question-options"));
    box.append(board.element("legend", "ll-unseen", question.text));
    for (const [k, words] of question.options.entries()) {
      const label = box.appendChild(board.element("label"));
      const input = label.appendChild(board.element("input", "", undefined, { type: "radio", name: "answer", value: k }));
      input.checked = question.mine === k;
      input.disabled = !open;
      label.append(board.element("span", "", words));
    }
    return () => {
      const chosen = form.querySelector("input:checked");
      return chosen && Number(chosen.value);
    };
  }

  number(form, open) {
    const { board, question } = this;
    const { low, high, mine } = question;
    const label = form.appendChild(board.element("label", "ll-class-field"));
    label.append(board.element("span", "", fill(board.data.texts.from_to, { low: digits(low, 6), high: digits(high, 6) })));
    const field = label.appendChild(board.element("input", "", undefined, { type: "number", step: "any", min: low, max: high, required: "" }));
    if (mine !== null) field.value = mine;
    field.disabled = !open;
    return () => (field.value === "" ? null : Number(field.value));
  }

  curve(form, open) {
    const { board, question } = this;
    if (!open) {
      form.append(drawnCurves(board, question, [], question.mine));
      return () => null;
    }
    const drawing = new Drawing(board, question, question.mine);
    form.append(board.element("p", "ll-question-state", board.data.texts.draw), drawing.element);
    return () => drawing.heights;
  }

  // --- all answers

  answers() {
    const { board, question } = this;
    const { texts } = board.data;
    const total = board.element("p", "ll-question-state", fill(texts.n_answers, { n: question.answers.length }));
    if (question.kind !== "curve") return [this.bars(), total];
    const picture = drawnCurves(board, question, question.answers, question.mine);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", fill(texts[question.mine ? "curves_mine" : "curves"], { n: question.answers.length }));
    return [picture, total];
  }

  bars() {
    const { board, question } = this;
    const { texts } = board.data;
    const list = board.element("ul", "ll-votes");
    const name = ({ low, high }) => (question.kind === "choice" ? question.options[low] : low === high ? digits(low, 4) : `${digits(low, 4)}–${digits(high, 4)}`);
    for (const bar of barsOf(question)) {
      const share = question.answers.length ? bar.n / question.answers.length : 0;
      const row = list.appendChild(board.element("li", bar.mine ? "ll-mine" : ""));
      row.append(board.element("span", "", bar.mine ? fill(texts.yours, { name: name(bar) }) : name(bar)));
      row.append(board.element("b", "", fill(texts.votes, { n: bar.n, share: (100 * share).toFixed(0) })));
      const track = row.appendChild(board.element("span", "ll-vote-track", undefined, { "aria-hidden": "true" }));
      track.appendChild(board.element("span", "ll-vote")).style.width = `${100 * share}%`;
    }
    return list;
  }
}
