// The three charts over updates. Layouts come from ladder/figures.py; here they get numbers, colours and markers.

const DRAWN = 240; // points of a drawn curve
const REDRAW_MS = 400; // between two redraws of one chart
const MARKERS = 24; // changes marked on a chart, the newest ones

function loadPlotly() {
  const base = new URL(document.baseURI).pathname.replace(/[^/]*$/, "");
  window.ladderPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${base}plotly.min.js`;
    script.onload = () => resolve(window.Plotly);
    script.onerror = reject;
    document.head.append(script);
  });
  return window.ladderPlotly;
}

function thin(columns) {
  // Every k-th point, counted from the last one, so that the newest is always drawn.
  const n = columns[0].length;
  const step = Math.max(1, Math.ceil(n / DRAWN));
  const kept = [];
  for (let i = (n - 1) % step; i < n; i += step) if (i >= 0) kept.push(i);
  return columns.map((column) => kept.map((i) => column[i]));
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
  const { feed, data, mode } = lab;
  const n = data.layers.length;
  const names = [...Array(n).keys()].map((l) => `denoising/${l}`);
  const points = feed.points;
  const [x, supervised, objective, ...levels] = thin(
    ["update", "supervised", "objective", ...names].map((name) => points.get(name)),
  );
  const lambdas = feed.told?.lambdas || [[0, Array(n).fill(0)]];
  const now = lambdas[lambdas.length - 1][1];
  const weights = names.map((_, l) => weightsAt(lambdas, x, l));
  const weighted = levels.map((column, l) => column.map((c, i) => c * weights[l][i]));
  const view = data.view.costs;
  const traces = data.layers.map((layer, l) => {
    const trained = now[l] > 0;
    return {
      name: `${layer.label}${trained ? "" : " · " + data.texts.untrained}`,
      x,
      y: view === "raw" ? levels[l] : weighted[l],
      line: {
        color: lab.color("layers", l),
        dash: trained ? lab.theme.dashes[l] : "dot",
        width: trained ? 2.5 : 1.2,
      },
      opacity: trained ? 1 : 0.6,
      hovertemplate: "%{y:.4g}",
    };
  });
  const loss = { name: data.texts.supervised, x, y: supervised, hovertemplate: "%{y:.4g}" };
  loss.line = { color: lab.color("text"), width: 3 };
  traces.push(loss);
  if (view === "share") {
    const total = x.map((_, i) => supervised[i] + weighted.reduce((sum, column) => sum + column[i], 0));
    for (const trace of traces) {
      trace.y = trace.y.map((value, i) => value / total[i]);
      Object.assign(trace, { stackgroup: "one", hovertemplate: "%{y:.1%}", line: { ...trace.line, width: 1 } });
    }
  } else {
    traces.push({
      name: data.texts.objective,
      x,
      y: objective,
      line: { color: lab.color("muted"), width: 1.5, dash: "longdash" },
      visible: view === "raw" ? "legendonly" : true,
      hovertemplate: "%{y:.4g}",
    });
  }
  return traces;
}

function errorTraces(lab) {
  const { texts } = lab.data;
  const [x, ladder, twin] = thin(["eval_update", "test_error", "twin_error"].map((name) => lab.feed.measured.get(name)));
  return [
    { name: texts.ladder, x, y: ladder, line: { color: lab.color("ladder"), width: 3 } },
    { name: texts.twin, x, y: twin, line: { color: lab.color("twin"), width: 2.5, dash: "dash" } },
  ].map((trace) => ({ ...trace, hovertemplate: "%{y:.1%}" }));
}

function gainTraces(lab) {
  const { layers } = lab.data;
  const names = ["eval_update", ...layers.map((_, l) => `gain/${l}`)];
  const [x, ...levels] = thin(names.map((name) => lab.feed.measured.get(name)));
  return layers.map((layer, l) => ({
    name: layer.label,
    x,
    y: levels[l],
    line: { color: lab.color("layers", l), dash: lab.theme.dashes[l], width: 2.5 },
    hovertemplate: "%{y:.2f}",
  }));
}

function changeLabel(lab, [name, level, before, after]) {
  const symbol = lab.data.texts[`marker.${name}`] || name;
  return `${symbol}${level === null ? "" : subscript(level)} ${before}→${after}`;
}

function subscript(number) {
  return [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");
}

function markers(lab, x) {
  // A line per change; labels that would overlap become one.
  const span = Math.max(1, x.length ? x[x.length - 1] - Math.min(0, x[0]) : 1);
  const changes = (lab.feed.told?.changes || []).slice(-MARKERS);
  const shapes = [];
  const labels = [];
  for (const change of changes) {
    shapes.push({
      type: "line", x0: change.update, x1: change.update, yref: "paper", y0: 0, y1: 1,
      line: { color: lab.color("muted"), width: 1.2, dash: "dot" },
    });
    const words = change.names.map((one) => changeLabel(lab, one));
    const last = labels[labels.length - 1];
    if (last && change.update - last.x < 0.22 * span) last.words.push(...words);
    else labels.push({ x: change.update, words });
  }
  const annotations = labels.map(({ x: at, words }) => ({
    x: at, y: 1, yref: "paper", yanchor: "bottom", xanchor: at > 0.75 * span ? "right" : "left", showarrow: false,
    text: words[words.length - 1] + (words.length > 1 ? ` (+${words.length - 1})` : ""),
    hovertext: words.join("<br>"), font: { size: 12, color: lab.color("text") },
  }));
  return { shapes, annotations };
}

class Chart {
  constructor(lab, name, element, traces) {
    Object.assign(this, { lab, name, element, traces, drawn: 0, dirty: true });
  }

  layout(x) {
    const { lab } = this;
    const base = structuredClone(lab.data.layouts[this.name]);
    const grid = { gridcolor: lab.color("border"), linecolor: lab.color("border"), tickfont: { size: 13 } };
    for (const axis of ["xaxis", "yaxis"]) Object.assign(base[axis], grid);
    const font = { family: lab.font, size: 14, color: lab.color("text") };
    const narrow = this.element.clientWidth < 480;
    if (narrow) base.legend = { ...base.legend, font: { size: 12 } };
    return {
      ...base, ...markers(lab, x), font, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      height: narrow ? 400 : 360,
      hoverlabel: { bgcolor: lab.color("background"), font: { size: 13, color: lab.color("text") } },
    };
  }

  async draw(Plotly) {
    this.dirty = false;
    this.drawn = performance.now();
    const traces = this.traces(this.lab).map((trace) => ({ mode: "lines", type: "scatter", ...trace }));
    const config = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d"] };
    await Plotly.react(this.element, traces, this.layout(traces[0].x), config);
    if (!this.listens) {
      this.listens = true;
      this.element.on("plotly_hover", (event) => (this.hover = event.xvals?.[0]));
      this.element.on("plotly_unhover", () => (this.hover = undefined));
    }
    if (this.hover !== undefined) Plotly.Fx.hover(this.element, { xval: this.hover }, "xy");
  }
}

class Drawer {
  // Draws what is stale, visible and due, one chart at a time, so that no click waits for six charts.
  constructor(charts) {
    this.charts = charts;
    this.visible = new Set();
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) this.visible.add(entry.target);
        else this.visible.delete(entry.target);
      }
    });
    for (const chart of charts) this.observer.observe(chart.element);
    this.timer = setInterval(() => this.tick(), 60);
  }

  stale() {
    for (const chart of this.charts) chart.dirty = true;
  }

  async tick() {
    if (this.busy || document.hidden) return;
    const now = performance.now();
    const due = this.charts
      .filter((chart) => chart.dirty && this.visible.has(chart.element) && now - chart.drawn > REDRAW_MS)
      .sort((a, b) => a.drawn - b.drawn)[0];
    if (!due) return;
    this.busy = true;
    try {
      await due.draw(await loadPlotly());
    } finally {
      this.busy = false;
    }
  }

  close() {
    clearInterval(this.timer);
    this.observer.disconnect();
    for (const chart of this.charts) window.Plotly?.purge(chart.element);
  }
}
