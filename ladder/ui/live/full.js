// A card over the whole window, for the last row of a class: by its button, and back by the same one or Escape.

import { fill } from "./words.js";

export function fullButton(panel, card, title) {
  const button = panel.element("button", "ll-ask ll-fullness", "⛶", { type: "button", "aria-pressed": "false" });
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
