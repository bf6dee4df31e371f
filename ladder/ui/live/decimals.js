// The decimal comma: in many languages 0.1 is written 0,1.

/**
 * Let a comma that is typed into a field of fractions be its decimal point, in the whole document, however often this is
 * called. Left to itself Chromium drops the comma, so that "0,1" is read as 1. A field of whole numbers is left alone:
 * there the comma separates thousands, and dropping it is right.
 */
export function takeDecimalCommas() {
  if (document.takesDecimalCommas) return; // each component has a copy of this module
  document.takesDecimalCommas = true;
  document.addEventListener("beforeinput", (event) => {
    const { target, data } = event;
    if (data !== "," || target.type !== "number" || Number.isInteger(Number(target.step || 1))) return;
    event.preventDefault();
    document.execCommand("insertText", false, "."); // as if it had been typed: React and "undo" know of it
  }, true);
}
