// A dialog with samples, each as noisy, restored and clean, with its class probabilities and a way to the page Inside.

import { drawHeat, drawImages, still } from "./pictures.js";
import { fill, formatPercent } from "./words.js";

const LOOK_KEY = "ladder.inside.look"; // what the page Inside shows at first, in the browser's session storage

/** What another page has left for the page Inside to show at first, once: fields of recipe/sample.py, {} for nothing. */
export function takeLook() {
  const left = sessionStorage.getItem(LOOK_KEY);
  sessionStorage.removeItem(LOOK_KEY);
  return left ? JSON.parse(left) : {};
}

export class CaseDialog {
  // panel: the LivePanel. part: "test" or "training", the rows that it shows. named(n): the name of row n, counted from 1.
  constructor(panel, part, named) {
    Object.assign(this, { panel, part, named });
    this.element = panel.element("div", "ll-help ll-cases", undefined, { popover: "auto", role: "dialog", tabindex: "-1" });
  }

  wait() {
    this.element.replaceChildren(this.panel.element("p", "", this.panel.data.texts["cases.waiting"]));
    this.element.showPopover();
  }

  show({ header, arrays }, title, notes) {
    // Shows the samples that the server has sent, or why it sends none.
    const { panel } = this;
    if (header.refusal) {
      this.element.replaceChildren(panel.element("p", "", header.refusal));
      return;
    }
    const list = panel.element("ul", "ll-case-list");
    list.append(...[...arrays.row].map((row, i) => this.case(row, i, arrays, header)));
    const words = notes.map((note) => panel.element("p", "ll-now", note));
    this.element.replaceChildren(panel.element("p", "ll-help-title", title), ...words, list);
    this.element.focus();
  }

  case(row, i, arrays, header) {
    // One sample: its three pictures, what it is taken for, and the way inside.
    const { panel, part } = this;
    const { texts, data } = panel.data;
    const [n, d] = [data.n_classes, data.n_features];
    const line = panel.element("li", "ll-case");
    for (const kind of ["noisy", "restored", "clean"]) {
      const values = arrays[kind].subarray(i * d, (i + 1) * d);
      const draw = (canvas) => (data.image_shape ? drawImages(panel, canvas, values, 1, data.image_shape) : drawHeat(panel, canvas, values, 1, d));
      line.append(still(panel, "ll-pixels", draw));
    }
    const share = (k) => fill(texts["cases.share"], { class: data.class_names[k], share: formatPercent(arrays.probabilities[i * n + k], texts) });
    const shares = [...new Set([header.predicted, header.true])].filter((k) => k >= 0).map(share).join(" · ");
    const words = line.appendChild(panel.element("span", "", this.named(row + 1)));
    words.append(panel.element("small", "", shares));
    line.append(panel.button(texts["cases.inside"], () => goInside({ part, row })));
    return line;
  }
}

function goInside(look) {
  // Opens the page Inside with this sample, by the page's own link, which keeps the tab.
  sessionStorage.setItem(LOOK_KEY, JSON.stringify(look));
  document.querySelector('a[href$="/inside"]')?.click();
}
