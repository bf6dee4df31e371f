// The live panel: builds its cards once and keeps them; numbers come from the feed, words and choices from Streamlit.

const CARDS = ["costs", "strip", "error", "gain", "regions", "projection", "confusion", "layers", "labeled"];
const COUNTERS = ["test_error", "twin_error", "supervised", "update", "rate", "elapsed"];
const SYMBOLS = { z: "z", z_tilde: "z̃", z_hat: "ẑ" };
const PICTURE_MS = 250; // between two drawings of one picture

class Lab {
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

  // --- building

  update(component) {
    const { data } = component;
    this.trigger = component.setTriggerValue;
    const before = this.data;
    this.data = data;
    this.mode = data.view.costs;
    this.readStyle();
    const shape = JSON.stringify([data.texts, data.layers, data.data, this.dark]);
    if (shape !== this.shape) this.build(shape);
    const style = JSON.stringify(this.style);
    if (style !== this.drawnStyle) this.labeledKey = null;
    this.drawnStyle = style;
    if (!before || before.run !== data.run) this.lastStatus = this.zoom = null;
    this.feed.follow(data.run);
    this.drawer.stale([...this.drawer.charts, ...this.drawer.panels]);
    this.counters();
  }

  build(shape) {
    this.shape = shape;
    this.drawer?.close();
    this.labeledKey = this.verdictKey = null;
    this.canvases = {};
    this.root.replaceChildren();
    this.root.className = `ll-root ll-is-${this.kind}`;
    for (const name of ["ladder", "twin"]) this.root.style.setProperty(`--ll-${name}`, this.theme[name]);
    this.root.append(this.buildCounters());
    const grid = this.root.appendChild(this.element("div", "ll-grid"));
    for (const name of CARDS) {
      if (name === "regions" && this.kind !== "plane") continue;
      grid.append(this.card(name));
    }
    const chart = (name, traces) => new Chart(this, name, this.charts[name], traces);
    const charts = [chart("costs", costTraces), chart("error", errorTraces), chart("gain", gainTraces)];
    this.drawer = new Drawer(charts, this.panels());
  }

  get kind() {
    return this.data.data.image_shape ? "images" : this.data.data.n_features === 2 ? "plane" : "table";
  }

  panels() {
    const drawn = {
      strip: drawStrip, layers: drawLayers, confusion: drawConfusion, projection: drawProjection, labeled: drawLabeled,
      regions: drawRegions,
    };
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

  present(name) {
    const last = (curves, key) => curves.get(key)[curves.get(key).length - 1];
    const { layers, texts } = this.data;
    const each = (curves, key) =>
      layers
        .map((layer, l) => `${layer.symbol} ${(key === "gain" ? formatGain : format)(last(curves, `${key}/${l}`))}`)
        .join(" · ");
    const percent = (key) => formatPercent(last(this.feed.measured, key));
    if (name === "error" || name === "confusion") {
      return `${texts.ladder} ${percent("test_error")} · ${texts.twin} ${percent("twin_error")}`;
    }
    if (name === "gain" || name === "strip" || name === "layers") return each(this.feed.measured, "gain");
    if (name === "costs") return each(this.feed.points, "denoising");
    if (COUNTERS.includes(name)) return `${this.numbers[name].textContent} ${this.numbers[`${name}_note`].textContent}`;
    return `${this.feed.told?.n_labeled ?? ""} ${texts.labels_unit}`;
  }

  buildCounters() {
    const { texts } = this.data;
    const bar = this.element("div", "ll-counters");
    this.numbers = {};
    for (const name of COUNTERS) {
      const box = bar.appendChild(this.element("div", `ll-number ll-n-${name}`));
      const label = texts[`counter.${name}.label`];
      const row = box.appendChild(this.element("div", "ll-label"));
      const [meaning, formula] = [texts[`counter.${name}.help`], texts[`counter.${name}.formula`]];
      const now = () => this.present(name);
      row.append(this.element("span", "", label), helpButton(this, label, { meaning, formula, now }));
      this.numbers[name] = box.appendChild(this.element("span", "ll-value", "–"));
      this.numbers[`${name}_note`] = box.appendChild(this.element("span", "ll-note", ""));
    }
    const line = this.element("div", "ll-line");
    this.pill = line.appendChild(this.element("span", "ll-pill", ""));
    this.message = line.appendChild(this.element("span", "ll-message", "", { role: "status" }));
    const save = line.appendChild(this.element("button", "ll-button", texts.export, { type: "button" }));
    save.addEventListener("click", () => exportAll(this, save));
    this.progress = this.element("progress", "ll-progress", undefined, { max: 1, "aria-label": texts.progress });
    const top = this.element("div", "ll-top");
    top.append(bar, line, this.progress);
    return top;
  }

  chartBox(name) {
    this.charts ??= {};
    this.charts[name] = this.element("div", "ll-chart", undefined, {
      role: "img",
      "aria-label": this.data.texts[`card.${name}.title`],
    });
    return this.charts[name];
  }

  build_costs() {
    return [this.chartBox("costs"), this.element("div", "ll-legend")];
  }

  build_error() {
    return [this.chartBox("error"), this.element("div", "ll-legend")];
  }

  build_gain() {
    return [this.chartBox("gain"), this.element("div", "ll-legend")];
  }

  pathLabel(symbol, word) {
    const label = this.element("span", "ll-path-label");
    label.append(this.element("b", "", symbol), this.element("small", "", word));
    return label;
  }

  pathCanvas(kind, l, name, className) {
    const alt = `${this.data.texts[`path.${kind}`]}, ${this.data.layers[l].label}`;
    this.canvases[name] = this.element("canvas", `ll-pixels ${className}`, undefined, { role: "img", "aria-label": alt });
    return this.canvases[name];
  }

  build_strip() {
    const { texts } = this.data;
    this.verdicts = [];
    this.denoised = null;
    const box = this.element("div", "ll-strip-body");
    if (this.kind === "plane") {
      const alt = texts["card.strip.title"];
      this.denoised = box.appendChild(this.element("canvas", "ll-plane", undefined, { role: "img", "aria-label": alt }));
      box.append(this.element("p", "ll-key", KINDS.map((kind, i) => `${"✕●○"[i]} ${texts[`path.${kind}`]}`).join("   ")));
      return box;
    }
    for (let b = 0; b < (this.kind === "images" ? 2 : 1); b++) {
      const rows = box.appendChild(this.element("div", "ll-paths"));
      for (const kind of KINDS) {
        const name = this.kind === "images" ? `${kind}/0/${b}` : `${kind}/0`;
        rows.append(this.pathLabel(SYMBOLS[kind], texts[`path.${kind}`]));
        rows.append(this.pathCanvas(kind, 0, name, this.kind === "images" ? "" : "ll-heat"));
      }
      this.verdicts.push(this.element("div", "ll-verdicts"));
      rows.append(this.pathLabel("y", texts["path.y"]), this.verdicts[b]);
    }
    box.append(this.classKey());
    return box;
  }

  build_layers() {
    const { texts } = this.data;
    const box = this.element("div", "ll-layer-list");
    box.append(this.element("span", "ll-layer-name ll-corner"));
    for (const kind of KINDS) box.append(this.pathLabel(SYMBOLS[kind], texts[`path.${kind}`]));
    for (const [l, layer] of this.data.layers.entries()) {
      if (l === 0) continue;
      box.append(this.element("h4", "ll-layer-name", layer.label));
      for (const kind of KINDS) box.append(this.pathCanvas(kind, l, `${kind}/${l}`, "ll-heat"));
    }
    const key = this.element("div", "ll-scale");
    const ramp = this.element("canvas", "ll-ramp", undefined, { width: 101, height: 1, "aria-hidden": "true" });
    drawHeat(this, ramp, [...Array(101).keys()].map((i) => (CLIP * (i - 50)) / 50), 1, 101);
    key.append(this.element("span", "", `−${CLIP}`), ramp, this.element("span", "", `+${CLIP}`));
    return [box, key];
  }

  plane(name) {
    const alt = this.data.texts[`card.${name}.title`];
    this[name] = this.element("canvas", "ll-plane", undefined, { role: "img", "aria-label": alt });
    return [this[name], this.classKey()];
  }

  classKey() {
    // What the signs of the classes mean, where they are not the classes' own names.
    const names = this.data.data.class_names;
    const box = this.element("p", "ll-key");
    if (names.every((name) => name.length === 1)) return box;
    for (const [k, name] of names.entries()) {
      const mark = this.element("b", "", `${sign(this, k)} `);
      mark.style.color = this.color("classes", k);
      const one = box.appendChild(this.element("span"));
      one.append(mark, name);
    }
    return box;
  }

  build_regions() {
    return this.plane("regions");
  }

  build_projection() {
    return this.plane("projection");
  }

  build_confusion() {
    const { class_names: names, n_classes: n } = this.data.data;
    const table = this.element("table", "ll-matrix");
    table.style.setProperty("--ll-cell", `${Math.min(80, 370 / n)}px`);
    const head = table.appendChild(this.element("tr"));
    head.append(this.element("th", "", `${this.data.texts.truth} ↓ ${this.data.texts.predicted} →`));
    for (const name of names) head.append(this.element("th", "", n > 4 ? name.slice(0, 4) : name, { scope: "col" }));
    this.confusionCells = [];
    for (const name of names) {
      const row = table.appendChild(this.element("tr"));
      row.append(this.element("th", "", name, { scope: "row" }));
      for (let k = 0; k < n; k++) this.confusionCells.push(row.appendChild(this.element("td")));
    }
    const box = this.element("div", "ll-scroll");
    box.append(table);
    return box;
  }

  build_labeled() {
    this.labeled = this.element("div", "ll-tiles");
    return this.labeled;
  }

  // --- living

  received(kind) {
    if (kind === "snapshot") {
      this.drawer.stale(this.drawer.panels);
      return;
    }
    if (kind === "history") this.zoom = null;
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

  counters() {
    const { texts } = this.data;
    const told = this.feed.told;
    this.root.classList.toggle("ll-offline", Boolean(this.offline));
    if (this.offline) this.message.textContent = this.gone ? texts.gone : texts.reconnecting;
    if (!told) return;
    const last = (curves, name) => curves.get(name)[curves.get(name).length - 1];
    const show = (name, value, note = "") => {
      this.numbers[name].textContent = value;
      this.numbers[`${name}_note`].textContent = note;
    };
    const error = last(this.feed.measured, "test_error");
    const twin = last(this.feed.measured, "twin_error");
    show("test_error", formatPercent(error));
    const points = 100 * (twin - error);
    show("twin_error", formatPercent(twin), Number.isFinite(points) ? fill(texts.points, { points: signed(points) }) : "");
    show("supervised", format(last(this.feed.points, "supervised")), fill(texts.of_labels, { n: told.n_labeled }));
    show("update", told.update.toLocaleString(), fill(texts.epochs, { n: told.epoch.toFixed(1) }));
    show("rate", told.rate ? Math.round(told.rate).toLocaleString() : "–");
    show("elapsed", clock(told.elapsed));
    this.pill.textContent = texts[`status.${told.status}`];
    this.pill.className = `ll-pill ll-is-${told.status}`;
    const until = told.until || told.target;
    this.progress.hidden = !until;
    this.progress.value = until ? Math.min(1, told.update / until) : 0;
    if (!this.offline) this.say(this.notice || this.reason(told));
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
    const layer = this.data.layers[level]?.label;
    return fill(this.data.texts[`quantity.${kind}`] || name, { layer });
  }

  close() {
    this.feed.close();
    this.drawer.close();
  }
}

const labs = new WeakMap();

export default function (component) {
  // Called at mounting and at every rerun of the script; the panel outlives reruns.
  const { parentElement } = component;
  let entry = labs.get(parentElement);
  if (!entry) {
    const root = parentElement.appendChild(document.createElement("div"));
    entry = { lab: new Lab(root) };
    labs.set(parentElement, entry);
  }
  clearTimeout(entry.ending);
  entry.lab.update(component);
  return () => {
    // A rerun may clean up and come back at once: only a panel that stays away is closed.
    entry.ending = setTimeout(() => {
      entry.lab.close();
      entry.lab.root.remove();
      labs.delete(parentElement);
    }, 400);
  };
}
