// The letters of the page's buttons, for which Streamlit listens at the document.

// Widgets that keep the focus after they were used and take no letters. A list that is open takes them for its search.
const WORDLESS = [
  'input[type="range"]', 'input[type="checkbox"]', 'input[type="radio"]', '[role="slider"]',
  'input[role="combobox"][aria-expanded="false"]', 'input[type="number"]',
].join();
const TEXT = 'input, textarea, select, [contenteditable="true"]'; // Streamlit ignores letters typed into these

/**
 * Passes a button's letter on to the document from a focused widget that takes no letters. Stops the letters that a
 * held key repeats, so that holding it does not press the button again.
 * @param {KeyboardEvent} event - a keydown that no other listener has seen
 * @param {string} keys - the buttons' letters, as capitals
 */
export function passLetters(event, keys) {
  const { target, key, code, keyCode, repeat } = event;
  if (!event.isTrusted || event.ctrlKey || event.altKey || event.metaKey || !keys.includes(key.toUpperCase())) return;
  const wordless = target.matches?.(WORDLESS) && !(target.type === "number" && key === "e"); // 1e-3
  if (!wordless && !(repeat && !target.matches?.(TEXT))) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // keeps it also from a panel that is just being replaced by another
  if (repeat) return;
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code, keyCode, bubbles: true, cancelable: true }));
}
