// Copying over plain http. Browsers give a page their clipboard only over HTTPS or on the server's own machine.
// Elsewhere Streamlit's copy buttons would fail, so they get the older way, by a selection.

async function writeText(text) {
  const copy = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const selected = document.body.appendChild(document.createElement("span")); // some browsers copy only a selection
  selected.textContent = text;
  selected.style.cssText = "position: fixed; opacity: 0";
  const selection = document.getSelection();
  const before = selection.rangeCount ? selection.getRangeAt(0) : null;
  selection.selectAllChildren(selected);
  document.addEventListener("copy", copy, { capture: true });
  try {
    if (!document.execCommand("copy")) throw new Error("copy");
  } finally {
    document.removeEventListener("copy", copy, { capture: true });
    selected.remove();
    selection.removeAllRanges();
    if (before) selection.addRange(before);
  }
}

function mount() {
  if (!navigator.clipboard) Object.defineProperty(navigator, "clipboard", { value: { writeText } });
}

export default mount;
