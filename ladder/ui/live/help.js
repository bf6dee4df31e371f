// The "?" beside a title: meaning, formula and present numbers in the browser's own popover, which closes by Escape or
// a click elsewhere and gives the keyboard's focus back.

import { symbolLinks } from "./glossary.js";
import { fill } from "./words.js";

export function helpButton(panel, title, words) {
  // A fragment with the button and its popover. words: {meaning, formula?, now?, numbers?}, two texts, a function that
  // returns the present numbers as text, asked twice a second while the popover is open, and one that returns a table of
  // past numbers, which is made when a person opens it.
  const { texts } = panel.data;
  const button = panel.element("button", "ll-ask", "?", { type: "button", "aria-label": fill(texts.ask, { title }) });
  const box = panel.element("div", "ll-help", undefined, { popover: "auto" });
  box.append(panel.element("p", "ll-help-title", title), panel.element("p", "", words.meaning));
  if (words.formula) box.append(panel.element("p", "ll-formula", words.formula));
  const now = box.appendChild(panel.element("p", "ll-now"));
  if (words.numbers) box.append(numbersLine(panel, words.numbers));
  box.append(...symbolLinks(panel, words.meaning, words.formula));
  button.popoverTargetElement = box;
  const leave = (event) => box.contains(event.target) || box.hidePopover();
  let ticking;
  const rest = () => {
    clearInterval(ticking);
    document.removeEventListener("scroll", leave, true);
  };
  const tell = () => {
    if (!box.isConnected) rest(); // the popover was removed while it was open
    else if (words.now) now.textContent = fill(texts.named, { name: texts.now, value: words.now() });
  };
  box.addEventListener("beforetoggle", (event) => {
    rest();
    if (event.newState !== "open") return;
    tell();
    ticking = setInterval(tell, 500);
    document.addEventListener("scroll", leave, true);
    place(box, button.getBoundingClientRect());
  });
  const both = document.createDocumentFragment();
  both.append(button, box);
  return both;
}

function numbersLine(panel, made) {
  // A line that opens a table.
  const line = panel.element("details");
  line.append(panel.element("summary", "", panel.data.texts.numbers));
  line.addEventListener("toggle", () => {
    line.querySelector("summary ~ *")?.remove(); // its numbers are of the moment at which it was opened
    if (line.open) line.append(made());
  });
  return line;
}

function place(box, at) {
  // Below the button where there is room, else above; always inside the window.
  const { innerWidth: width, innerHeight: height } = window;
  const below = at.bottom < height / 2;
  const wide = Math.min(480, width - 16);
  const left = Math.max(8, Math.min(at.right - wide, width - wide - 8));
  Object.assign(box.style, {
    width: `${wide}px`, left: `${left}px`,
    top: below ? `${at.bottom + 6}px` : "auto",
    bottom: below ? "auto" : `${height - at.top + 6}px`,
    maxHeight: `${(below ? height - at.bottom : at.top) - 16}px`,
  });
}
