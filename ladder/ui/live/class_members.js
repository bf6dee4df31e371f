// The board: a line for each student, with at most three numbers. The server sends those first who need the teacher.

import { KeptList, write } from "./class_list.js";
import { errorOf, isThere, nameOf, needOf, placeOf } from "./class_words.js";
import { fill } from "./words.js";

export class Members {
  // board: the ClassBoard.
  constructor(board) {
    const { texts } = board.data;
    this.board = board;
    this.element = board.section("members", texts.members_title, true);
    this.count = this.element.appendChild(board.element("p", "ll-caption"));
    this.example = this.element.appendChild(board.element("p", "ll-caption", texts.example_runs, { hidden: "" }));
    const names = this.element.appendChild(board.element("label", "ll-check"));
    this.hidden = names.appendChild(board.element("input", "", undefined, { type: "checkbox" }));
    names.append(texts.hide_names);
    this.hidden.addEventListener("change", () => board.hideNames(this.hidden.checked));
    this.opened = new OpenedRun(board);
    this.element.append(this.opened.element);
    const list = this.element.appendChild(board.element("ul", "ll-members"));
    this.list = new KeptList(list, ({ id }) => id, (member) => new MemberLine(board, member));
  }

  show(view) {
    const { texts } = this.board.data;
    const here = view.members.filter((one) => one.here && one.admitted).length;
    const words = isOver(view) ? texts.members_over : texts.members_count;
    write(this.count, view.members.length ? fill(words, { n: view.members.length, here }) : texts.members_none);
    this.example.hidden = !view.example;
    this.hidden.checked = view.names_hidden;
    this.opened.show(view);
    this.list.show(view.members);
  }
}

function isOver({ ended, replay }) {
  // Whether the class has ended, and is shown as it is: nobody needs anything or is away.
  return ended && !replay;
}

class MemberLine {
  constructor(board, { id }) {
    const { texts } = board.data;
    Object.assign(this, { board, element: board.element("li", "ll-member") });
    const span = (name) => this.element.appendChild(board.element("span", `ll-member-${name}`));
    [this.name, this.place, this.error, this.need] = ["name", "place", "error", "need"].map(span);
    const acts = this.element.appendChild(board.element("span", "ll-member-acts"));
    this.admit = board.button(texts.admit, () => board.act("admit", { member: id }));
    this.open = board.button(texts.open_run, () => board.watch(this.run === board.data.watched ? "" : this.run));
    this.remove = board.twice(texts.remove, texts.remove_sure, () => board.act("remove", { member: id }));
    acts.append(this.admit, this.open, this.remove);
  }

  show(member) {
    const { data, view } = this.board;
    const { texts } = data;
    this.run = member.run;
    const name = nameOf(member, view.names_hidden, texts);
    const need = isOver(view) ? "" : needOf(member, view.now, data.lessons, texts);
    write(this.name, name);
    write(this.place, placeOf(member, data.lessons, texts));
    write(this.error, errorOf(view.runs[member.run], texts));
    write(this.need, need);
    this.element.classList.toggle("ll-away", !member.here && member.admitted && !isOver(view));
    this.element.classList.toggle("ll-urgent", Boolean(need) && (member.here || member.needs_help || !member.admitted));
    this.admit.hidden = member.admitted;
    this.open.hidden = !member.admitted || view.replay;
    this.open.disabled = !isThere(view.runs[member.run]);
    this.remove.hidden = this.admit.disabled = view.ended;
    const opened = Boolean(member.run) && member.run === data.watched;
    this.open.setAttribute("aria-pressed", String(opened));
    for (const [button, words] of [[this.admit, texts.admit], [this.open, texts.open_run], [this.remove, texts.remove]]) {
      const label = fill(texts.named, { name: words, value: name });
      if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
    }
  }
}

class OpenedRun {
  // The run that the teacher looks at, which Streamlit draws above the board, and the one that all see.
  constructor(board) {
    const { texts } = board.data;
    Object.assign(this, { board, element: board.element("div", "ll-opened", undefined, { hidden: "" }) });
    this.words = this.element.appendChild(board.element("b"));
    this.show_all = board.button(texts.show_all, () => board.act("show", { run: this.isShown ? "" : board.data.watched }));
    this.keep = board.button(texts.keep, () => board.keepRun(board.data.watched));
    this.close = board.button(texts.close_run, () => board.watch(""));
    this.element.append(this.show_all, this.keep, this.close);
  }

  get isShown() {
    // Whether the button takes back what is shown.
    const { data, view } = this.board;
    return Boolean(view.shown) && (view.shown === data.watched || !data.watched);
  }

  show(view) {
    const { watched, texts } = this.board.data;
    const member = this.board.ownerOf(watched || view.shown);
    this.element.hidden = !member;
    if (!member) return;
    write(this.words, fill(watched ? texts.opened : texts.shown, { name: nameOf(member, view.names_hidden, texts) }));
    write(this.show_all, this.isShown ? texts.show_back : texts.show_all);
    this.show_all.setAttribute("aria-pressed", String(this.isShown));
    this.show_all.disabled = view.ended;
    this.keep.disabled = view.ended || !isThere(view.runs[watched]); // its update is not known once the student has left it
    this.keep.hidden = this.close.hidden = !watched;
  }
}
