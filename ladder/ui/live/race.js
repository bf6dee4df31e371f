// The panel of a comparison: a table of the contestants' errors, their curves, and the pictures that each makes.

import { Chart } from "./charts.js";
import { thin } from "./curves.js";
import { DASH_PIXELS } from "./legend.js";
import { Lesson } from "./lesson.js";
import { RACE } from "./lesson_race.js";
import { mounting } from "./mounting.js";
import { Panel } from "./panel.js";
import { drawHeat, drawImages, drawRegion } from "./pictures.js";
import { raceWords } from "./spoken.js";
import { count, fill, format, formatPercent } from "./words.js";

const LOWEST_TOP = 0.1; // of the axis of errors
const SLOW = 1.5; // times its equal share of the training time: then the others wait for a contestant
const COLUMNS = ["error", "clean_error", "noisy_error", "parameters", "seconds"];

class Race extends Panel {
  constructor(root) {
    super(root);
    this.lesson = new Lesson(this, RACE);
  }

  shape() {
    return [this.data.contestants, this.data.data];
  }

  get n() {
    return this.data.contestants.length;
  }

  lineOf(c) {
    return { color: this.color("classes", c), dash: this.theme.dashes[c], width: 2.6 };
  }

  build() {
    this.root.className = `ll-root ll-race ll-is-${this.kind}`;
    this.shown = Math.min(this.shown ?? 0, this.n - 1); // the contestant whose costs are drawn
    this.canvases = {};
    const top = this.root.appendChild(this.element("div", "ll-top"));
    const line = this.buildLine();
    this.count = this.element("span", "ll-count", "");
    this.measuring = this.element("span", "ll-measuring", this.data.texts.measuring);
    line.insertBefore(this.count, this.message);
    line.insertBefore(this.measuring, this.message);
    top.append(line, this.progress, this.lesson.element);
    const grid = this.root.appendChild(this.element("div", "ll-grid"));
    const pictures = this.kind === "plane" ? "planes" : "pictures";
    for (const name of ["standings", "error", "reconstruction", pictures, "parts"]) grid.append(this.card(name));
    const traces = { error: raceErrors, reconstruction: raceReconstructions, parts: raceParts };
    const heights = { error: errorRange };
    const charts = Object.entries(traces).map(([name, of]) => new Chart(this, name, this.charts[name], of, heights[name]));
    this.beginDrawing(charts, { pictures: drawRacePictures, planes: drawRacePlanes }, raceWords(this));
  }

  build_error() {
    return this.chartBox("error");
  }

  build_reconstruction() {
    return this.chartBox("reconstruction");
  }

  build_parts() {
    const choice = this.element("div", "ll-choice", undefined, { role: "group", "aria-label": this.data.texts.whose });
    for (const [c, { label }] of this.data.contestants.entries()) {
      const button = choice.appendChild(this.element("button", "ll-series", undefined, { type: "button" }));
      button.append(this.swatch(c), this.element("span", "", label));
      button.addEventListener("click", () => this.show(c));
    }
    this.choice = choice;
    this.show(this.shown);
    return [choice, ...this.chartBox("parts")];
  }

  show(c) {
    // Draws the costs of contestant c.
    this.shown = c;
    for (const [i, button] of [...this.choice.children].entries()) button.setAttribute("aria-pressed", String(i === c));
    if (this.drawer) Object.assign(this.drawer.charts[2], { dirty: true, drawn: 0 });
  }

  swatch(c) {
    const holder = this.element("span", "ll-swatch", undefined, { "aria-hidden": "true" });
    holder.innerHTML = '<svg width="34" height="12"><line x1="1" x2="33" y1="6" y2="6" stroke-width="3"/></svg>';
    const { color, dash } = this.lineOf(c);
    holder.querySelector("line").setAttribute("stroke", color);
    holder.querySelector("line").setAttribute("stroke-dasharray", DASH_PIXELS[dash] ?? dash.replaceAll("px", ""));
    return holder;
  }

  build_standings() {
    const { texts } = this.data;
    const table = this.element("table", "ll-standings");
    const head = table.appendChild(this.element("tr"));
    head.append(this.element("th", "", texts.contestant));
    for (const name of COLUMNS) head.append(this.element("th", "", texts[`column.${name}`], { scope: "col" }));
    this.cells = this.data.contestants.map(({ label, note }, c) => {
      const row = table.appendChild(this.element("tr"));
      const name = row.appendChild(this.element("th", "", undefined, { scope: "row" }));
      name.append(this.swatch(c), this.element("span", "", label));
      if (note) name.append(this.element("small", "", note));
      return Object.fromEntries(COLUMNS.map((key) => [key, row.appendChild(this.element("td", "", "–"))]));
    });
    const box = this.element("div", "ll-scroll");
    box.append(table);
    this.slow = this.element("p", "ll-slow", "");
    return [box, this.slow];
  }

  build_planes() {
    const box = this.element("div", "ll-race-planes");
    for (const [c, { label }] of this.data.contestants.entries()) {
      const figure = box.appendChild(this.element("figure", "ll-tile"));
      this.canvases[c] = figure.appendChild(this.element("canvas", "ll-plane", undefined, { role: "img", "aria-label": label }));
      figure.append(this.element("figcaption", "", label));
    }
    return box;
  }

  build_pictures() {
    const { texts } = this.data;
    const box = this.element("div", "ll-race-pictures");
    const row = (name, label, c) => {
      const title = box.appendChild(this.element("span", "ll-race-name"));
      if (c !== undefined) title.append(this.swatch(c));
      title.append(this.element("span", "", label));
      for (const kind of ["clean", "noisy"]) {
        const alt = label + texts.comma + texts[`from_${kind}`];
        const canvas = this.element("canvas", "ll-pixels", undefined, { role: "img", "aria-label": alt });
        this.canvases[`${name}/${kind}`] = canvas;
        box.appendChild(this.element("div")).append(canvas);
      }
    };
    box.append(this.element("span"), this.element("b", "", texts.from_clean), this.element("b", "", texts.from_noisy));
    row("input", texts.given);
    for (const [c, { label }] of this.data.contestants.entries()) row(c, label, c);
    return box;
  }

  stopped(told) {
    if (told.reason?.key !== "diverged") return super.stopped(told);
    const { contestant, quantity, update } = told.reason;
    const { texts, contestants } = this.data;
    const part = texts[`part.${quantity.split("/")[0]}`] ? partName(this, quantity) : this.quantity(quantity);
    return fill(texts.diverged, { contestant: contestants[contestant].label, quantity: part, update });
  }

  present(name) {
    const words = (key, show) => this.data.contestants.map(({ label }, c) => `${label} ${show(this.now(key, c))}`).join(" · ");
    if (name === "reconstruction" || name === "pictures") return words("clean_error", format);
    if (name === "parts") return [this.data.contestants[this.shown].label, ...raceParts(this).map((one) => `${one.name} ${format(one.now)}`)].join(" · ");
    return words("error", (value) => formatPercent(value, this.data.texts));
  }

  now(key, c) {
    // The last value of the measured array `key` for contestant c, undefined where there is none.
    const column = this.feed.measured.get(`${key}/${c}`);
    return column[column.length - 1];
  }

  updated(before) {
    super.updated(before);
    this.lesson.follow();
  }

  close() {
    this.lesson.close();
    super.close();
  }

  counters() {
    const told = this.tellStatus();
    this.lesson.check();
    if (!told?.contestants || told.contestants.length !== this.n) return;
    const { language, texts } = this.data;
    this.measuring.classList.toggle("ll-waits", Boolean(told.measuring));
    const rate = told.rate ? fill(texts.rate, { n: count(told.rate, language) }) : "";
    this.count.textContent = `${fill(texts.updates, { n: count(told.update, language) })} ${rate}`;
    for (const [c, cells] of this.cells.entries()) {
      const { encoder, decoder, head } = told.contestants[c].parameters;
      const total = encoder + decoder + head;
      const parts = { encoder: count(encoder, language), decoder: count(decoder, language), head: count(head, language) };
      cells.error.textContent = formatPercent(this.now("error", c), texts);
      for (const key of ["clean_error", "noisy_error"]) cells[key].textContent = format(this.now(key, c));
      cells.parameters.textContent = total ? count(total, language) : "–";
      cells.parameters.title = fill(texts.parameters_of, parts);
      cells.seconds.textContent = Number.isFinite(this.now("seconds", c)) ? `${this.now("seconds", c).toFixed(2)} s` : "–";
    }
    this.slow.textContent = this.waitedFor(told);
  }

  waitedFor(told) {
    // A sentence on the contestant for which the others wait, "" where all take about as long. Those that were fitted
    // once (without costs) keep nobody waiting.
    const trained = told.contestants.map((one, c) => ({ c, n: one.parts.length })).filter(({ n }) => n);
    const seconds = trained.map(({ c }) => this.now("seconds", c) || 0);
    const [total, most] = [seconds.reduce((sum, one) => sum + one, 0), Math.max(...seconds)];
    if (trained.length < 2 || !total || most < (SLOW * total) / trained.length) return "";
    const { label } = this.data.contestants[trained[seconds.indexOf(most)].c];
    return fill(this.data.texts.waited_for, { contestant: label, share: Math.round((100 * most) / total) });
  }
}

function known(column) {
  return column.some(Number.isFinite);
}

function ghosts(race, key) {
  // The traces of pinned races, "error" or "clean_error": thin lines, in the colour of the contestant of the same name
  // where this race has one.
  return race.data.pins.flatMap((pin, p) =>
    pin.contestants
      .map((label, c) => {
        const same = race.data.contestants.findIndex((one) => one.label === label);
        return {
          key: `pin${p}/${c}`, name: label + race.data.texts.comma + pin.name, x: pin.update, y: pin[key][c], opacity: 0.55,
          now: pin[key][c][pin[key][c].length - 1],
          line: { color: same < 0 ? race.color("muted") : race.color("classes", same), width: 1.3, dash: "dot" },
        };
      })
      .filter((trace) => known(trace.y)),
  );
}

function raceErrors(race) {
  const names = race.data.contestants.map((_, c) => `error/${c}`);
  const [x, ...columns] = thin(["eval_update", ...names].map((name) => race.feed.measured.get(name)), race.zoom);
  const traces = columns.map((y, c) => ({
    key: `c${c}`, name: race.data.contestants[c].label, x, y, line: race.lineOf(c), now: race.now("error", c),
  }));
  return [...traces.filter(({ y }) => !y.length || known(y)), ...ghosts(race, "error")];
}

function errorRange(traces) {
  // The heights in which the errors lie after the first quarter of the drawn updates: before, all curves fall from
  // chance. In steps of 5 %, so that the axis rests.
  const last = Math.max(...traces.map(({ x }) => x[x.length - 1] ?? 0));
  const late = traces.filter(({ visible }) => visible).flatMap(({ x, y }) => y.filter((v, i) => x[i] >= last / 4 && Number.isFinite(v)));
  return [0, late.length ? Math.min(1, Math.max(LOWEST_TOP, Math.ceil(22 * Math.max(...late)) / 20)) : 1];
}

function raceReconstructions(race) {
  const names = ["clean_error", "noisy_error"].flatMap((key) => race.data.contestants.map((_, c) => `${key}/${c}`));
  const [x, ...columns] = thin(["eval_update", ...names].map((name) => race.feed.measured.get(name)), race.zoom);
  const traces = columns.map((y, i) => {
    const [c, noisy] = [i % race.n, i >= race.n];
    const key = noisy ? "noisy_error" : "clean_error";
    const { texts, contestants } = race.data;
    return {
      key: `${key}${c}`, name: contestants[c].label + texts.comma + texts[noisy ? "from_noisy" : "from_clean"], x, y,
      line: { ...race.lineOf(c), dash: noisy ? "dot" : "solid", width: noisy ? 1.8 : 2.6 },
      now: race.now(key, c),
    };
  });
  const shown = traces.filter(({ y }) => !y.length || known(y));
  return [...(shown.length ? shown : traces.slice(0, 1)), ...ghosts(race, "clean_error")];
}

function raceParts(race) {
  // The traces of the shown contestant's costs, each unweighted. The columns `parts/...` hold those of all contestants
  // in turn.
  const told = race.feed.told?.contestants || [];
  const before = told.slice(0, race.shown).reduce((sum, one) => sum + one.parts.length, 0);
  const parts = told[race.shown]?.parts || [];
  const names = parts.map((_, i) => `parts/${before + i}`);
  const [x, ...columns] = thin(["eval_update", ...names].map((name) => race.feed.measured.get(name)), race.zoom);
  const traces = columns.map((y, i) => ({
    key: `${race.shown}:${parts[i]}`, name: partName(race, parts[i]), x, y,
    line: partLine(race, parts, i),
    now: y[y.length - 1],
  }));
  return traces.length ? traces : [{ key: "none", name: race.data.texts.no_costs, x: [], y: [], line: race.lineOf(0) }];
}

function partLine(race, parts, i) {
  // The line of a cost: as on the live page that of a layer's reconstruction has the layer's colour and dashes, and the
  // supervised one that of the text. Other costs have the next of the layers' lines.
  const [kind, level] = parts[i].split("/");
  if (kind === "supervised") return { color: race.color("text"), width: 2 };
  const n_layers = parts.filter((part) => part.includes("/")).length;
  const others = parts.filter((part) => part !== "supervised" && !part.includes("/"));
  const k = level === undefined ? n_layers + others.indexOf(parts[i]) : Number(level);
  return { color: race.color("layers", k), dash: race.theme.dashes[k], width: 2.5 };
}

function partName(race, part) {
  const [kind, level] = part.split("/");
  return fill(race.data.texts[`part.${kind}`] || part, { level });
}

function drawRacePlanes(race) {
  const { header, arrays } = race.feed.snapshot;
  for (const [c, canvas] of Object.entries(race.canvases)) {
    const classes = arrays[`region_class/${c}`];
    if (classes) drawRegion(race, canvas, classes, arrays[`region_confidence/${c}`], arrays, header.extent, 260);
  }
}

function drawRacePictures(race) {
  const { arrays } = race.feed.snapshot;
  const { image_shape: shape, n_features: width } = race.data.data;
  if (arrays["input/clean"]?.length !== arrays.sample_class.length * width) return;
  for (const [name, canvas] of Object.entries(race.canvases)) {
    const values = arrays[name];
    const n = arrays.sample_class.length;
    canvas.hidden = !values;
    if (values && shape) drawImages(race, canvas, values, n, shape);
    else if (values) drawHeat(race, canvas, values, n, width, true);
  }
}

export default mounting(Race);
