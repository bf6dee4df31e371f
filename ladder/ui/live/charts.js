// The three charts over updates. Layouts come from ladder/ui/layouts.py; here they get numbers, colours and markers.

const DRAWN = 240; // points of a drawn curve
const REDRAW_MS = 400; // between two redraws of one chart
const SHARE = 0.35; // of the browser's main thread that drawing charts may take
const FRAME_MS = 50; // what is due is drawn in one frame within so long: each frame costs the browser much besides
const MARKERS = 24; // changes marked on a chart, the newest ones
const MARKER_FONT = 14;

function loadPlotly() {
  const base = new URL(document.baseURI).pathname.replace(/[^/]*$/, "");
  window.ladderPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${base}plotly.min.js`;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      window.ladderPlotly = null; // the next look asks again
      script.remove();
      reject(new Error("plotly.min.js"));
    };
    document.head.append(script);
  });
  return window.ladderPlotly;
}

function thin(columns, zoom) {
  // Every k-th point of what is in view, and the last one. k is a power of two and counts from the first point, so that
  // the same points stay drawn while new ones arrive: curves do not shimmer.
  const x = columns[0];
  let [first, last] = [0, x.length - 1];
  if (zoom) {
    while (first < last && x[first + 1] < zoom[0]) first++;
    while (last > first && x[last - 1] > zoom[1]) last--;
  }
  const step = 2 ** Math.max(0, Math.ceil(Math.log2((last - first + 1) / DRAWN)));
  const kept = last >= 0 ? [first] : [];
  for (let i = Math.ceil((first + 1) / step) * step; i < last; i += step) kept.push(i);
  if (last > first) kept.push(last);
  return columns.map((column) => kept.map((i) => column[i]));
}

function latest(curves, name) {
  const column = curves.get(name);
  return column[column.length - 1];
}

function weightsAt(lambdas, updates, level) {
  // The weight of a level in force at each update; the change recorded at update u counts from u + 1 on.
  let k = 0;
  return updates.map((update) => {
    while (k + 1 < lambdas.length && lambdas[k + 1][0] < update) k++;
    return lambdas[k][1][level];
  });
}

function costTraces(lab) {
  const { feed, data } = lab;
  const n = data.layers.length;
  const names = [...Array(n).keys()].map((l) => `denoising/${l}`);
  const points = feed.points;
  const [x, supervised, objective, ...levels] = thin(
    ["update", "supervised", "objective", ...names].map((name) => points.get(name)),
    lab.zoom,
  );
  const lambdas = feed.told?.lambdas || [[0, Array(n).fill(0)]];
  const now = lambdas.findLast(([since]) => since <= (feed.told?.update ?? 0))[1];
  const weights = names.map((_, l) => weightsAt(lambdas, x, l));
  const weighted = levels.map((column, l) => column.map((c, i) => c * weights[l][i]));
  const view = data.view.costs;
  const traces = data.layers.map((layer, l) => {
    const trained = now[l] > 0;
    return {
      key: `layer${l}`,
      name: `${layer.label}${trained ? "" : " · " + data.texts.untrained}`,
      now: latest(points, names[l]) * (view === "raw" ? 1 : now[l]),
      x,
      y: view === "raw" ? levels[l] : weighted[l],
      line: {
        color: trained || view === "share" ? lab.color("layers", l) : lab.color("muted"),
        dash: trained ? lab.theme.dashes[l] : "dot",
        width: trained ? 2.5 : 1.5,
      },
      hovertemplate: "%{y:.4g}",
    };
  });
  const loss = {
    key: "supervised", name: data.texts.supervised, x, y: supervised, now: latest(points, "supervised"), hovertemplate: "%{y:.4g}",
  };
  loss.line = { color: lab.color("text"), width: 1.8 };
  traces.push(loss);
  if (view === "share") {
    const total = x.map((_, i) => supervised[i] + weighted.reduce((sum, column) => sum + column[i], 0));
    const sum = traces.reduce((all, trace) => all + trace.now, 0);
    for (const trace of traces) {
      trace.now /= sum;
      trace.y = trace.y.map((value, i) => value / total[i]);
      Object.assign(trace, { stackgroup: "one", hovertemplate: "%{y:.1%}", line: { ...trace.line, width: 1 } });
    }
  } else {
    traces.push({
      key: "objective",
      name: data.texts.objective,
      now: latest(points, "objective"),
      x,
      y: objective,
      line: { color: lab.color("muted"), width: 1.5, dash: "longdash" },
      off: view === "raw",
      hovertemplate: "%{y:.4g}",
    });
  }
  return traces;
}

function errorTraces(lab) {
  const { texts } = lab.data;
  const [x, ladder, twin] = thin(
    ["eval_update", "test_error", "twin_error"].map((name) => lab.feed.measured.get(name)),
    lab.zoom,
  );
  return [
    { key: "ladder", name: texts.ladder, x, y: ladder, line: { color: lab.color("ladder"), width: 3 } },
    { key: "twin", name: texts.twin, x, y: twin, line: { color: lab.color("twin"), width: 2.5, dash: "dash" } },
  ].map((trace, i) => ({
    ...trace,
    now: latest(lab.feed.measured, ["test_error", "twin_error"][i]),
    hovertemplate: "%{y:.1%}",
  }));
}

function gainTraces(lab) {
  const { layers } = lab.data;
  const names = ["eval_update", ...layers.map((_, l) => `gain/${l}`)];
  const [x, ...levels] = thin(names.map((name) => lab.feed.measured.get(name)), lab.zoom);
  return layers.map((layer, l) => ({
    key: `layer${l}`,
    name: layer.label,
    now: latest(lab.feed.measured, `gain/${l}`),
    x,
    y: levels[l],
    line: { color: lab.color("layers", l), dash: lab.theme.dashes[l], width: 2.5 },
    hovertemplate: "%{y:.2f}",
  }));
}

function changeLabel(lab, [name, level, before, after]) {
  const { texts } = lab.data;
  const symbol = texts[`marker.${name}`] || name;
  const word = (value) => (name === "lateral" || name === "top_down" ? texts[value === "1" ? "on" : "off"] : value);
  return `${symbol}${level === null ? "" : subscript(level)} ${word(before)}→${word(after)}`;
}

function subscript(number) {
  return [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");
}

function markers(lab, x, pixels) {
  // A line per change in view, all of them one shape, as each shape has its price at every redraw; labels that would
  // overlap become one, with all of it on hover.
  const [from, to] = lab.zoom || [0, x.length ? x[x.length - 1] : 1];
  const span = Math.max(1, to - from);
  const inView = (change) => change.update >= from && change.update <= to;
  const changes = (lab.feed.told?.changes || []).filter(inView).slice(-MARKERS);
  const path = changes.map(({ update }) => `M${update},0V1`).join("");
  const line = { color: lab.color("muted"), width: 1.2, dash: "dot" };
  const labels = [];
  for (const change of changes) {
    const words = change.names.map((one) => changeLabel(lab, one));
    const full = `${lab.data.texts["axis.update"]} ${change.update}: ${words.join(", ")}`;
    labels.push(placed(lab, { x: change.update, names: change.names, words, full: [full] }, from, span, pixels));
    while (labels.length > 1 && labels.at(-1).start < labels.at(-2).end + 10) { // what is put together may need more room
      const label = labels.pop();
      const last = labels.at(-1);
      last.names = together(last.names, label.names);
      last.words = last.names.map((one) => changeLabel(lab, one));
      last.full.push(...label.full);
      placed(lab, last, from, span, pixels);
    }
  }
  const annotations = labels.map(({ x: at, words, full, left }) => ({
    x: at, y: 1, yref: "paper", yanchor: "bottom", xanchor: left ? "left" : "right", showarrow: false, borderpad: 2,
    text: markerText(words, full.length), hovertext: full.join("<br>"), font: { size: MARKER_FONT, color: lab.color("text") },
    xshift: left ? -4 : 4, captureevents: true,
  }));
  return { shapes: path ? [{ type: "path", path, yref: "paper", line }] : [], annotations };
}

function together(earlier, later) {
  // A control that was dragged through many values is one change, from the first value to the last.
  const names = earlier.map((one) => [...one]);
  for (const [name, level, before, after] of later) {
    const same = names.find((one) => one[0] === name && one[1] === level);
    if (same) same[3] = after;
    else names.push([name, level, before, after]);
  }
  return names;
}

function markerText(words, times) {
  // From the first value to the last, how many other controls were moved, and in how many changes all in all.
  return words[0] + (words.length > 1 ? ` +${words.length - 1}` : "") + (times > 1 ? ` (${times}×)` : "");
}

function placed(lab, label, from, span, pixels) {
  // Right of its line, or left of it near the chart's end.
  const width = lab.textWidth(markerText(label.words, label.full.length), MARKER_FONT);
  const at = ((label.x - from) / span) * pixels;
  label.left = at + width < pixels;
  [label.start, label.end] = label.left ? [at, at + width] : [at - width, at];
  return label;
}

class Chart {
  constructor(lab, name, element, traces) {
    Object.assign(this, { lab, name, element, traces, drawn: 0, dirty: true, toggled: {} });
    this.legend = new Legend(this, element.nextElementSibling);
  }

  layout(x) {
    const { lab } = this;
    const base = structuredClone(lab.data.layouts[this.name]);
    const grid = { gridcolor: lab.color("grid"), linecolor: lab.color("border"), tickfont: { size: 14 } };
    for (const axis of ["xaxis", "yaxis"]) Object.assign(base[axis], grid);
    // The zoom is everybody's: its own revision makes a chart take it from us and not from its last click.
    base.xaxis.uirevision = JSON.stringify(lab.zoom);
    base.yaxis.uirevision = [base.yaxis.uirevision, lab.data.run, lab.beginnings].join();
    if (lab.zoom) Object.assign(base.xaxis, { range: [...lab.zoom], autorange: false });
    if (matchMedia("(pointer: coarse)").matches) base.dragmode = false; // a finger on a chart scrolls the page
    return {
      ...base, ...markers(lab, x, this.element.clientWidth - 94),
      font: { family: lab.font, size: 14, color: lab.color("text") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
      hoverlabel: { bgcolor: lab.color("background"), font: { size: 14, color: lab.color("text") } },
    };
  }

  shown(trace) {
    return this.toggled[trace.key] ?? !trace.off;
  }

  toggle(trace) {
    this.toggled[trace.key] = !this.shown(trace);
    this.dirty = true;
    this.drawn = 0;
  }

  async draw() {
    this.dirty = false;
    const { Plotly } = window;
    const traces = this.traces(this.lab).map((trace) => ({
      mode: "lines", type: "scatter", ...trace, visible: this.shown(trace),
    }));
    this.legend.update(traces);
    // Plotly's own buttons and tips speak English only; dragging and double-clicking need none.
    const config = { displayModeBar: false, showTips: false, doubleClick: "autosize" };
    await Plotly.react(this.element, traces, this.layout(traces[0].x), config);
    const { texts } = this.lab.data;
    this.element.setAttribute("aria-label", `${texts[`card.${this.name}.title`]}. ${this.lab.present(this.name)}`);
    if (!this.listens) this.listen();
    if (this.hover !== undefined) Plotly.Fx.hover(this.element, { xval: this.hover }, "xy");
    this.drawn = performance.now();
  }

  listen() {
    this.listens = true;
    this.element.on("plotly_hover", (event) => (this.hover = event.xvals?.[0]));
    this.element.on("plotly_unhover", () => (this.hover = undefined));
    this.element.on("plotly_relayout", (change) => {
      if ("xaxis.range[0]" in change) this.lab.zoomTo([change["xaxis.range[0]"], change["xaxis.range[1]"]]);
      else if (change["xaxis.autorange"]) this.lab.zoomTo(null);
    });
  }
}

class Drawer {
  // Draws what is stale, visible and due, as much as fits a frame, and rests in proportion to what it cost: a slow machine
  // draws less often and stays as easy to click. What was never drawn waits for nothing: the page is being opened.
  constructor(charts, panels, figures) {
    Object.assign(this, { charts, panels, figures }); // pictures and figures: {element, draw(), drawn, dirty, every}
    const all = [figures, ...charts, ...panels];
    this.visible = new Set();
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) this.visible.add(entry.target);
        else this.visible.delete(entry.target);
      }
    });
    this.sizes = new ResizeObserver((entries) => {
      const resized = new Set(entries.map((entry) => entry.target));
      this.stale(all.filter((one) => resized.has(one.element)));
    });
    for (const one of all) this.observer.observe(one.element), this.sizes.observe(one.element);
    this.timer = setInterval(() => this.tick(), 40);
    this.rest = 0;
  }

  stale(kinds) {
    for (const one of kinds) one.dirty = true;
    if (!window.Plotly) loadPlotly().catch(() => {}); // asked for again where it failed
  }

  async tick() {
    const now = performance.now();
    if (this.busy || document.hidden || now < this.rest) return;
    const due = [this.figures, ...(window.Plotly ? this.charts : []), ...this.panels] // these do not wait for Plotly
      .filter((one) => one.dirty && this.visible.has(one.element) && now - one.drawn > (one.every || REDRAW_MS))
      .sort((a, b) => a.drawn - b.drawn);
    if (!due.length) return;
    this.busy = true;
    const first = due[0].drawn <= 0;
    let cost = 0;
    for (const one of due) {
      if (cost && cost + (one.cost || 0) > FRAME_MS) break;
      const start = performance.now();
      await this.attempt(one);
      one.cost = performance.now() - start;
      cost += one.cost;
    }
    this.busy = false;
    if (first) setTimeout(() => this.tick());
    else this.rest = performance.now() + Math.min(REDRAW_MS, cost * (1 / SHARE - 1));
  }

  async attempt(one) {
    try {
      await one.draw();
    } catch (error) {
      one.dirty = false; // the next numbers try again
      console.error(error);
    }
  }

  close() {
    clearInterval(this.timer);
    this.observer.disconnect();
    this.sizes.disconnect();
    for (const chart of this.charts) window.Plotly?.purge(chart.element);
  }
}
