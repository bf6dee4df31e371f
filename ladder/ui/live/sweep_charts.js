// A sweep's errors as a map, as lines, or as rows of dots: each function returns {traces, layout} for Plotly.

import { fill, formatPercent } from "./words.js";

const T_OF_TEN = 2.262; // standard errors of ten seeds, as published, in a 95 % interval (Student's t, 9 degrees of freedom)
const TEXT_CELLS = 120; // most cells of a map whose text has room for an interval
export const ROW = 26; // pixels of a row of dots

// An interval in per cent, short enough for a cell: rounded outwards to whole numbers, to tenths where `high` is below
// 10 %.
function outwards(low, high) {
  const steps = high < 0.1 ? 10 : 1;
  return `${Math.floor(100 * steps * low + 1e-9) / steps}–${Math.ceil(100 * steps * high - 1e-9) / steps}`;
}

export function sweepMap(sweep) {
  // Errors as colours over both axes. The best cell has an outline, those that may be as good a dotted one, the picked
  // one a dashed one.
  const { axes, cells, texts } = sweep.data;
  const [across, up] = axes;
  const empty = (value) => up.words.map(() => across.words.map(() => value));
  const [z, text, custom, hover] = [empty(null), empty(""), empty(null), empty("")];
  const { clientWidth } = sweep.charts.errors;
  const narrow = clientWidth < 480; // then there is no room for the scale of colours
  const column = (clientWidth - (narrow ? 80 : 180)) / across.words.length; // pixels
  const roomy = across.words.length * up.words.length <= TEXT_CELLS && column > 44;
  for (const [k, cell] of cells.entries()) {
    const [i, j] = [across.words.indexOf(cell.words[0]), up.words.indexOf(cell.words[1])];
    const { mean, low, high } = cell[sweep.measure];
    z[j][i] = mean;
    custom[j][i] = k;
    hover[j][i] = hoverText(sweep, cell);
    text[j][i] = mean === null ? "∞" : `${(100 * mean).toFixed(1)}${low === null || !roomy ? "" : `<br>${outwards(low, high)}`}`;
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
  const margin = { l: 60, r: narrow ? 16 : 130, t: 12, b: 48 }; // whatever the scale's numbers are, the cells stay in place
  return { traces: [trace], layout: sweep.layout(ticks(0), ticks(1), { shapes, margin }) };
}

export function sweepLines(sweep) {
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

export function sweepDots(sweep) {
  // Errors over one axis of names: a row for each name from the top, with published errors where there are any.
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
      marker: { symbol: "diamond", size: 9, color: sweep.color("twin") }, hovertemplate: `%{x:.1%}<br>${texts.published}<extra></extra>`,
    });
  }
  const names = {
    tickvals: axes[0].words.map((_, i) => -i), ticktext: axes[0].words.map((word) => sweep.wordLabel(0, word)), fixedrange: true,
    range: [0.6 - axes[0].words.length, 0.6], title: { text: axes[0].label },
  };
  const legend = told.length && { showlegend: true, legend: { orientation: "h", y: 1.08 } };
  return { traces, layout: sweep.layout({ ...errorAxis(sweep), side: "bottom" }, names, { hovermode: "closest", ...legend }) };
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
  // The markers of cells: a star for the best, open circles for those that may be as good, a ring around the picked.
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
    hovertext: shown.map(({ error, seed }) => fill(sweep.data.texts.one_seed, { seed, error: formatPercent(error, sweep.data.texts) })),
    customdata: shown.map(({ cell }) => sweep.data.cells.indexOf(cell)),
  };
}

function placing(axis) {
  // The function from a word of the axis to its place: its number, or on a scale without numbers its order.
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
