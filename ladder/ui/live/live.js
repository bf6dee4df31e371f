// The live panel: builds its cards once and keeps them. Numbers come from the feed, texts and choices from Streamlit.

import { Behind } from "./behind.js";
import { Cases } from "./cases.js";
import { Chart } from "./charts.js";
import { Controls } from "./controls.js";
import { exportAll } from "./export.js";
import { helpButton } from "./help.js";
import { Lesson } from "./lesson.js";
import { LIVE } from "./lesson_live.js";
import { mounting } from "./mounting.js";
import { savePage } from "./page_export.js";
import { Panel } from "./panel.js";
import { CLIP, drawConfusion, drawHeat, drawLabeled, drawLayers, drawProjection, drawRegions, drawStrip, KINDS, still } from "./pictures.js";
import { Points } from "./points.js";
import { Presenter } from "./present.js";
import { Runs } from "./runs.js";
import { pictureWords } from "./spoken.js";
import { Steps } from "./steps.js";
import { Timeline } from "./timeline.js";
import { classKey, pathCanvas, pathLabel, samplesOf, stripBody } from "./strip.js";
import { costTraces, errorTraces, gainTraces } from "./traces.js";
import { clock, count, fill, format, formatGain, formatPercent, signed } from "./words.js";

const FIRST = ["costs", "error", "strip", "gain"]; // in sight without scrolling, of points in the plane with regions for strip
const OTHERS = ["runs", "projection", "confusion", "layers", "labeled"];
const PHONE = 700; // px of width, below which the cards have less room (live.css)
const [MIN_ROOM, PHONE_ROOM] = [380, 220]; // px of the first two rows of cards, and of a phone's one row
const [DRAWN_ROOM, DRAWN_PHONE] = [540, 290]; // the same while a curve is drawn or shown
const SQUAT = 0.75; // their height, at most, as a share of the panel's width: a very high window shows the next cards too
const [SHORT, GAP] = [500, 14]; // px: a window lower than this has room for one row of cards; between two rows (live.css)
const COUNTERS = ["test_error", "twin_error", "supervised", "update", "rate", "elapsed"];

class LivePanel extends Panel {
  constructor(root) {
    super(root);
    this.resized = () => this.measureRoom();
    this.steps = new Steps(this);
    this.lesson = new Lesson(this, LIVE);
    window.addEventListener("resize", this.resized);
    this.behind = new Behind(() => {
      this.runs.show();
      this.drawer.stale(this.drawer.charts);
    });
    this.above = new ResizeObserver(this.resized); // what stands above the stage may come later, or grow
    for (const one of document.querySelectorAll(".stMainBlockContainer, .st-key-transport_row")) this.above.observe(one);
  }

  // --- building

  shape() {
    return [this.data.layers, this.data.data, this.data.stage];
  }

  restyled() {
    this.labeledKey = null;
  }

  build() {
    this.labeledKey = this.verdictKey = null;
    this.canvases = {};
    this.root.className = `ll-root ll-live ll-is-${this.kind}`;
    for (const name of ["ladder", "twin"]) this.root.style.setProperty(`--ll-${name}`, this.theme[name]);
    this.controls?.close();
    this.controls = new Controls(this);
    this.feed.onAnswer = (answer) => this.controls.choices.answer(answer);
    this.feed.replies.cases = (found) => this.cases.show(found);
    this.feed.replies.point = (found) => this.points.show(found);
    const stage = this.root.appendChild(this.element("div", "ll-stage"));
    const main = this.element("div", "ll-main");
    stage.append(this.controls.element, main);
    main.append(this.buildCounters());
    const grid = main.appendChild(this.element("div", "ll-grid"));
    const plane = this.kind === "plane";
    const first = plane ? FIRST.with(2, "regions") : FIRST;
    for (const name of [...first, ...(plane ? ["strip"] : []), ...OTHERS]) grid.append(this.card(name));
    for (const name of first) grid.querySelector(`.ll-${name}`).classList.add("ll-first");
    const chart = (name, traces) => new Chart(this, name, this.charts[name], traces);
    const charts = [chart("costs", costTraces), chart("error", errorTraces), chart("gain", gainTraces)];
    const drawn = {
      strip: drawStrip, layers: drawLayers, confusion: drawConfusion, projection: drawProjection, labeled: drawLabeled,
      regions: drawRegions, runs: () => this.runs.show(),
    };
    this.beginDrawing(charts, drawn, pictureWords(this));
    this.presenter?.close();
    const shown = ["error", "costs", plane ? "regions" : "strip", "gain"];
    this.presenter = new Presenter(this, shown.map((name) => grid.querySelector(`.ll-${name}`)));
  }

  present(name) {
    const last = (curves, key) => curves.get(key)[curves.get(key).length - 1];
    const { layers, texts } = this.data;
    const each = (curves, key) =>
      layers
        .map((layer, l) => `${layer.symbol} ${(key === "gain" ? formatGain : format)(last(curves, `${key}/${l}`))}`)
        .join(" · ");
    const percent = (key) => formatPercent(last(this.feed.measured, key), texts);
    if (name === "error" || name === "confusion" || name === "runs") {
      return `${texts.ladder} ${percent("test_error")} · ${texts.twin} ${percent("twin_error")}`;
    }
    if (name === "gain" || name === "strip" || name === "layers") return each(this.feed.measured, "gain");
    if (name === "costs") return each(this.feed.points, "denoising");
    if (COUNTERS.includes(name)) return [name, `${name}_note`].map((one) => this.numbers[one].textContent).filter(Boolean).join(" · ");
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
    const line = this.buildLine();
    const steps = this.steps.build();
    this.timeline?.close();
    this.timeline = new Timeline(this, true);
    line.append(this.steps.start, this.timeline.toggle);
    const save = line.appendChild(this.element("button", "ll-button", texts.export, { type: "button", title: texts.export_help }));
    save.addEventListener("click", () => exportAll(this, save));
    const page = line.appendChild(this.element("button", "ll-button", texts["page.save"], { type: "button", title: texts["page.help"] }));
    page.addEventListener("click", () => savePage(this, page));
    const top = this.element("div", "ll-top");
    top.append(bar, line, this.progress, this.timeline.element, steps, this.lesson.element);
    return top;
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

  get samples() {
    return samplesOf(this);
  }

  build_strip() {
    return stripBody(this);
  }

  build_layers() {
    const box = this.element("div", "ll-layer-list");
    box.append(this.element("span", "ll-layer-name ll-corner"));
    for (const kind of KINDS) box.append(pathLabel(this, kind));
    for (const [l, layer] of this.data.layers.entries()) {
      if (l === 0) continue;
      box.append(this.element("h4", "ll-layer-name", layer.label));
      for (const kind of KINDS) box.append(pathCanvas(this, kind, l, `${kind}/${l}`, "ll-heat"));
    }
    const key = this.element("div", "ll-scale");
    const values = [...Array(101).keys()].map((i) => (CLIP * (i - 50)) / 50);
    const ramp = still(this, "ll-ramp", (canvas) => drawHeat(this, canvas, values, 1, values.length));
    key.append(this.element("span", "", `−${CLIP}`), ramp, this.element("span", "", `+${CLIP}`));
    return [box, key];
  }

  plane(name) {
    const alt = this.data.texts[`card.${name}.title`];
    this[name] = this.element("canvas", "ll-plane", undefined, { role: "img", "aria-label": alt });
    return [this[name], classKey(this)];
  }

  build_regions() {
    return this.plane("regions");
  }

  build_projection() {
    const elements = this.plane("projection");
    this.points = new Points(this, this.projection);
    return [...elements, ...this.points.elements];
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
    this.cases = new Cases(this, this.confusionCells);
    const box = this.element("div", "ll-scroll");
    box.append(table);
    return [box, this.cases.element];
  }

  build_runs() {
    this.runs = new Runs(this);
    return this.runs.elements;
  }

  build_labeled() {
    this.labeled = this.element("div", "ll-tiles");
    return this.labeled;
  }

  // --- living

  updated(before) {
    if (!before || before.run !== this.data.run) this.controls.choices.begin();
    super.updated(before);
    this.lesson.follow();
    this.behind.follow(this.data.rows, this.data.run);
    this.presenter.show(this.data.view.present);
    this.runs.show(); // now, where it is out of sight too; its numbers follow with the pictures
    this.controls.choices.adopt(this.feed.told); // they may be new, as after a change of language
    this.measureRoom();
  }

  measureRoom() {
    // How high the first cards may be: what the window has below their place on the page, as it is before any scrolling.
    const grid = this.root.querySelector(".ll-grid");
    if (!grid) return;
    const scrolled = this.root.closest("[data-testid=stMain]")?.scrollTop ?? 0;
    const top = grid.getBoundingClientRect().top + scrolled;
    const strip = document.querySelector(".ll-class-strip")?.offsetHeight ?? 0; // of a class, over the lower edge
    const room = window.innerHeight - top - strip;
    const width = this.root.clientWidth;
    const phone = width <= PHONE;
    const least = this.lesson.curve.sketch ? [DRAWN_ROOM, DRAWN_PHONE] : [MIN_ROOM, PHONE_ROOM];
    const two = window.innerHeight < SHORT ? 2 * Math.max(MIN_ROOM / 2 - GAP, room - 4) + GAP : Math.max(least[0], Math.min(room - 12, SQUAT * width));
    this.root.style.setProperty("--ll-room", `${phone ? Math.min(340, Math.max(least[1], room / 2)) : two}px`);
  }

  received(kind, rows) {
    super.received(kind, rows);
    if (kind !== "snapshot") this.controls.choices.adopt(this.feed.told);
  }

  connected(open, reason) {
    if (open) this.controls.choices.connected();
    super.connected(open, reason);
  }

  close() {
    window.removeEventListener("resize", this.resized);
    this.above.disconnect();
    this.controls.close();
    this.behind.close();
    this.presenter.close();
    this.lesson.close();
    this.timeline.close();
    super.close();
  }

  counters() {
    const { language, texts } = this.data;
    const told = this.tellStatus();
    this.steps.check();
    this.lesson.check();
    this.timeline.show();
    const last = (curves, name) => curves.get(name)[curves.get(name).length - 1];
    const show = (name, value, note = "") => {
      this.numbers[name].textContent = value;
      this.numbers[`${name}_note`].textContent = note;
    };
    if (!Number.isFinite(told?.epoch)) { // the run is just being opened, or cannot be opened
      for (const name of COUNTERS) show(name, "–");
      return;
    }
    const error = last(this.feed.measured, "test_error");
    const twin = last(this.feed.measured, "twin_error");
    show("test_error", formatPercent(error, texts));
    const points = 100 * (twin - error);
    show("twin_error", formatPercent(twin, texts), Number.isFinite(points) ? fill(texts.points, { points: signed(points) }) : "");
    show("supervised", format(last(this.feed.points, "supervised")), fill(texts.of_labels, { n: count(told.n_labeled, language) }));
    show("update", count(told.update, language), fill(texts.epochs, { n: told.epoch.toFixed(1) }));
    const slowed = told.pace ? fill(texts.at_most, { n: told.pace }) : "";
    show("rate", told.rate ? count(told.rate, language) : "–", slowed);
    show("elapsed", clock(told.elapsed));
  }
}

export default mounting(LivePanel);
