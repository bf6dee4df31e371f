// From a number to its cases: a cell of the confusion matrix opens the test samples that it counts.

import { CaseDialog } from "./case_dialog.js";
import { count, fill } from "./words.js";

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** The number of the cell that an arrow key leads to from cell `at` of a table of n x n; undefined for other keys. */
export function cellAfter(key, at, n) {
  if (!(key in MOVES)) return undefined;
  const [down, right] = MOVES[key];
  const [row, column] = [Math.floor(at / n) + down, (at % n) + right];
  return row < 0 || column < 0 || row >= n || column >= n ? at : row * n + column;
}

export class Cases {
  // panel: the LivePanel. cells: the matrix's n x n cells, row by row, true class by predicted class. They are one stop of
  // the keyboard; arrows go from cell to cell.
  constructor(panel, cells) {
    Object.assign(this, { panel, cells, n: Math.sqrt(cells.length), at: 0 });
    this.dialog = new CaseDialog(panel, "test", (n) => fill(panel.data.texts["cases.row"], { n }));
    this.element = this.dialog.element;
    for (const [i, cell] of cells.entries()) {
      cell.tabIndex = i ? -1 : 0;
      cell.addEventListener("click", () => this.open(i));
      cell.addEventListener("keydown", (event) => this.pressed(event, i));
    }
  }

  pressed(event, i) {
    const next = cellAfter(event.key, i, this.n);
    if (next !== undefined) {
      this.cells[i].tabIndex = -1;
      this.cells[next].tabIndex = 0;
      this.cells[next].focus();
    } else if (event.key === "Enter" || event.key === " ") {
      this.open(i);
    } else {
      return;
    }
    event.preventDefault();
  }

  open(i) {
    if (!this.cells[i].textContent) return; // it counts none
    this.at = i;
    this.dialog.wait();
    this.ask(0);
  }

  ask(first) {
    const { feed, data } = this.panel;
    feed.say({ cases: [Math.floor(this.at / this.n), this.at % this.n, first], language: data.language });
  }

  show(answer) {
    const { header, arrays } = answer;
    const { texts, language, data } = this.panel.data;
    const { class_names: names } = data;
    const words = { true: names[header.true], predicted: names[header.predicted], n: count(header.n, language), update: count(header.update, language) };
    const title = fill(texts[header.true === header.predicted ? "cases.right" : "cases.wrong"], words);
    this.dialog.show(answer, title, [texts["cases.order"]]);
    const next = header.first + (arrays.row?.length ?? 0);
    if (next < header.n) this.element.append(this.panel.button(fill(texts["cases.more"], { n: count(header.n - next, language) }), () => this.ask(next)));
  }
}
