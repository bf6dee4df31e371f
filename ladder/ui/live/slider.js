// A slider for one number: its name, its value, a way back to the usual value, its help, and the browser's own range
// input, so that keyboard and screen reader work as everywhere. Mouse and finger are handled here: a browser's own slider
// jumps to where a finger touches it, also if the finger goes on to scroll the page.

import { helpButton } from "./help.js";
import { fill } from "./words.js";

const SLIP = 8; // px that a finger moves sideways before it drags the thumb, and up or down at most in a tap
const THUMB = 20; // px of width (live.css)

export class Slider {
  // words: {label, help, back, locked}, texts; `back` has {value}; `locked`: why nobody can move it, "" where it can be moved. steps: the values that it offers, rising. usual: its default.
  // show(value): a value as text. moved(value): called when a person has moved it.
  constructor(panel, words, steps, usual, show, moved) {
    Object.assign(this, { steps, usual, show, moved, offered: steps, locked: words.locked });
    this.element = panel.element("div", "ll-slider");
    const head = this.element.appendChild(panel.element("div", "ll-slider-head"));
    this.name = head.appendChild(panel.element("span", "ll-slider-name", words.label));
    this.back = head.appendChild(panel.element("button", "ll-back", "↺", { type: "button" }));
    this.back.title = fill(words.back, { value: show(usual) });
    this.back.setAttribute("aria-label", fill(panel.data.texts.named, { name: words.label, value: this.back.title }));
    this.back.addEventListener("click", () => this.choose(this.usual));
    this.output = head.appendChild(panel.element("output", "ll-slider-value", ""));
    head.append(helpButton(panel, words.label, { meaning: words.help, now: () => show(this.value) }));
    this.track = this.element.appendChild(panel.element("div", "ll-slider-track"));
    this.input = this.track.appendChild(panel.element("input", "", undefined, { type: "range", min: 0, "aria-label": words.label }));
    this.input.disabled = this.back.disabled = true; // until a value is known
    if (words.locked) this.element.append(panel.element("p", "ll-locked", words.locked));
    this.input.addEventListener("input", () => this.choose(this.offered[Number(this.input.value)]));
    this.track.addEventListener("pointerdown", (event) => this.begin(event));
    this.track.addEventListener("pointermove", (event) => this.drag(event));
    this.track.addEventListener("pointerup", (event) => this.end(event));
    this.track.addEventListener("pointercancel", () => (this.from = null)); // the browser scrolls the page instead
  }

  // --- mouse and finger

  get held() {
    // Whether a person's hand is on the slider.
    return Boolean(this.from);
  }

  begin(event) {
    if (this.input.disabled || event.button) return;
    this.from = { x: event.clientX, y: event.clientY, dragged: event.pointerType === "mouse" };
    if (!this.from.dragged) return;
    event.preventDefault();
    this.input.focus();
    this.track.setPointerCapture(event.pointerId);
    this.chooseAt(event.clientX);
  }

  drag(event) {
    if (!this.from) return;
    if (!this.from.dragged && Math.abs(event.clientX - this.from.x) > SLIP) {
      this.from.dragged = true;
      this.track.setPointerCapture(event.pointerId);
    }
    if (this.from.dragged) this.chooseAt(event.clientX);
  }

  end(event) {
    // A tap chooses; a swipe up or down does not, also where the page has no room to scroll.
    if (this.from && !this.from.dragged && Math.abs(event.clientY - this.from.y) <= SLIP) this.chooseAt(event.clientX);
    this.from = null;
  }

  chooseAt(x) {
    const { left, width } = this.input.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (x - left - THUMB / 2) / (width - THUMB)));
    const value = this.offered[Math.round(share * (this.offered.length - 1))];
    if (value !== this.value) this.choose(value);
  }

  // --- its value

  choose(value) {
    this.set(value);
    this.moved(value);
  }

  rename(label) {
    if (this.name.textContent === label) return;
    this.name.textContent = label;
    this.input.setAttribute("aria-label", label);
  }

  set(value) {
    // Shows a value. One that is not among the steps is offered beside them while it is in force.
    if (value === this.value) return;
    this.input.disabled = Boolean(this.locked);
    this.value = value;
    this.offered = withValue(this.steps, value);
    this.input.max = this.offered.length - 1;
    this.input.value = this.offered.indexOf(value);
    const text = this.show(value);
    this.input.setAttribute("aria-valuetext", text);
    this.input.style.setProperty("--ll-share", this.offered.length > 1 ? this.input.value / (this.offered.length - 1) : 0);
    this.output.textContent = text;
    this.back.classList.toggle("ll-there", value === this.usual);
    this.back.disabled = Boolean(this.locked) || value === this.usual;
  }
}

export function withValue(steps, value) {
  // The steps, with the value among them in its place.
  return steps.includes(value) ? steps : [...steps, value].toSorted((a, b) => a - b);
}
