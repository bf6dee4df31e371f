// The page as it is shown to a class: some of the first cards, large, with the numbers and few controls. A presenter's
// clicker, which sends the keys of a slide show, goes through the cards one by one, and plays or pauses.

const FORWARD = ["PageDown", "ArrowDown"];
const BACK = ["PageUp", "ArrowUp"];
const BLACK = "."; // a clicker's third button, which blackens a slide show

export class Presenter {
  // panel: the LivePanel. cards: the elements that can be shown, in the order of PRESENTED (ladder/recipe/view.py).
  constructor(panel, cards) {
    Object.assign(this, { panel, cards, mask: 0, alone: -1, wanted: null });
    this.key = (event) => this.press(event);
    document.addEventListener("keydown", this.key, true);
  }

  get chosen() {
    return this.cards.filter((_, k) => (this.mask >> k) & 1);
  }

  show(mask) {
    // Shows the cards of `mask`, one bit for each, or the usual page for 0.
    if (mask === this.mask) return;
    this.mask = mask;
    this.alone = -1;
    this.arrange();
  }

  want(card) {
    // Shows this card too, whatever was chosen; null for none.
    if (card === this.wanted) return;
    this.wanted = card;
    if (this.mask) this.arrange();
  }

  arrange() {
    const { panel, chosen } = this;
    const alone = this.alone < 0 ? chosen : [chosen[this.alone]];
    const shown = this.wanted && !alone.includes(this.wanted) ? [...alone, this.wanted] : alone;
    panel.root.classList.toggle("ll-present", this.mask > 0);
    for (const n of [1, 2, 3, 4]) panel.root.classList.toggle(`ll-show-${n}`, this.mask > 0 && shown.length === n);
    for (const card of this.cards) card.hidden = this.mask > 0 && !shown.includes(card);
    panel.measureRoom();
    panel.drawer.stale([...panel.drawer.charts, ...panel.drawer.pictures]);
  }

  press(event) {
    if (!this.mask || event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.("input, select, textarea, [role=slider]")) return;
    const step = FORWARD.includes(event.key) ? 1 : BACK.includes(event.key) ? -1 : 0;
    if (step) {
      const places = this.chosen.length + 1; // all, then each alone
      this.alone = ((this.alone + 1 + step + places) % places) - 1;
      this.arrange();
    } else if (event.key === BLACK) {
      document.querySelector(".st-key-button-play button")?.click();
    } else {
      return;
    }
    event.preventDefault();
  }

  close() {
    document.removeEventListener("keydown", this.key, true);
  }
}
