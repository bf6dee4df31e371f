// What every live panel has: its element and feed, the page's colours, one zoom for all time charts, and its own life.

const SYMBOLS = { z: "z", z_tilde: "z̃", z_hat: "ẑ" };
const PICTURE_MS = 250; // between two drawings of one picture

class Panel {
  // A subclass has build(), shape() (what a rebuilding depends on), counters() and present(name).
  constructor(root) {
    this.root = root;
    this.feed = new Feed((kind) => this.received(kind), (open, gone) => this.connected(open, gone));
    loadPlotly().catch(() => {}); // it is large: asked for now, tried again at the first drawing
    this.zoom = null; // the updates that all time charts show, or null for all of them
  }

  // --- small tools

  element(tag, className, text, attributes = {}) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  get theme() {
    return this.data.theme[this.dark ? "dark" : "light"];
  }

  color(name, index) {
    if (name in this.style) return this.style[name];
    const found = this.theme[name];
    return index === undefined ? found : found[index % found.length];
  }

  readStyle() {
    const style = getComputedStyle(this.root);
    const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
    this.style = {
      text: read("text-color", "#111827"),
      background: read("background-color", "#ffffff"),
      border: read("border-color", "#c9d1dc"),
    };
    this.font = read("font", "sans-serif");
    const probe = document.createElement("canvas").getContext("2d");
    for (const [name, value] of Object.entries(this.style)) {
      probe.fillStyle = value; // a canvas turns any CSS colour into #rrggbb
      this.style[name] = probe.fillStyle.slice(0, 7);
    }
    const [r, g, b] = rgb(this.style.background);
    this.dark = 0.299 * r + 0.587 * g + 0.114 * b < 128;
  }

  // --- living

  update(component) {
    const { data } = component;
    this.trigger = component.setTriggerValue;
    const before = this.data;
    this.data = data;
    this.readStyle();
    const shape = JSON.stringify([data.texts, this.shape(), this.dark]);
    if (shape !== this.builtShape) {
      this.builtShape = shape;
      this.drawer?.close();
      this.root.replaceChildren();
      this.build();
    }
    const style = JSON.stringify(this.style);
    if (style !== this.drawnStyle) this.restyled();
    this.drawnStyle = style;
    if (!before || before.run !== data.run) this.lastStatus = this.zoom = null;
    this.feed.follow(data.run);
    this.drawer.stale([...this.drawer.charts, ...this.drawer.panels]);
    this.counters();
  }

  restyled() {}

  get kind() {
    return this.data.data.image_shape ? "images" : this.data.data.n_features === 2 ? "plane" : "table";
  }

  card(name) {
    const { texts } = this.data;
    const title = texts[`card.${name}.title`];
    const card = this.element("section", `ll-card ll-${name}`, undefined, { "aria-label": title });
    const head = card.appendChild(this.element("header", "ll-head"));
    const [meaning, formula] = [texts[`card.${name}.help`], texts[`card.${name}.formula`]];
    const now = () => this.present(name);
    head.append(this.element("h3", "", title), helpButton(this, title, { meaning, formula, now }));
    card.append(this.element("p", "ll-caption", texts[`card.${name}.caption`]));
    card.append(...[this[`build_${name}`]()].flat());
    return card;
  }

  chartBox(name) {
    this.charts ??= {};
    this.charts[name] = this.element("div", "ll-chart", undefined, {
      role: "img",
      "aria-label": this.data.texts[`card.${name}.title`],
    });
    return [this.charts[name], this.element("div", "ll-legend")];
  }

  panels(drawn) {
    // The pictures among the cards: drawn[name] draws the card of that name.
    const made = (name) => this.root.querySelector(`.ll-${name}`);
    return Object.keys(drawn).filter(made).map((name) => ({
      name, element: made(name), every: PICTURE_MS, drawn: -Infinity, dirty: true,
      draw() {
        this.dirty = false;
        this.drawn = performance.now();
        if (this.lab.feed.snapshot) drawn[name](this.lab);
      },
      lab: this,
    }));
  }

  buildLine() {
    // The run's state in words, its progress, and room for buttons.
    const line = this.element("div", "ll-line");
    this.pill = line.appendChild(this.element("span", "ll-pill", ""));
    this.message = line.appendChild(this.element("span", "ll-message", "", { role: "status" }));
    this.progress = this.element("progress", "ll-progress", undefined, { max: 1, "aria-label": this.data.texts.progress });
    return line;
  }

  received(kind) {
    if (kind === "snapshot") {
      this.drawer.stale(this.drawer.panels);
      return;
    }
    if (kind === "history" && this.zoom?.[0] > this.feed.told.update) this.zoom = null; // it shows what is no more
    this.drawer.stale(this.drawer.charts);
    this.counters();
    const { status, update } = this.feed.told;
    // The first word counts too: the script may have drawn its buttons before the run got there.
    if (status !== this.lastStatus) this.trigger("status", { status, update });
    this.lastStatus = status;
  }

  connected(open, gone) {
    this.offline = !open;
    this.gone = gone;
    this.counters();
  }

  zoomTo(range) {
    if (JSON.stringify(range) === JSON.stringify(this.zoom)) return;
    this.zoom = range;
    for (const chart of this.drawer.charts) Object.assign(chart, { dirty: true, drawn: -Infinity });
  }

  tellStatus() {
    // Pill, progress and message; returns what the run told last, if anything.
    const { texts } = this.data;
    const told = this.feed.told;
    this.root.classList.toggle("ll-offline", Boolean(this.offline));
    if (this.offline) this.message.textContent = this.gone ? texts.gone : texts.reconnecting;
    if (!told) return null;
    this.pill.textContent = texts[`status.${told.status}`];
    this.pill.className = `ll-pill ll-is-${told.status}`;
    const until = told.until || told.target;
    this.progress.hidden = !until;
    this.progress.value = until ? Math.min(1, told.update / until) : 0;
    if (!this.offline) this.say(this.notice || this.reason(told));
    return told;
  }

  say(text) {
    if (this.message.textContent !== text) this.message.textContent = text; // read aloud when it changes, and only then
  }

  reason(told) {
    const { texts } = this.data;
    if (told.status === "replaying") return fill(texts.replaying, { n: told.until.toLocaleString() });
    if (!told.reason) return "";
    const values = { ...told.reason };
    if (values.change) values.change = texts[`marker.${values.change}`] || values.change;
    if (values.quantity) values.quantity = this.quantity(values.quantity);
    if (values.stop_error) values.stop_error = formatPercent(values.stop_error);
    return fill(texts[`reason.${told.reason.key}${told.reason.key === "diverged" && !values.change ? "_alone" : ""}`], values);
  }

  quantity(name) {
    const [kind, level] = name.split("/");
    const layer = this.data.layers?.[level]?.label;
    return fill(this.data.texts[`quantity.${kind}`] || name, { layer });
  }

  close() {
    this.feed.close();
    this.drawer.close();
  }
}

function mounting(PanelClass) {
  // The component's function: called at mounting and at every rerun of the script; the panel outlives reruns.
  const panels = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    let entry = panels.get(parentElement);
    if (!entry) {
      const root = parentElement.appendChild(document.createElement("div"));
      entry = { panel: new PanelClass(root) };
      panels.set(parentElement, entry);
    }
    clearTimeout(entry.ending);
    entry.panel.update(component);
    return () => {
      // A rerun may clean up and come back at once: only a panel that stays away is closed.
      entry.ending = setTimeout(() => {
        entry.panel.close();
        entry.panel.root.remove();
        panels.delete(parentElement);
      }, 400);
    };
  };
}
