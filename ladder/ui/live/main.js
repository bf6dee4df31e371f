// The live panel: builds its cards once and keeps them; numbers come from the feed, words and choices from Streamlit.

const CARDS = ["strip", "costs", "error", "gain", "regions", "layers", "projection", "confusion", "labeled"];

class Lab {
  constructor(root) {
    this.root = root;
    this.feed = new Feed((kind) => this.received(kind), (open) => this.connected(open));
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
    const shape = JSON.stringify([data.texts, data.layers, data.data]);
    if (shape !== this.shape) this.build(shape);
    const style = JSON.stringify(this.style);
    if (style !== this.drawnStyle) this.labeledKey = null;
    this.drawnStyle = style;
    if (!before || before.run !== data.run) this.lastStatus = null;
    this.feed.follow(data.run);
    this.drawer.stale();
    this.counters();
    drawPictures(this);
  }

  build(shape) {
    this.shape = shape;
    this.drawer?.close();
    this.labeledKey = null;
    this.canvases = {};
    this.root.replaceChildren();
    this.root.className = "ll-root";
    this.root.append(this.buildCounters());
    const grid = this.root.appendChild(this.element("div", "ll-grid"));
    for (const name of CARDS) {
      if (name === "regions" && this.data.data.n_features !== 2) continue;
      grid.append(this.card(name));
    }
    const chart = (name, traces) => new Chart(this, name, this.charts[name], traces);
    this.drawer = new Drawer([chart("costs", costTraces), chart("error", errorTraces), chart("gain", gainTraces)]);
  }

  card(name) {
    const { texts } = this.data;
    const card = this.element("section", `ll-card ll-${name}`, undefined, { "aria-label": texts[`card.${name}.title`] });
    const head = card.appendChild(this.element("header", "ll-head"));
    head.append(this.element("h3", "", texts[`card.${name}.title`]), this.help(name));
    card.append(this.element("p", "ll-caption", texts[`card.${name}.caption`]));
    card.append(this[`build_${name}`]());
    return card;
  }

  help(name) {
    // A disclosure that works by mouse, touch and keyboard: meaning, formula, and the numbers of this moment.
    const { texts } = this.data;
    const box = this.element("details", "ll-help");
    const summary = box.appendChild(this.element("summary", "", "?"));
    summary.setAttribute("aria-label", `${texts.help}: ${texts[`card.${name}.title`]}`);
    const body = box.appendChild(this.element("div", "ll-help-body"));
    body.append(this.element("p", "", texts[`card.${name}.help`]));
    body.append(this.element("p", "ll-formula", texts[`card.${name}.formula`]));
    const now = body.appendChild(this.element("p", "ll-now"));
    box.addEventListener("toggle", () => {
      if (!box.open) return;
      now.textContent = `${texts.now}: ${this.present(name)}`;
      for (const other of this.root.querySelectorAll(".ll-help[open]")) if (other !== box) other.open = false;
    });
    return box;
  }

  present(name) {
    const last = (curves, key) => curves.get(key)[curves.get(key).length - 1];
    const { layers, texts } = this.data;
    const each = (curves, key) =>
      layers.map((layer, l) => `${layer.symbol} ${format(last(curves, `${key}/${l}`))}`).join(" · ");
    const percent = (key) => formatPercent(last(this.feed.measured, key));
    if (name === "error" || name === "confusion") {
      return `${texts.ladder} ${percent("test_error")} · ${texts.twin} ${percent("twin_error")}`;
    }
    if (name === "gain" || name === "strip" || name === "layers") return each(this.feed.measured, "gain");
    if (name === "costs") return each(this.feed.points, "denoising");
    return `${this.feed.told?.n_labeled ?? ""} ${texts.labels_unit}`;
  }

  buildCounters() {
    const { texts } = this.data;
    const bar = this.element("div", "ll-counters");
    this.numbers = {};
    for (const name of ["test_error", "twin_error", "supervised", "update", "rate", "elapsed"]) {
      const box = bar.appendChild(this.element("div", `ll-number ll-n-${name}`));
      box.title = texts[`counter.${name}.help`];
      box.append(this.element("span", "ll-label", texts[`counter.${name}.label`]));
      this.numbers[name] = box.appendChild(this.element("span", "ll-value", "–"));
      this.numbers[`${name}_note`] = box.appendChild(this.element("span", "ll-note", ""));
    }
    const line = this.element("div", "ll-line");
    this.pill = line.appendChild(this.element("span", "ll-pill", ""));
    this.message = line.appendChild(this.element("span", "ll-message", "", { role: "status" }));
    const save = line.appendChild(this.element("button", "ll-button", texts.export, { type: "button" }));
    save.addEventListener("click", () => this.export(save));
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
    return this.chartBox("costs");
  }

  build_error() {
    return this.chartBox("error");
  }

  build_gain() {
    return this.chartBox("gain");
  }

  paths(l, pixels, part = 0) {
    // clean, noisy and denoised rows of one layer; part: which half of the samples, where they are shown in two
    const { texts } = this.data;
    const box = this.element("div", "ll-paths");
    for (const [kind, symbol] of [["z", "z"], ["z_tilde", "z̃"], ["z_hat", "ẑ"]]) {
      const label = this.element("span", "ll-path-label");
      label.append(this.element("b", "", symbol), this.element("small", "", texts[`path.${kind}`]));
      const alt = `${texts[`path.${kind}`]}, ${this.data.layers[l].label}`;
      const canvas = this.element("canvas", pixels, undefined, { role: "img", "aria-label": alt });
      (this.canvases[`${kind}/${l}`] ??= [])[part] = canvas;
      box.append(label, canvas);
    }
    return box;
  }

  build_strip() {
    // Images are worth their size: two rows of five instead of one of ten.
    const box = this.element("div", "ll-halves");
    const image = this.data.data.image_shape;
    this.verdicts = [];
    for (let part = 0; part < (image ? 2 : 1); part++) {
      const half = box.appendChild(this.paths(0, image ? "ll-pixels ll-wide" : "ll-pixels ll-heat", part));
      const label = this.element("span", "ll-path-label");
      label.append(this.element("b", "", "y"), this.element("small", "", this.data.texts["path.y"]));
      this.verdicts.push(this.element("div", "ll-verdicts"));
      half.append(label, this.verdicts[part]);
    }
    return box;
  }

  build_layers() {
    const box = this.element("div", "ll-layer-list");
    for (const [l, layer] of this.data.layers.entries()) {
      if (l === 0) continue;
      const one = box.appendChild(this.element("div", "ll-layer"));
      one.append(this.element("h4", "", layer.label), this.paths(l, "ll-pixels ll-heat"));
    }
    const scale = box.appendChild(this.element("div", "ll-scale"));
    const { low, middle, high } = this.theme;
    const ramp = this.element("span", "ll-ramp");
    ramp.style.background = `linear-gradient(90deg, ${low}, ${middle}, ${high})`;
    scale.append(this.element("span", "", "−3"), ramp, this.element("span", "", "+3"));
    return box;
  }

  build_regions() {
    this.regions = this.element("canvas", "ll-plane", undefined, { role: "img", "aria-label": this.data.texts["card.regions.title"] });
    return this.regions;
  }

  build_projection() {
    const label = this.data.texts["card.projection.title"];
    this.projection = this.element("canvas", "ll-plane", undefined, { role: "img", "aria-label": label });
    return this.projection;
  }

  build_confusion() {
    const { class_names: names, n_classes: n } = this.data.data;
    const table = this.element("table", "ll-confusion");
    const head = table.appendChild(this.element("tr"));
    head.append(this.element("th", "", `${this.data.texts.truth} ↓ ${this.data.texts.predicted} →`));
    for (const name of names) head.append(this.element("th", "", name.slice(0, 4), { scope: "col" }));
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
      drawPictures(this);
      return;
    }
    this.drawer.stale();
    this.counters();
    const { status, update } = this.feed.told;
    if (this.lastStatus && status !== this.lastStatus && this.lastStatus !== null) this.trigger("status", { status, update });
    this.lastStatus = status;
  }

  connected(open) {
    this.offline = !open;
    this.counters();
  }

  counters() {
    const { texts } = this.data;
    const told = this.feed.told;
    this.root.classList.toggle("ll-offline", Boolean(this.offline));
    if (this.offline) this.message.textContent = texts.reconnecting;
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
    if (!this.offline) this.message.textContent = this.reason(told);
  }

  reason(told) {
    const { texts } = this.data;
    if (told.status === "replaying") return fill(texts.replaying, { n: told.until.toLocaleString() });
    if (!told.reason) return "";
    const values = { ...told.reason };
    if (values.change) values.change = texts[`marker.${values.change}`] || values.change;
    if (values.stop_error) values.stop_error = formatPercent(values.stop_error);
    return fill(texts[`reason.${told.reason.key}${told.reason.key === "diverged" && !values.change ? "_alone" : ""}`], values);
  }

  async export(button) {
    const { texts } = this.data;
    button.disabled = true;
    button.textContent = texts.exporting;
    try {
      const form = new FormData();
      const Plotly = await loadPlotly();
      for (const [name, element] of Object.entries(this.charts)) {
        if (!element.data) await this.drawer.charts.find((chart) => chart.name === name).draw(Plotly);
        const picture = await Plotly.toImage(element, { format: "png", width: 1200, height: 640, scale: 1.5 });
        form.append(name, await (await fetch(picture)).blob(), `${name}.png`);
      }
      for (const canvas of this.root.querySelectorAll("canvas")) {
        const name = this.canvasName(canvas);
        if (name && canvas.width) form.append(name, await new Promise((done) => canvas.toBlob(done)), `${name}.png`);
      }
      const base = new URL(document.baseURI).pathname.replace(/[^/]*$/, "");
      const path = `${base}export/${this.data.run}?language=${this.data.view.language}`;
      const answer = await fetch(path, { method: "POST", body: form });
      if (!answer.ok) throw new Error(await answer.text());
      const link = this.element("a", "", "", { download: `ladder-lab-${this.data.run}.zip` });
      link.href = URL.createObjectURL(await answer.blob());
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      button.textContent = texts.export;
    } catch (error) {
      button.textContent = texts.export_failed;
    }
    button.disabled = false;
  }

  canvasName(canvas) {
    if (canvas === this.projection) return "projection";
    if (canvas === this.regions) return "regions";
    const found = Object.entries(this.canvases).find(([, parts]) => parts.includes(canvas));
    const part = found && found[1].length > 1 ? `_${found[1].indexOf(canvas) + 1}` : "";
    return found && found[0].replace("/", "_layer_") + part;
  }

  close() {
    this.feed.close();
    this.drawer.close();
  }
}

function format(value) {
  if (value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return "∞";
  return value !== 0 && (Math.abs(value) >= 1e4 || Math.abs(value) < 1e-3) ? value.toExponential(1) : value.toPrecision(3);
}

function formatPercent(value) {
  return Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : "–";
}

function signed(value) {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(1)}`;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function fill(text, values) {
  return (text || "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
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
