// Streamlit's own words in the page's language. Streamlit has them in English alone, and no option for others.

const ATTRIBUTES = ["aria-label", "title", "placeholder"];
const OURS = ".ll-root"; // the panels' words come from the catalogue, and their charts change several times a second
const LATIN = /[A-Za-z]{2}/;

/** A pattern for texts like "Remove {name}", and what to write: pieces in turn with the names of values. */
function pattern([english, other]) {
  const escaped = english.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return { from: new RegExp(`^${escaped.replace(/\{(\w+)\}/g, "(?<$1>.+?)")}$`), to: other };
}

export class Translation {
  /**
   * Watches a document, in which Streamlit goes on writing English. React keeps no look at what a text node holds, so
   * that a node whose text is replaced stays as it is until Streamlit has another text for it.
   * @param {Document} root - the document
   */
  constructor(root) {
    this.root = root;
    this.written = new Map(); // of each place that was translated: what it said, and what it says
    this.observer = new MutationObserver((records) => records.forEach((record) => this.take(record)));
  }

  /**
   * Uses other words from now on, everywhere in the document.
   * @param {Object<string, string>} words - English text to the text in its place; {name} stands for any value
   */
  use(words) {
    const key = JSON.stringify(words);
    if (key === this.key) return;
    this.key = key;
    this.observer.disconnect();
    this.restore();
    const entries = Object.entries(words);
    this.exact = new Map(entries.filter(([english]) => !english.includes("{")));
    this.patterns = entries.filter(([english]) => english.includes("{")).map(pattern);
    if (!entries.length) return;
    this.walk(this.root.body);
    const what = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES };
    this.observer.observe(this.root.body, what);
  }

  /** Writes Streamlit's own words again wherever they were replaced. */
  restore() {
    for (const [node, places] of this.written) {
      for (const [name, { was, is }] of Object.entries(places)) {
        if (this.read(node, name) === is) this.write(node, name, was);
      }
    }
    this.written.clear();
  }

  read(node, name) {
    return name ? node.getAttribute(name) : node.data;
  }

  write(node, name, text) {
    if (name) node.setAttribute(name, text);
    else node.data = text;
  }

  take({ type, target, addedNodes, attributeName }) {
    const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
    if (!element || element.closest(OURS)) return;
    if (type === "childList") addedNodes.forEach((node) => this.walk(node));
    else this.translate(target, attributeName || "");
  }

  walk(node) {
    if (node.nodeType === Node.TEXT_NODE) this.translate(node, "");
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(OURS)) return;
    for (const name of ATTRIBUTES) if (node.hasAttribute(name)) this.translate(node, name);
    node.childNodes.forEach((child) => this.walk(child));
  }

  translate(node, name) {
    const was = this.read(node, name);
    const is = was && LATIN.test(was) ? this.inWords(was) : null;
    if (is === null || is === was) return;
    for (const old of this.written.keys()) if (!old.isConnected) this.written.delete(old);
    this.written.set(node, { ...this.written.get(node), [name]: { was, is } });
    this.write(node, name, is);
  }

  inWords(text) {
    const [, before, core, after] = text.match(/^(\s*)([^]*?)(\s*)$/);
    if (this.exact.has(core)) return before + this.exact.get(core) + after;
    for (const { from, to } of this.patterns) {
      const found = core.match(from);
      if (found) return before + to.replace(/\{(\w+)\}/g, (_, value) => found.groups[value]) + after;
    }
    return null;
  }
}
