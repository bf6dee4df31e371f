// A list whose entries stay the same elements while what they show changes, so that the keyboard's focus survives.

export class KeptList {
  // box: the element that holds the entries. keyOf(item): by what an item is known. made(item): its entry, an object with
  // its `element` and show(item), which writes what has changed.
  constructor(box, keyOf, made) {
    Object.assign(this, { box, keyOf, made, entries: new Map() });
  }

  show(items) {
    const keys = items.map(this.keyOf);
    for (const [key, entry] of this.entries) {
      if (keys.includes(key)) continue;
      entry.element.remove();
      this.entries.delete(key);
    }
    const focused = this.box.contains(document.activeElement) ? document.activeElement : null;
    for (const [i, item] of items.entries()) {
      if (!this.entries.has(keys[i])) this.entries.set(keys[i], this.made(item));
      const entry = this.entries.get(keys[i]);
      entry.show(item);
      if (this.box.children[i] !== entry.element) this.box.insertBefore(entry.element, this.box.children[i] ?? null);
    }
    if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
  }
}

/** Writes a text where it is another one: a screen reader is told of nothing that stayed. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
