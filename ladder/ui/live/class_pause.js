// The quick acts on all screens: a pause, a message, and what a student's screen now looks like.

import { write } from "./class_list.js";
import { clock, fill } from "./words.js";

const SECONDS = [30, 60, 120, 300]; // of a pause

export class Pause {
  // board: the ClassBoard.
  constructor(board) {
    const { texts } = board.data;
    Object.assign(this, { board, element: board.section("pause", texts.pause_title) });
    const row = this.element.appendChild(board.element("div", "ll-row", undefined, { role: "group", "aria-label": texts.pause_title }));
    for (const seconds of SECONDS) {
      row.append(board.button(seconds < 60 ? fill(texts.seconds, { n: seconds }) : fill(texts.minutes, { n: seconds / 60 }), () => board.act("pause", { seconds })));
    }
    this.release = board.button(texts.release, () => board.act("pause", { seconds: 0 }));
    this.left = board.element("b", "ll-left");
    row.append(this.release, this.left);
    this.row = row;
    const form = (this.form = this.element.appendChild(board.element("form", "ll-row")));
    this.text = board.field(form, texts.message, { maxlength: 300 });
    form.append(board.element("button", "ll-button", texts.message_send, { type: "submit" }));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await board.act("message", { text: this.text.value })) this.text.value = "";
    });
    this.said = this.element.appendChild(board.element("p", "ll-row ll-said"));
    this.words = this.said.appendChild(board.element("span"));
    this.said.append(board.button(texts.message_end, () => board.act("message", { text: "" })));
    this.title = this.element.querySelector("h3");
    this.about = [board.element("h4", "", texts.mimic_title), board.element("p", "ll-caption", texts.mimic_about)];
    this.element.append(...this.about);
    this.screen = this.element.appendChild(board.element("div", "ll-mimic"));
  }

  show(view) {
    const { texts } = this.board.data;
    this.element.hidden = view.ended && !view.replay; // in a replay the student's screen stays
    write(this.title, view.replay ? texts.mimic_title : texts.pause_title);
    for (const one of [this.row, this.form, ...this.about]) one.hidden = view.ended;
    const left = this.board.secondsLeft;
    this.release.disabled = !left;
    write(this.left, left ? fill(texts.paused_left, { time: clock(left) }) : "");
    this.said.hidden = !view.message || view.ended;
    write(this.words, fill(texts.message_now, { text: view.message }));
    const lines = screenOf(view, left, this.board.data);
    const key = JSON.stringify(lines);
    if (key === this.key) return;
    this.key = key;
    this.screen.classList.toggle("ll-mimic-paused", left > 0);
    this.screen.replaceChildren(...lines.map(([kind, text]) => this.board.element("p", `ll-mimic-${kind}`, text)));
  }
}

/** What a student's screen shows of the class now, [[kind, text], ...]. `left`: seconds of the pause. */
export function screenOf({ lead, message, shown, questions, labelling, challenge }, left, { texts, lessons, controls }) {
  const asked = questions.at(-1);
  const label = (name) => controls.find((one) => one.name === name)?.label ?? name;
  const named = (text, names) => (names.length ? [["controls", fill(text, { names: names.map(label).join(texts.comma) })]] : []);
  const lesson = lessons.find(({ name }) => name === lead.lesson);
  return [
    ...(message ? [["message", message]] : []),
    ...(left > 0 ? [["pause", fill(texts.mimic_paused, { time: clock(left) })]] : []),
    ["work", lead.lesson ? fill(texts.mimic_lesson, { title: lesson?.title ?? lead.lesson }) : lead.link ? texts.mimic_link : texts.mimic_free],
    ...(shown ? [["work", texts.mimic_shown]] : []),
    ...(asked?.is_open || asked?.is_shown ? [["work", fill(texts.mimic_question, { text: asked.text })]] : []),
    ...(labelling?.is_open ? [["work", texts.label_title]] : []),
    ...(challenge?.is_open ? [["work", texts.challenge_title]] : []),
    ...named(texts.mimic_hidden, lead.hidden),
    ...named(texts.mimic_locked, lead.locked),
  ];
}
