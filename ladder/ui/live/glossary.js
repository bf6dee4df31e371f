// Links from a help text to the glossary's entries for its symbols (ladder/teaching/glossary.py), and the run with whose
// values that page shows them.

import { address } from "./addresses.js";
import { fill } from "./words.js";

const LINKS = 'a[href*="symbol="]';

export function symbolLinks(panel, meaning, formula = "") {
  // A line with a link for each symbol of the two texts; nothing where they have none.
  const { texts, glossary } = panel.data;
  const terms = new Map();
  for (const [text, pattern] of [[meaning, glossary.signs], [formula, glossary.words]]) {
    for (const [, symbol] of text.normalize("NFC").matchAll(new RegExp(pattern, "g"))) {
      const term = glossary.terms[symbol];
      terms.set(term.key, term);
    }
  }
  if (!terms.size) return [];
  const line = panel.element("p", "ll-symbols");
  line.append(panel.element("span", "", texts.symbols));
  for (const { key, symbol, name } of terms.values()) {
    const href = `${address("lessons")}?${glossary.query}${key}`;
    const label = fill(texts.named, { name: symbol, value: name });
    line.append(panel.element("a", "", symbol, { href, target: "_blank", rel: "noopener", title: name, "aria-label": label }));
  }
  return [line];
}

export function nameTheRun(page) {
  // Puts the run that the address names into a link to the glossary when a person comes near the link. So it is the run
  // in view, though the link may be older. The glossary reads that run and takes it from nobody.
  if (page.namesTheRun) return;
  page.namesTheRun = true;
  const name = ({ target }) => {
    const link = target.closest?.(LINKS);
    const run = new URL(location.href).searchParams.get("run");
    if (!link || !run) return;
    const url = new URL(link.href);
    url.searchParams.set("of", run);
    link.href = url.href;
  };
  for (const event of ["pointerover", "pointerdown", "focusin"]) page.addEventListener(event, name, true);
}
