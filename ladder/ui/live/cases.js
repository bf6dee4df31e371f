// From a number to its cases: a cell of the confusion matrix opens the test samples that it counts, each as noisy, restored
// and clean, with its class probabilities and a way to the page Inside.

import { drawHeat, drawImages, still } from "./pictures.js";
import { count, fill, formatPercent } from "./words.js";

export const ROW_KEY = "ladder.inside.row"; // what the page Inside shows at first, in the browser's session storage
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
    this.element = panel.element("div", "ll-help ll-cases", undefined, { popover: "auto", role: "dialog", tabindex: "-1" });
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
    this.element.replaceChildren(this.panel.element("p", "", this.panel.data.texts["cases.waiting"]));
    this.element.showPopover();
    this.ask(0);
  }

  ask(first) {
    const { feed, data } = this.panel;
    feed.say({ cases: [Math.floor(this.at / this.n), this.at % this.n, first], language: data.language });
  }

  show({ header, arrays }) {
    // Shows the samples that the server has sent, or why it sends none.
    const { panel } = this;
    const { texts, language } = panel.data;
    if (header.refusal) {
      this.element.replaceChildren(panel.element("p", "", header.refusal));
      return;
    }
    const { class_names: names } = panel.data.data;
    const words = { true: names[header.true], predicted: names[header.predicted], n: count(header.n, language), update: count(header.update, language) };
    const rows = [...arrays.row].map((row, i) => this.case(row, i, arrays, header));
    const list = panel.element("ul", "ll-case-list");
    list.append(...rows);
    const title = panel.element("p", "ll-help-title", fill(texts[header.true === header.predicted ? "cases.right" : "cases.wrong"], words));
    this.element.replaceChildren(title, panel.element("p", "ll-now", texts["cases.order"]), list);
    const next = header.first + rows.length;
    if (next < header.n) this.element.append(this.panel.button(fill(texts["cases.more"], { n: count(header.n - next, language) }), () => this.ask(next)));
    this.element.focus();
  }

  case(row, i, arrays, header) {
    // One sample: its three pictures, what it is taken for, and the way inside.
    const { panel } = this;
    const { texts, data } = panel.data;
    const [n, d] = [data.n_classes, data.n_features];
    const line = panel.element("li", "ll-case");
    for (const kind of ["noisy", "restored", "clean"]) {
      const values = arrays[kind].subarray(i * d, (i + 1) * d);
      const draw = (canvas) => (data.image_shape ? drawImages(panel, canvas, values, 1, data.image_shape) : drawHeat(panel, canvas, values, 1, d));
      line.append(still(panel, "ll-pixels", draw));
    }
    const share = (k) => fill(texts["cases.share"], { class: data.class_names[k], share: formatPercent(arrays.probabilities[i * n + k], texts) });
    const shares = [...new Set([header.predicted, header.true])].map(share).join(" · ");
    const words = line.appendChild(panel.element("span", "", fill(texts["cases.row"], { n: row + 1 })));
    words.append(panel.element("small", "", shares));
    line.append(this.panel.button(texts["cases.inside"], () => goInside(row)));
    return line;
  }
}

function goInside(row) {
  // Opens the page Inside with this test row, by the page's own link, which keeps the tab.
  sessionStorage.setItem(ROW_KEY, row);
  document.querySelector('a[href$="/inside"]')?.click();
}
