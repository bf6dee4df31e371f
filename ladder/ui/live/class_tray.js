// The tray: runs at an update and answers that the teacher has kept, in an order to be shown.

import { KeptList, write } from "./class_list.js";
import { nameOf } from "./class_words.js";
import { count, fill, formatPercent } from "./words.js";

export class Tray {
  // board: the ClassBoard.
  constructor(board) {
    const { texts } = board.data;
    Object.assign(this, { board, element: board.section("tray", texts.tray_title) });
    this.nothing = this.element.appendChild(board.element("p", "ll-caption", texts.tray_none));
    const list = this.element.appendChild(board.element("ol", "ll-tray"));
    this.list = new KeptList(list, ({ id }) => id, (kept) => new TrayLine(board, kept));
  }

  show(view) {
    this.nothing.hidden = view.tray.length > 0;
    this.list.show(view.tray);
  }
}

/** The ids of the tray after the one at a place was moved by -1 or 1; null where it is at that end. */
export function moved(ids, at, by) {
  if (!(at + by in ids)) return null;
  return ids.with(at, ids[at + by]).with(at + by, ids[at]);
}

/** The numbers that a run had when it was kept, in words, "" where it has none. */
export function numbersOf({ error, twin_error }, texts) {
  if (!Number.isFinite(error)) return "";
  const twin = Number.isFinite(twin_error) ? formatPercent(twin_error, texts) : "–";
  return fill(texts.kept_errors, { error: formatPercent(error, texts), twin });
}

class TrayLine {
  constructor(board, { id }) {
    const { texts } = board.data;
    Object.assign(this, { board, id, element: board.element("li", "ll-kept") });
    const what = this.element.appendChild(board.element("div", "ll-kept-what"));
    this.words = what.appendChild(board.element("b"));
    this.numbers = what.appendChild(board.element("span"));
    this.now = what.appendChild(board.element("span", "ll-caption", texts.kept_now));
    this.note = board.field(this.element, texts.note, { maxlength: 300 });
    this.note.addEventListener("change", () => board.act("note", { kept: id, text: this.note.value }));
    const acts = this.element.appendChild(board.element("span", "ll-row"));
    this.open = board.button(texts.open_run, () => board.watch(this.isOpen ? "" : this.run));
    this.present = board.button("", () => this.showToAll());
    this.up = board.button("↑", () => this.move(-1), texts.move_up);
    this.down = board.button("↓", () => this.move(1), texts.move_down);
    this.remove = board.button(texts.take_out, () => board.act("order", { order: this.ids.filter((one) => one !== id) }));
    acts.append(this.open, this.present, this.up, this.down, this.remove);
  }

  get ids() {
    return this.board.view.tray.map((one) => one.id);
  }

  get run() {
    // The run to be opened: as it was when it was kept, else as it is now.
    return this.kept.snapshot || this.kept.run;
  }

  get isOpen() {
    return this.run !== "" && this.board.data.watched === this.run;
  }

  get isShown() {
    const { view } = this.board;
    const { question } = this.kept;
    return question ? Boolean(view.questions.find(({ id }) => id === question)?.is_shown) : view.shown === this.run;
  }

  showToAll() {
    const { question } = this.kept;
    if (question) this.board.act("show_answers", { question, on: !this.isShown });
    else this.board.act("show", { run: this.isShown ? "" : this.run });
  }

  async move(by) {
    const order = moved(this.ids, this.ids.indexOf(this.id), by);
    if (order) await this.board.act("order", { order });
    (by < 0 ? this.up : this.down).focus();
  }

  show(kept) {
    const { data, view } = this.board;
    const { texts, language } = data;
    const at = this.ids.indexOf(this.id);
    if (document.activeElement !== this.note && kept.note !== this.kept?.note) this.note.value = kept.note;
    this.kept = kept;
    const member = view.members.find(({ id }) => id === kept.member);
    const question = view.questions.find(({ id }) => id === kept.question);
    const name = member ? nameOf(member, view.names_hidden, texts) : texts.gone;
    write(this.words, question ? question.text : fill(texts.kept_run, { name, update: count(kept.update, language) }));
    write(this.numbers, numbersOf(kept, texts));
    this.now.hidden = Boolean(question || kept.snapshot || view.example);
    this.open.hidden = Boolean(question);
    this.open.disabled = Boolean(view.example); // its runs are not on this server
    this.open.setAttribute("aria-pressed", String(this.isOpen));
    write(this.present, this.isShown ? texts.show_back : texts.show_all);
    this.present.setAttribute("aria-pressed", String(this.isShown));
    this.up.ariaDisabled = String(at === 0);
    this.down.ariaDisabled = String(at === view.tray.length - 1);
    for (const one of [this.present, this.up, this.down, this.remove, this.note]) one.disabled = view.ended;
  }
}
