// A sweep's results: a map, lines or dots of its errors, and the learning curves of what is looked at.

const T_OF_TEN = 2.262; // standard errors of ten seeds, as published, in a 95 % interval (Student's t, 9 degrees of freedom)
const TEXT_CELLS = 120; // numbers in a map's cells, where they fit
const ROW = 26; // pixels of a row of dots
const LOOKED = ["best", "picked", "under"]; // whose learning curves are drawn

class Sweep extends Board {
  shape() {
    return [];
  }

  build() {
    this.root.className = "ll-root ll-sweep";
    const grid = this.root.appendChild(this.element("div", "ll-grid"));
    grid.append(this.card("errors"), this.card("curves"));
    this.sizes = new ResizeObserver(() => this.draw());
    for (const chart of Object.values(this.charts)) this.sizes.observe(chart);
    this.charts.errors.nextElementSibling.classList.add("ll-key");
  }

  build_errors() {
    return this.chartBox("errors");
  }

  build_curves() {
    this.looked = this.element("div", "ll-looked");
    return [...this.chartBox("curves"), this.looked];
  }

  dismantle() {
    this.sizes?.disconnect();
    for (const chart of Object.values(this.charts || {})) window.Plotly?.purge(chart);
    this.listens = false;
  }

  close() {
    this.dismantle();
  }

  updated() {
    this.draw();
  }

  // --- the cells

  get measure() {
    return this.data.view.measure;
  }

  find(words) {
    return words && this.data.cells.find((cell) => JSON.stringify(cell.words) === JSON.stringify(words));
  }

  get best() {
    // The best with the label budget of what is looked at, else with the most labels.
    const looked = this.under || this.picked;
    const given = (cell) => JSON.stringify(cell.words.filter((_, i) => this.data.axes[i].given));
    const bests = this.data.cells.filter((cell) => cell.choice === "best");
    return bests.find((cell) => looked && given(cell) === given(looked)) || bests[bests.length - 1];
  }

  get under() {
    return this.find(this.hovered);
  }

  get picked() {
    return this.find(this.data.picked);
  }

  title(cell) {
    return cell.words.map((word, i) => `${this.data.axes[i].label} ${this.wordLabel(i, word)}`).join(" · ");
  }

  wordLabel(i, word) {
    return this.data.axes[i].labels[word] ?? word;
  }

  errorText(cell, measure = this.measure) {
    const { mean, low, high } = cell[measure];
    if (mean === null) return this.data.texts.diverged;
    const interval = low === null ? "" : ` [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]`;
    return `${(100 * mean).toFixed(1)} %${interval}`;
  }

  present(name) {
    const { texts } = this.data;
    const shown = this.picked || this.best;
    if (!shown) return texts.nothing;
    return name === "curves" ? this.title(shown) : `${this.title(shown)}: ${this.errorText(shown)}`;
  }

  // --- drawing

  async draw() {
    if (this.drawing) {
      this.again = true;
      return;
    }
    this.drawing = true;
    try {
      const Plotly = await loadPlotly();
      if (this.charts.errors.isConnected) {
        await this.drawErrors(Plotly);
        await this.drawCurves(Plotly);
      }
    } finally {
      this.drawing = false;
    }
    if (this.again) {
      this.again = false;
      this.draw();
    }
  }

  layout(x, y, more = {}) {
    const axis = { gridcolor: this.color("grid"), linecolor: this.color("border"), tickfont: { size: 14 }, zeroline: false, automargin: true };
    const titled = (one) => ({ ...axis, ...one, title: { font: { size: 15 }, standoff: 8, ...one.title } });
    return {
      margin: { l: 60, r: 16, t: 12, b: 48 }, font: { family: this.font, size: 14, color: this.color("text") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true, showlegend: false, dragmode: false,
      hoverlabel: { bgcolor: this.color("background"), font: { size: 14, color: this.color("text") } },
      xaxis: titled(x), yaxis: titled(y), ...more,
    };
  }

  async drawErrors(Plotly) {
    const chart = this.charts.errors;
    const { kind } = this.data.view;
    chart.style.flexBasis = kind === "dots" ? `${Math.max(400, 110 + ROW * this.data.axes[0].words.length)}px` : "";
    const { traces, layout } = kind === "map" ? sweepMap(this) : kind === "dots" ? sweepDots(this) : sweepLines(this);
    await Plotly.react(chart, traces, layout, { displayModeBar: false, showTips: false });
    chart.setAttribute("aria-label", `${this.data.texts["card.errors.title"]}. ${this.present("errors")}`);
    chart.nextElementSibling.textContent = this.data.texts[`key.${kind}`];
    if (this.listens) return;
    this.listens = true;
    const cellOf = (event) => this.data.cells[event.points.find((point) => Number.isInteger(point.customdata))?.customdata];
    chart.on("plotly_hover", (event) => this.look(cellOf(event)?.words));
    chart.on("plotly_unhover", () => this.look(null));
    chart.on("plotly_click", (event) => {
      const cell = cellOf(event);
      if (cell) this.trigger("picked", cell.words);
    });
  }

  look(words) {
    this.hovered = words;
    this.draw();
  }

  async drawCurves(Plotly) {
    const { texts } = this.data;
    const shown = new Map(); // each cell once, named by the first of what it is
    for (const name of LOOKED) {
      const cell = this[name];
      if (cell && ![...shown.values()].includes(cell)) shown.set(name, cell);
    }
    const traces = [...shown].flatMap(([name, cell]) => sweepCurve(this, LOOKED.indexOf(name), cell));
    const empty = !traces.some(({ x }) => x.length);
    const x = { title: { text: texts["axis.update"] }, rangemode: "tozero", nticks: 6, ...(empty && { range: [0, 1000] }) };
    const y = { title: { text: texts["axis.validation_error"] }, tickformat: ".0%", rangemode: "tozero", ...(empty && { range: [0, 1] }) };
    const layout = this.layout(x, y, { hovermode: "x unified" });
    await Plotly.react(this.charts.curves, traces, layout, { displayModeBar: false, showTips: false });
    this.looked.replaceChildren(...[...shown].map(([name, cell]) => this.describe(name, cell)));
  }

  describe(name, cell) {
    // A looked-at combination in words: its errors and those of each seed.
    const { texts } = this.data;
    const box = this.element("p", "ll-looked-at");
    const mark = box.appendChild(this.element("b", "", `${texts[`looked.${name}`]}: `));
    mark.style.color = this.color("classes", LOOKED.indexOf(name));
    const each = cell.per_seed[this.measure].map((error) => (error === null ? "∞" : (100 * error).toFixed(1))).join(", ");
    const errors = ["validation_error", "test_error"].map((one) => `${texts[`measure.${one}`]} ${this.errorText(cell, one)}`);
    box.append(`${this.title(cell)}. ${errors.join(", ")}. `);
    box.append(this.element("span", "ll-note", fill(texts.each, { n: cell.seeds.length, each })));
    return box;
  }
}

function hoverText(sweep, cell) {
  const { texts } = sweep.data;
  const lines = [`<b>${sweep.title(cell)}</b>`, `${texts[`measure.${sweep.measure}`]} ${sweep.errorText(cell)}`];
  lines.push(fill(texts.n_seeds, { n: cell[sweep.measure].n }));
  if (cell.n_diverged) lines.push(fill(texts.n_diverged, { n: cell.n_diverged }));
  const choice = texts[`choice.${cell.choice.replace(" ", "_")}`];
  if (choice) lines.push(choice);
  return lines.join("<br>");
}

function sweepMap(sweep) {
  const { axes, cells, texts } = sweep.data;
  const [across, up] = axes;
  const empty = (value) => up.words.map(() => across.words.map(() => value));
  const [z, text, custom, hover] = [empty(null), empty(""), empty(null), empty("")];
  const { clientWidth } = sweep.charts.errors;
  const narrow = clientWidth < 480; // then the numbers stand for the colours
  const column = (clientWidth - (narrow ? 80 : 180)) / across.words.length; // pixels
  const roomy = across.words.length * up.words.length <= TEXT_CELLS && column > 44;
  for (const [k, cell] of cells.entries()) {
    const [i, j] = [across.words.indexOf(cell.words[0]), up.words.indexOf(cell.words[1])];
    const { mean, low, high } = cell[sweep.measure];
    z[j][i] = mean;
    custom[j][i] = k;
    hover[j][i] = hoverText(sweep, cell);
    text[j][i] = mean === null ? "∞" : `${(100 * mean).toFixed(1)}${low === null || !roomy ? "" : `<br>±${(50 * (high - low)).toFixed(1)}`}`;
  }
  const ticks = (i) => ({
    type: "category", categoryorder: "array", categoryarray: axes[i].words, title: { text: axes[i].label }, showgrid: false,
    tickvals: axes[i].words, ticktext: axes[i].words.map((word) => sweep.wordLabel(i, word)), fixedrange: true,
    range: [-0.5, axes[i].words.length - 0.5],
  });
  const trace = {
    type: "heatmap", x: across.words, y: up.words, z, customdata: custom, hovertext: hover, hovertemplate: "%{hovertext}<extra></extra>",
    colorscale: "Cividis", xgap: 2, ygap: 2, text, texttemplate: "%{text}", textfont: { size: roomy ? 15 : 12 },
    hoverongaps: false, showscale: !narrow,
    colorbar: { title: { text: texts[`measure.${sweep.measure}`], side: "right" }, tickformat: ".0%", thickness: 14, outlinewidth: 0 },
  };
  const outline = (cell, line) => {
    const [i, j] = [across.words.indexOf(cell.words[0]), up.words.indexOf(cell.words[1])];
    const inset = 0.46;
    return { type: "rect", x0: i - inset, x1: i + inset, y0: j - inset, y1: j + inset, line, fillcolor: "rgba(0,0,0,0)" };
  };
  const shapes = cells.flatMap((cell) => {
    const drawn = [];
    if (cell.choice === "best") drawn.push(outline(cell, { color: sweep.color("high"), width: 4 }));
    if (cell.choice === "as good") drawn.push(outline(cell, { color: sweep.color("high"), width: 2.5, dash: "dot" }));
    if (cell === sweep.picked) drawn.push(outline(cell, { color: sweep.color("text"), width: 3, dash: "dash" }));
    return drawn;
  });
  return { traces: [trace], layout: sweep.layout(ticks(0), ticks(1), { shapes }) };
}

function whiskers(cells, measure, color) {
  const [plus, minus] = [[], []];
  for (const cell of cells) {
    const { mean, low, high } = cell[measure];
    plus.push(high === null ? 0 : high - mean);
    minus.push(low === null ? 0 : mean - low);
  }
  return { type: "data", symmetric: false, array: plus, arrayminus: minus, color, thickness: 1.8, width: 6 };
}

function marker(sweep, cells, color) {
  // The best is a star, those that may be as good are open; what was clicked is ringed.
  return {
    size: cells.map((cell) => (cell.choice === "best" ? 15 : 10)), color,
    symbol: cells.map((cell) => (cell.choice === "best" ? "star" : cell.choice === "as good" ? "circle-open" : "circle")),
    line: {
      width: cells.map((cell) => (cell === sweep.picked ? 4 : cell.choice === "as good" ? 2.5 : 0)),
      color: cells.map((cell) => (cell === sweep.picked ? sweep.color("text") : color)),
    },
  };
}

function seedPoints(sweep, cells, place, color) {
  const points = cells.flatMap((cell) => cell.per_seed[sweep.measure].map((error, s) => ({ cell, error, seed: cell.seeds[s] })));
  const shown = points.filter(({ error }) => error !== null);
  return {
    type: "scatter", mode: "markers", ...place(shown.map(({ cell }) => cell), shown.map(({ error }) => error)),
    marker: { size: 6, color, opacity: 0.5 }, hovertemplate: "%{hovertext}<extra></extra>",
    hovertext: shown.map(({ error, seed }) => fill(sweep.data.texts.one_seed, { seed, error: formatPercent(error) })),
    customdata: shown.map(({ cell }) => sweep.data.cells.indexOf(cell)),
  };
}

function placing(axis) {
  // Where an axis's values stand: their numbers, or their order.
  return ["linear", "log"].includes(axis.scale) ? Number : (word) => axis.words.indexOf(word);
}

function ticksOf(sweep, i) {
  const axis = sweep.data.axes[i];
  const place = placing(axis);
  const ordered = [...axis.words].sort((a, b) => place(a) - place(b));
  return {
    type: axis.scale === "log" ? "log" : "linear", title: { text: axis.label }, fixedrange: true,
    tickvals: ordered.map(place), ticktext: ordered.map((word) => sweep.wordLabel(i, word)), tickmode: "array",
  };
}

function errorAxis(sweep) {
  return { title: { text: sweep.data.texts[`axis.${sweep.measure}`] }, tickformat: ".0%", rangemode: "tozero", fixedrange: true };
}

function sweepLines(sweep) {
  // Errors over the first axis, a line for each value of the second.
  const { axes, cells } = sweep.data;
  const place = placing(axes[0]);
  const groups = axes.length > 1 ? axes[1].words : [null];
  const traces = groups.flatMap((word, g) => {
    const own = cells.filter((cell) => word === null || cell.words[1] === word).sort((a, b) => place(a.words[0]) - place(b.words[0]));
    if (!own.length) return [];
    const color = sweep.color("classes", g);
    const line = {
      type: "scatter", mode: "lines+markers", x: own.map((cell) => place(cell.words[0])), y: own.map((cell) => cell[sweep.measure].mean),
      name: word === null ? "" : sweep.wordLabel(1, word), error_y: whiskers(own, sweep.measure, color), marker: marker(sweep, own, color),
      line: { color, width: 2.6, dash: sweep.theme.dashes[g % sweep.theme.dashes.length] }, showlegend: word !== null,
      customdata: own.map((cell) => cells.indexOf(cell)), hovertext: own.map((cell) => hoverText(sweep, cell)), hovertemplate: "%{hovertext}<extra></extra>",
    };
    const at = (some, errors) => ({ x: some.map((cell) => place(cell.words[0])), y: errors });
    return sweep.data.view.seeds ? [line, { ...seedPoints(sweep, own, at, color), showlegend: false }] : [line];
  });
  const legend = axes.length > 1 && { showlegend: true, legend: { orientation: "h", y: -0.2, title: { text: axes[1].label } } };
  return { traces, layout: sweep.layout(ticksOf(sweep, 0), errorAxis(sweep), { hovermode: "closest", ...legend }) };
}

function sweepDots(sweep) {
  // One axis of names: a row for each, read from the top; published errors beside ours where there are any.
  const { axes, cells, texts } = sweep.data;
  const color = sweep.color("classes", 0);
  const row = (cell) => -axes[0].words.indexOf(cell.words[0]);
  const traces = [{
    type: "scatter", mode: "markers", y: cells.map(row), x: cells.map((cell) => cell[sweep.measure].mean), error_x: whiskers(cells, sweep.measure, color),
    marker: marker(sweep, cells, color), name: texts.ours, customdata: cells.map((_, k) => k),
    hovertext: cells.map((cell) => hoverText(sweep, cell)), hovertemplate: "%{hovertext}<extra></extra>",
  }];
  if (sweep.data.view.seeds) {
    traces.push({ ...seedPoints(sweep, cells, (some, errors) => ({ x: errors, y: some.map(row) }), color), showlegend: false });
  }
  const told = cells.filter((cell) => cell.published?.["100"]);
  if (told.length) {
    const published = (cell) => cell.published["100"];
    traces.push({
      type: "scatter", mode: "markers", y: told.map(row), x: told.map((cell) => published(cell).error), name: texts.published,
      error_x: { type: "data", array: told.map((cell) => T_OF_TEN * published(cell).standard_error), color: sweep.color("twin"), thickness: 1.5, width: 4 },
      marker: { symbol: "diamond", size: 9, color: sweep.color("twin") }, hovertemplate: `%{x:.1%} (${texts.published})<extra></extra>`,
    });
  }
  const names = {
    tickvals: axes[0].words.map((_, i) => -i), ticktext: axes[0].words.map((word) => sweep.wordLabel(0, word)), fixedrange: true,
    range: [0.6 - axes[0].words.length, 0.6], title: { text: axes[0].label },
  };
  const legend = told.length && { showlegend: true, legend: { orientation: "h", y: 1.08 } };
  return { traces, layout: sweep.layout({ ...errorAxis(sweep), side: "bottom" }, names, { hovermode: "closest", ...legend }) };
}

function sweepCurve(sweep, c, cell) {
  // A learning curve with the extremes over the seeds as a band behind it.
  const { update, mean, low, high } = cell.curve;
  const color = sweep.color("classes", c);
  const [r, g, b] = rgb(color);
  const band = {
    type: "scatter", x: [...update, ...[...update].reverse()], y: [...high, ...[...low].reverse()], fill: "toself", mode: "lines",
    line: { width: 0 }, fillcolor: `rgba(${r},${g},${b},0.15)`, hoverinfo: "skip",
  };
  const line = {
    type: "scatter", mode: "lines", x: update, y: mean, name: sweep.title(cell), hovertemplate: "%{y:.1%}",
    line: { color, width: 2.8, dash: sweep.theme.dashes[c] },
  };
  return [band, line];
}

export default mounting(Sweep);
