// The drawn samples of this browser on the page Data, of which the script makes data and files.

import { Board } from "./board.js";
import { DrawnList } from "./drawn_list.js";
import { DrawnSet, keptSets } from "./drawn_set.js";
import { mounting } from "./mounting.js";
import { fill } from "./words.js";

class DrawnPage extends Board {
  shape() {
    return [this.data.labels];
  }

  build() {
    this.root.className = "ll-root ll-drawn-page";
    this.dismantle();
    this.sets = keptSets().map((kind) => this.listed(kind));
  }

  listed(kind) {
    const { texts, labels } = this.data;
    const [rows, columns] = kind.shape;
    const box = this.root.appendChild(this.element("section"));
    const set = new DrawnSet(kind, () => {
      list.draw();
      this.report();
    });
    const list = new DrawnList(this, set, labels);
    box.append(this.element("h4", "", fill(texts["drawn.kind"], { rows, columns, n: kind.names.length })), list.element);
    list.draw();
    return set;
  }

  updated() {
    this.report();
  }

  report() {
    // Tells the script all sets, once for each change of them.
    const words = this.sets.filter(({ samples }) => samples.length).map((set) => set.words);
    const said = JSON.stringify(words);
    if (said !== this.said) this.tell("sets", words);
    this.said = said;
  }

  dismantle() {
    for (const set of this.sets ?? []) set.close();
  }

  close() {
    super.close();
    this.dismantle();
  }
}

export default mounting(DrawnPage);
