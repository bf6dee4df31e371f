// The letters of the page's buttons, for which Streamlit listens at the document.

// Widgets that keep the focus after they were used and take no letters. A list that is open takes them for its search.
const WORDLESS = [
  'input[type="range"]', 'input[type="checkbox"]', 'input[type="radio"]', '[role="slider"]',
  'input[role="combobox"][aria-expanded="false"]', 'input[type="number"]',
].join();
const TEXT = 'input, textarea, select, [contenteditable="true"]'; // Streamlit ignores letters typed into these

/**
 * The letter, as a capital, that a key stands for: the one that it types or, on a keyboard that types others, such as a
 * Russian one, the Latin one at its place. "" for other keys.
 * @param {KeyboardEvent} event
 */
export function letterOf({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  return /^Key[A-Z]$/.test(code) ? code.slice(-1) : "";
}

/**
 * Passes a button's letter on to the document where Streamlit would not take it: from a focused widget that takes no
 * letters, and from a keyboard that types other ones. Stops the letters that a held key repeats, so that holding it does
 * not press the button again.
 * @param {KeyboardEvent} event - a keydown that no other listener has seen
 * @param {string} keys - the buttons' letters, as capitals; "" while they are switched off
 */
export function passLetters(event, keys) {
  const { target, key, code, keyCode, repeat } = event;
  const letter = letterOf(event);
  if (!event.isTrusted || event.ctrlKey || event.altKey || event.metaKey || !letter || !keys.includes(letter)) return;
  const wordless = target.matches?.(WORDLESS) && !(target.type === "number" && key === "e"); // 1e-3
  const foreign = key.toUpperCase() !== letter && !target.matches?.(TEXT);
  if (!wordless && !foreign && !(repeat && !target.matches?.(TEXT))) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // keeps it also from a panel that is just being replaced by another
  if (repeat) return;
  const passed = { key: letter.toLowerCase(), code, keyCode, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new KeyboardEvent("keydown", passed));
}
