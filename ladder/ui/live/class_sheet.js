// A card of a student's class that opens over the page from the strip below it.

export class Sheet {
  // board: a Board with `texts` of the class. title: what the card is called. toggled(): called when it has opened or
  // closed.
  constructor(board, title, toggled) {
    Object.assign(this, { board, title, toggled });
    this.card = board.root.appendChild(board.element("section", "ll-question", undefined, { popover: "manual", "aria-label": title }));
  }

  get isOpen() {
    return this.card.matches(":popover-open");
  }

  toggle(open) {
    if (open === this.isOpen) return;
    this.card.togglePopover(open);
    this.toggled();
  }

  fill(...elements) {
    // Shows the elements below the title. The keyboard's focus stays in the card where it was there.
    const { board, card } = this;
    const inside = card.contains(document.activeElement);
    const head = board.element("div", "ll-question-head");
    head.append(board.element("h3", "", this.title), board.button("✕", () => this.toggle(false), board.data.texts.close));
    card.replaceChildren(head, ...elements);
    if (inside) card.querySelector(".ll-class-main, button").focus({ preventScroll: true });
  }

  close() {
    this.card.remove();
  }
}
