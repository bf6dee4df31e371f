// The labelling round on the teacher's board: how far the class is, and then what it did not agree on.

import { address } from "./addresses.js";
import { write } from "./class_list.js";
import { nameOf } from "./class_words.js";
import { drawImages } from "./pictures.js";
import { pixelsOf } from "./pixels.js";
import { fill } from "./words.js";

const UNSURE = -1; // in place of a class

/** The votes for an image as bars: [{label, n, share}], those of UNSURE at the end. */
export function votesOf({ votes, unsure }) {
  const all = [...votes, ...(unsure ? [[UNSURE, unsure]] : [])];
  const total = all.reduce((sum, [, n]) => sum + n, 0);
  return all.map(([label, n]) => ({ label, n, share: n / total }));
}

export class Labelling {
  // board: the ClassBoard, whose data has `labelled`, the datasets to choose among, `unlabelled`, what a
  // person's own data are called that cannot be labelled, and `images`, the names of the classes
  // by dataset.
  constructor(board) {
    const { texts, labelled, unlabelled } = board.data;
    Object.assign(this, { board, element: board.section("labelling", texts.label_title, true), known: "" });
    this.form = this.element.appendChild(board.element("form", "ll-label-start"));
    this.form.append(board.element("p", "ll-caption", texts.label_about));
    const row = this.form.appendChild(board.element("div", "ll-row"));
    this.dataset = board.select(row, texts.label_data, labelled);
    row.append(board.element("button", "ll-button ll-primary", texts.label_start, { type: "submit" }));
    if (unlabelled.length) this.form.append(board.element("p", "ll-caption", fill(texts.label_not, { names: unlabelled.join(texts.comma) })));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      board.act("label_round", { dataset: this.dataset.value });
    });
    this.running = this.element.appendChild(board.element("div", "ll-label-running"));
    this.progress = this.running.appendChild(board.element("p", "", "", { role: "status" }));
    this.bar = this.running.appendChild(board.element("progress", "ll-label-bar", undefined, { "aria-hidden": "true" }));
    this.running.append(board.twice(texts.label_close, texts.label_close_sure, () => board.act("label_close", {})));
    this.result = this.element.appendChild(board.element("div", "ll-label-result"));
    this.element.append(this.form); // another round, below what became of this one
  }

  show(view) {
    const { labelling: round, ended, members } = view;
    const { texts } = this.board.data;
    this.element.hidden = ended && !round;
    this.form.hidden = ended || Boolean(round?.is_open);
    this.running.hidden = !round?.is_open;
    this.result.hidden = !round || round.is_open;
    if (!round) return;
    const n = members.filter((one) => one.admitted).length;
    const of = n * round.per_member;
    write(this.progress, fill(texts.label_progress, { done: round.done, n, given: round.given, of }));
    Object.assign(this.bar, { max: Math.max(1, of), value: round.given });
    if (!round.is_open) this.follow(view);
  }

  follow(view) {
    // Fetches what became of a round when it is over, which in a replay may be an earlier one than the last, and draws the
    // names of its students anew where they have changed.
    const { number } = view.labelling;
    if (this.asked !== number) {
      this.asked = number;
      this.outcome = null;
      this.result.replaceChildren();
      this.ask(number);
    }
    const key = JSON.stringify([number, view.replay, view.names_hidden, view.members.map(({ id }) => id).toSorted()]);
    if (this.outcome && key !== this.known) this.draw();
    if (this.outcome) this.known = key;
  }

  async ask(number) {
    try {
      const answer = await fetch(address(`class/labels?class=${encodeURIComponent(this.board.data.class)}&round=${number}`));
      if (!answer.ok) throw new Error(answer.status);
      const outcome = await answer.json();
      if (this.asked === number) Object.assign(this, { outcome, known: "", shown: false });
    } catch {
      if (this.asked === number) this.asked = null; // again with the next view
    }
  }

  // --- what became of the round

  draw() {
    const { board, outcome } = this;
    const { texts } = board.data;
    const { n_rows: n, n_class: agreed, right, rows } = outcome;
    this.result.replaceChildren();
    const add = (...parts) => this.result.append(...parts);
    if (!n) return add(board.element("p", "", texts.label_none));
    const share = agreed ? ((100 * right) / agreed).toFixed(0) : "0";
    add(board.element("p", "ll-label-right", fill(texts.label_right, { n, agreed, right, share })));
    if (n > agreed) add(board.element("p", "ll-caption", fill(texts.label_ties, { n: n - agreed })));
    if (rows.length) add(this.head(), this.pictures());
    else add(board.element("p", "", texts.label_agreed));
    if (!board.view.replay) add(this.training());
    return undefined;
  }

  head() {
    const { board } = this;
    const { texts } = board.data;
    const head = board.element("div", "ll-row ll-label-head");
    head.append(board.element("h4", "", texts.label_rows));
    const check = board.check(head, texts.label_truth);
    check.checked = this.shown;
    check.addEventListener("change", () => {
      this.shown = check.checked;
      this.result.classList.toggle("ll-truth", this.shown);
    });
    this.result.classList.toggle("ll-truth", this.shown);
    return head;
  }

  pictures() {
    const { board, outcome } = this;
    const list = board.element("ul", "ll-label-rows");
    for (const [i, row] of outcome.rows.entries()) list.append(this.picture(row, outcome.images[i], i));
    return list;
  }

  picture(row, image, i) {
    const { board, outcome } = this;
    const { texts } = board.data;
    const names = board.data.images[board.view.labelling.dataset];
    const item = board.element("li");
    const canvas = item.appendChild(board.element("canvas", "ll-label-image", undefined, { role: "img", "aria-label": fill(texts.label_image, { n: i + 1 }) }));
    drawImages(board, canvas, pixelsOf(image), 1, outcome.shape);
    const bars = item.appendChild(board.element("ul", "ll-label-votes"));
    for (const { label, n, share } of votesOf(row)) {
      const bar = bars.appendChild(board.element("li"));
      bar.append(board.element("span", "", label === UNSURE ? texts.label_unsure : names[label]), board.element("b", "", n));
      const track = bar.appendChild(board.element("span", "ll-bar-track", undefined, { "aria-hidden": "true" }));
      track.appendChild(board.element("span", "ll-bar")).style.width = `${100 * share}%`;
    }
    item.append(board.element("p", "ll-label-truly", fill(texts.label_truly, { name: names[row.truth] })));
    return item;
  }

  training() {
    // Three runs for the teacher: on the labels of one student, which is chosen, on the class's and on the true ones.
    const { board } = this;
    const { texts } = board.data;
    const { members, names_hidden: hidden, labelling } = board.view;
    const { kinds } = labelling;
    const box = board.element("div", "ll-label-training");
    if (!Object.values(kinds).some((one) => one.includes("class"))) {
      const n = board.data.images[labelling.dataset].length;
      box.append(board.element("p", "ll-caption", fill(texts.label_few, { n })));
      return box;
    }
    const able = members.filter(({ id }) => kinds[id]?.includes("own")).toSorted((a, b) => a.number - b.number);
    const row = box.appendChild(board.element("div", "ll-row"));
    const whose = able.length && board.select(row, texts.label_whose, able.map((one) => ({ name: one.id, label: nameOf(one, hidden, texts) })));
    if (whose && able.some(({ id }) => id === this.chosen)) whose.value = this.chosen;
    if (whose) whose.addEventListener("change", () => (this.chosen = whose.value));
    const member = () => (whose ? whose.value : Object.keys(kinds)[0]);
    row.append(board.button(able.length ? texts.label_train : texts.label_train_two, () => board.tell("train", { member: member(), nonce: Date.now() })));
    box.append(board.element("p", "ll-caption", able.length ? texts.label_train_note : texts.label_few_own));
    return box;
  }
}
