// The decimal comma: in many languages 0.1 is written 0,1.

/**
 * Makes a comma that is typed into a field of fractions its decimal point, in the whole document, however often this is
 * called. Otherwise Chromium drops the comma, so that "0,1" is read as 1. Fields of whole numbers stay as they are:
 * there a comma separates thousands, and may be dropped.
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
