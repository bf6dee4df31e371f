// What every panel of this program has: its element, the page's colours, and cards with help.

import { rgb } from "./colors.js";
import { fullButton } from "./full.js";
import { helpButton } from "./help.js";
import { Printing } from "./printing.js";

const LEAVING_MS = 3000; // after a link was pressed: the other page begins within this time, on a slow machine too
const WAIT_MS = 200;

export class Board {
  // A subclass has build(), which fills the root; shape(), the data whose change has the board built anew;
  // updated(before), called after each update with the data before it; redraw(), which draws everything at once, what is
  // out of sight too; present(name), a card's present numbers as text;
  // and for each card build_<name>(), its element or elements. this.data is what Python gave (component.py).
  constructor(root) {
    this.root = root;
    this.followed = -Infinity; // when a link to another page was last pressed
    this.telling = {}; // by name, the timers of what waits to be told to the script
    this.pressed = (event) => this.follows(event.target.closest?.("a[href]"));
    document.addEventListener("click", this.pressed, true);
    this.printing = new Printing(this);
  }

  // --- small tools

  element(tag, className, text, attributes = {}) {
    // A new element; without a class where `className` is empty, without text where `text` is undefined.
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  button(text, pressed, label) {
    // A new button that calls `pressed` when it is pressed. `label`: what it is called where its text is only a sign.
    const button = this.element("button", "ll-button", text, { type: "button" });
    if (label) Object.assign(button, { title: label, ariaLabel: label });
    button.addEventListener("click", pressed);
    return button;
  }

  get theme() {
    // The colours and dashes of the page's theme (ladder/theme.py).
    return this.data.theme[this.dark ? "dark" : "light"];
  }

  color(name, index) {
    // A colour as #rrggbb: Streamlit's own where it has this name, else the theme's; of a list that at `index`.
    if (name in this.style) return this.style[name];
    const found = this.theme[name];
    return index === undefined ? found : found[index % found.length];
  }

  readStyle() {
    // Takes colours and font from Streamlit's CSS variables, and whether the background is dark.
    const style = getComputedStyle(this.root);
    const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
    this.style = {
      text: read("text-color", "#111827"),
      background: read("background-color", "#ffffff"),
      border: read("border-color", "#c9d1dc"),
    };
    this.font = read("font", "sans-serif");
    this.ruler ??= document.createElement("canvas").getContext("2d");
    for (const [name, value] of Object.entries(this.style)) {
      this.ruler.fillStyle = value; // a canvas turns any CSS colour into #rrggbb
      this.style[name] = this.ruler.fillStyle.slice(0, 7);
    }
    const [r, g, b] = rgb(this.style.background);
    this.dark = 0.299 * r + 0.587 * g + 0.114 * b < 128;
  }

  textWidth(text, size) {
    // The width of a text in the page's font at `size`, in CSS pixels.
    this.ruler.font = `${size}px ${this.font}`;
    return this.ruler.measureText(text).width;
  }

  // --- living

  update(component) {
    // Takes the component's new data. Builds the board anew where its texts, shape() or the theme have changed.
    const { data } = component;
    this.trigger = component.setTriggerValue;
    const before = this.data;
    this.data = data;
    this.readStyle();
    const shape = JSON.stringify([data.texts, this.shape(), this.dark]);
    if (shape !== this.builtShape) {
      this.builtShape = shape;
      this.dismantle();
      this.root.replaceChildren();
      this.build();
    }
    const style = JSON.stringify(this.style);
    if (style !== this.drawnStyle) this.restyled();
    this.drawnStyle = style;
    this.updated(before);
  }

  // --- telling the script

  tell(name, value) {
    // Tells the script a trigger value. Streamlit sends with each message the page that it believes to be shown. So a
    // message from a page that is just being left, by a link or by "Back", would bring that page back under the address
    // of the other. Such a message waits until the board is closed, which drops it, or the page turns out to stay; a
    // later value of the same name takes its place.
    clearTimeout(this.telling[name]);
    if (this.isLeft()) this.telling[name] = setTimeout(() => this.tell(name, value), WAIT_MS);
    else this.trigger(name, value);
  }

  follows(link) {
    // Notes that a link to another page was pressed.
    if (link && !link.target && new URL(link.href).pathname !== location.pathname) this.followed = performance.now();
  }

  isLeft() {
    // Whether the page is being left: the address is another page's, or a link was pressed within LEAVING_MS.
    const place = location.pathname.split("/").pop();
    const elsewhere = this.data.pages.includes(place) ? place !== this.data.page : this.data.page !== this.data.pages[0];
    return elsewhere || performance.now() - this.followed < LEAVING_MS;
  }

  close() {
    for (const waiting of Object.values(this.telling)) clearTimeout(waiting);
    document.removeEventListener("click", this.pressed, true);
    this.printing.close();
  }

  dismantle() {} // before the board is built anew

  restyled() {} // after the page's colours have changed

  numbersOf(_name) {} // a function that returns the table of a card's past numbers; undefined where there is none

  card(name) {
    // The element of a card: title, help, caption, and what build_<name>() returns.
    const { texts } = this.data;
    const title = texts[`card.${name}.title`];
    const card = this.element("section", `ll-card ll-${name}`, undefined, { "aria-label": title });
    const head = card.appendChild(this.element("header", "ll-head"));
    const [meaning, formula] = [texts[`card.${name}.help`], texts[`card.${name}.formula`]];
    const now = () => this.present(name);
    head.append(this.element("h3", "", title), fullButton(this, card, title), helpButton(this, title, { meaning, formula, now, numbers: this.numbersOf(name) }));
    const touched = matchMedia("(pointer: coarse)").matches && texts[`card.${name}.caption_touch`];
    card.append(this.element("p", "ll-caption", touched || texts[`card.${name}.caption`]));
    card.append(...[this[`build_${name}`]()].flat());
    return card;
  }

  chartBox(name) {
    // The elements of a chart, which this.charts keeps, and of its legend.
    this.charts ??= {};
    this.charts[name] = this.element("div", "ll-chart", undefined, {
      role: "img",
      "aria-label": this.data.texts[`card.${name}.title`],
    });
    return [this.charts[name], this.element("div", "ll-legend")];
  }
}
