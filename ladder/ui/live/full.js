// A card over the whole window, for the last row of a class: by its button, and back by the same one or Escape.

import { fill } from "./words.js";

const CORNERS = `<svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" stroke-width="1.6" aria-hidden="true">
  <path d="M1 4V1h3M8 1h3v3M11 8v3H8M4 11H1V8"/></svg>`;

export function fullButton(panel, card, title) {
  const button = panel.element("button", "ll-ask ll-fullness", undefined, { type: "button", "aria-pressed": "false" });
  button.innerHTML = CORNERS;
  button.setAttribute("aria-label", fill(panel.data.texts.whole, { title }));
  button.title = button.getAttribute("aria-label");
  const set = (full) => {
    card.classList.toggle("ll-full", full);
    button.setAttribute("aria-pressed", String(full));
    if (full) document.addEventListener("keydown", leave, true);
    else document.removeEventListener("keydown", leave, true);
  };
  const leave = (event) => {
    if (!card.isConnected) document.removeEventListener("keydown", leave, true);
    else if (event.key === "Escape" && !document.querySelector(".ll-help:popover-open")) set(false);
  };
  button.addEventListener("click", () => set(!card.classList.contains("ll-full")));
  return button;
}
