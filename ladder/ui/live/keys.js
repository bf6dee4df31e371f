// The letters of the page's buttons, which Streamlit listens for at the document.

// Widgets that keep the focus after they were used and have no use for letters. A list that is open has: one searches it.
const WORDLESS = [
  'input[type="range"]', 'input[type="checkbox"]', 'input[type="radio"]', '[role="slider"]',
  'input[role="combobox"][aria-expanded="false"]', 'input[type="number"]',
].join();
const TEXT = 'input, textarea, select, [contenteditable="true"]'; // Streamlit hears no letter from these

/**
 * Hand a button's letter over from a wordless widget that has the focus, and keep back those that a held key repeats: a
 * button is not pressed again by holding it.
 * @param {KeyboardEvent} event - a keydown that nobody else has seen
 * @param {string} keys - the buttons' letters, as capitals
 */
export function passLetters(event, keys) {
  const { target, key, code, keyCode, repeat } = event;
  if (!event.isTrusted || event.ctrlKey || event.altKey || event.metaKey || !keys.includes(key.toUpperCase())) return;
  const wordless = target.matches?.(WORDLESS) && !(target.type === "number" && key === "e"); // 1e-3
  if (!wordless && !(repeat && !target.matches?.(TEXT))) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // nor to a panel that is just being replaced by another
  if (repeat) return;
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code, keyCode, bubbles: true, cancelable: true }));
}
