// A labelling round on a student's page: one image after another with the classes as buttons, and, once the round is
// over, what became of the labels and what a ladder can be trained on.

import { address } from "./addresses.js";
import { drawImages } from "./pictures.js";
import { pixelsOf } from "./pixels.js";
import { fill } from "./words.js";

const UNSURE = -1; // in place of a class

/** The place of the next image without a label after `at`, else of the first one; null where all have one. `labels`: by
 * place, null for none. */
export function following(labels, at) {
  const open = labels.flatMap((one, i) => (one === null ? [i] : []));
  return open.find((i) => i > at) ?? open[0] ?? null;
}

export class LabelPad {
  // board: a Board with `texts` of the class and `images`, the names of the classes by dataset. give(values): sends a
  // label, and returns a promise of the refusal, null where there is no connection. train(kind): begins a run on labels of
  // this kind. toggled(): called when the sheet has opened or closed. The labels that the class does not have yet are in
  // `waiting`, by place.
  constructor(board, give, train, toggled) {
    Object.assign(this, { board, give, train, toggled, round: null, at: null, waiting: new Map(), images: [] });
    this.dialog = board.root.appendChild(board.element("dialog", "ll-labels", undefined, { "aria-label": board.data.texts.label_title }));
    this.dialog.addEventListener("close", () => toggled());
    this.dialog.addEventListener("keydown", (event) => this.pressed(event));
    this.build();
  }

  get isOpen() {
    return this.dialog.open;
  }

  toggle(open) {
    if (open === this.isOpen) return;
    if (!open) {
      this.dialog.close();
      return;
    }
    this.dialog.showModal();
    if (!this.asking.hidden) this.buttons[0].focus({ preventScroll: true });
    this.toggled();
  }

  // --- building

  build() {
    const { board, dialog } = this;
    const { texts } = board.data;
    const head = dialog.appendChild(board.element("div", "ll-label-top"));
    head.append(board.element("h3", "", texts.label_title), board.button("✕", () => this.toggle(false), texts.close));
    this.asking = dialog.appendChild(board.element("div", "ll-label-asking"));
    this.where = this.asking.appendChild(board.element("p", "ll-label-where", "", { role: "status" }));
    this.bar = this.asking.appendChild(board.element("progress", "ll-label-bar", undefined, { "aria-hidden": "true" }));
    this.canvas = this.asking.appendChild(board.element("canvas", "ll-label-image", undefined, { role: "img" }));
    this.asking.append(board.element("p", "ll-label-ask", texts.label_ask));
    this.classes = this.asking.appendChild(board.element("div", "ll-label-classes", undefined, { role: "group", "aria-label": texts.label_ask }));
    const row = this.asking.appendChild(board.element("div", "ll-label-row"));
    this.back = board.button(texts.label_back, () => this.go(this.at - 1));
    this.unsure = board.button(texts.label_unsure, () => this.choose(UNSURE));
    row.append(this.back, this.unsure);
    this.said = board.element("div", "ll-label-said");
    this.says = board.element("p", "ll-question-state", "", { role: "status" });
    dialog.append(this.said, this.says);
  }

  buildClasses() {
    const { board, round } = this;
    this.names = board.data.images[round.dataset] ?? [];
    this.buttons = this.names.map((name, k) => board.button(name, () => this.choose(k)));
    this.classes.classList.toggle("ll-words", this.names.some((name) => name.length > 2));
    this.classes.replaceChildren(...this.buttons);
  }

  // --- the round

  follow(round, seen) {
    // Takes the class's last round, null for none. seen: the key of the state for which the sheet has opened last. Returns
    // the key of this state.
    const before = this.round;
    this.round = round;
    if (!round) {
      this.toggle(false);
      return "";
    }
    if (round.number !== before?.number) this.begin();
    if (!round.is_open) this.waiting.clear();
    const key = `${round.number} ${round.is_open}`;
    this.show();
    this.send();
    if (key !== seen) this.toggle(true);
    return key;
  }

  begin() {
    this.waiting.clear();
    this.images = [];
    this.at = following(this.labels, -1);
    this.buildClasses();
    this.load();
  }

  async load() {
    const { number } = this.round;
    this.lost = false;
    try {
      const answer = await fetch(address("class/labels"));
      if (!answer.ok) throw new Error(answer.status);
      const { images, shape } = await answer.json();
      if (number !== this.round?.number) return;
      this.images = images.map(pixelsOf);
      this.imageShape = shape;
    } catch {
      this.lost = true;
    }
    this.show();
  }

  get labels() {
    return this.round.mine.map((one, i) => this.waiting.get(i) ?? one);
  }

  choose(label) {
    this.waiting.set(this.at, label);
    this.refusal = "";
    this.go(following(this.labels, this.at));
    this.send();
  }

  go(at) {
    this.at = at === null ? null : Math.max(0, at);
    this.show();
    if (at === null) this.said.querySelector("button")?.focus({ preventScroll: true });
  }

  async send() {
    // Sends the labels that the class does not have yet, one after the other. What is refused is dropped.
    const [next] = this.waiting;
    if (this.sending || !next || !this.round?.is_open) return;
    this.sending = true;
    const { number } = this.round;
    const [at, label] = next;
    const refusal = await this.give({ round: number, at, label });
    this.sending = false;
    if (refusal !== null && number === this.round?.number) {
      if (refusal === "") this.round.mine[at] = label;
      if (this.waiting.get(at) === label) this.waiting.delete(at);
      if (refusal) this.at = at;
      this.refusal = refusal;
    }
    this.show();
    if (refusal !== null) this.send();
  }

  pressed(event) {
    // A class's number labels the image. The letters of the page below do nothing here.
    if (event.key === "Escape") return;
    event.stopPropagation();
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || this.asking.hidden) return;
    if (/^\d$/.test(event.key) && Number(event.key) < this.names.length) this.choose(Number(event.key));
    if (event.key === "ArrowLeft" && this.at > 0) this.go(this.at - 1);
  }

  // --- showing

  show() {
    const { board, round, at } = this;
    if (!round) return;
    const { texts } = board.data;
    const ready = Boolean(this.images.length);
    const asks = round.is_open && at !== null && ready;
    this.asking.hidden = !asks;
    if (asks) this.showImage();
    const unsent = this.waiting.size > 1 ? fill(texts.label_unsent, { n: this.waiting.size }) : "";
    const wait = round.is_open && at !== null && !ready && !this.lost ? texts.label_loading : "";
    this.say(this.refusal || unsent || wait);
    const shape = JSON.stringify([asks, this.lost, round.is_open, round.result, round.is_open && this.labels]);
    if (shape === this.shape) return;
    this.shape = shape;
    this.said.hidden = asks;
    this.said.replaceChildren(...(round.is_open ? (at === null ? this.thanks() : this.trouble()) : this.outcome()));
  }

  say(text) {
    if (this.says.textContent !== text) this.says.textContent = text;
  }

  showImage() {
    const { board, at, labels } = this;
    const said = fill(board.data.texts.label_at, { n: at + 1, of: labels.length });
    if (this.where.textContent !== said) this.where.textContent = said;
    Object.assign(this.bar, { max: labels.length, value: labels.filter((one) => one !== null).length });
    this.canvas.setAttribute("aria-label", said);
    drawImages(board, this.canvas, this.images[at], 1, this.imageShape);
    for (const [k, button] of this.buttons.entries()) button.setAttribute("aria-pressed", String(labels[at] === k));
    this.unsure.setAttribute("aria-pressed", String(labels[at] === UNSURE));
    this.back.disabled = at === 0;
  }

  trouble() {
    const { texts } = this.board.data;
    if (!this.lost) return [];
    return [this.board.element("p", "", texts.label_lost), this.board.button(texts.label_retry, () => this.load())];
  }

  thanks() {
    const { board, labels } = this;
    const { texts } = board.data;
    const unsure = labels.filter((one) => one === UNSURE).length;
    const lines = [board.element("p", "ll-label-thanks", fill(texts.label_done, { n: labels.length - unsure }), { role: "status" })];
    if (unsure) lines.push(board.element("p", "", fill(texts.label_done_unsure, { n: unsure })));
    return [...lines, board.element("p", "", texts.label_wait), board.button(texts.label_again, () => this.go(0))];
  }

  outcome() {
    const { board, names, round } = this;
    const { texts } = board.data;
    const { n_own: n, right_own: right, n_class, right_class, kinds } = round.result;
    const share = n_class ? ((100 * right_class) / n_class).toFixed(0) : "0";
    const paragraph = (text, className = "") => board.element("p", className, text);
    const lines = [paragraph(texts.label_over, "ll-label-thanks")];
    lines.push(paragraph(n ? fill(texts.label_own_right, { n, right, wrong: n - right }) : texts.label_own_none));
    if (n_class) lines.push(paragraph(fill(texts.label_class_right, { n: n_class, right: right_class, share })));
    if (!kinds.length) return [...lines, paragraph(fill(texts.label_few_class, { n: names.length }))];
    lines.push(board.element("h4", "", texts.label_train));
    const group = board.element("div", "ll-label-kinds");
    const sizes = { own: n, class: n_class, true: n_class };
    group.append(...kinds.map((kind) => this.trainButton(kind, fill(texts[`label_kind.${kind}`], { n: sizes[kind] }))));
    lines.push(group);
    if (!kinds.includes("own")) lines.push(paragraph(fill(texts.label_few_own, { n: names.length })));
    return [...lines, paragraph(texts.label_beside, "ll-question-state")];
  }

  trainButton(kind, words) {
    const button = this.board.button(words, () => {
      this.toggle(false);
      this.train(kind);
    });
    button.classList.add("ll-class-main");
    return button;
  }

  close() {
    this.dialog.remove();
  }
}
