// The traces of the live page's three charts over updates, as Chart takes them.

import { latest, thin, weightsAt } from "./curves.js";
import { band, compared, errorGhosts, layerGhosts } from "./ghosts.js";
import { smoothed } from "./statistics.js";

export function costTraces(panel) {
  // The supervised cost and each layer's denoising cost: by the view raw, weighted by the lambdas, or as shares of
  // their sum. Beside raw and weighted costs also the objective. Where the view smooths them, the raw curves lie behind.
  const { feed, data } = panel;
  const n = data.layers.length;
  const names = [...Array(n).keys()].map((l) => `denoising/${l}`);
  const points = feed.points;
  const view = data.view.costs;
  const half = data.view.smooth;
  const [updates, ...raw] = ["update", "supervised", "objective", ...names].map((name) => points.get(name));
  const smooth = half ? raw.map((column) => smoothed(updates, column, half)) : [];
  const [x, ...thinned] = thin([updates, ...raw, ...smooth], panel.zoom);
  const [supervised, objective, ...levels] = half ? thinned.slice(raw.length) : thinned;
  const behind = half && view !== "share" ? thinned.slice(0, raw.length) : [];
  const lambdas = feed.told?.lambdas || [[0, Array(n).fill(0)]];
  const now = lambdas.findLast(([since]) => since <= (feed.told?.update ?? 0))[1];
  const weights = names.map((_, l) => weightsAt(lambdas, x, l));
  const weighted = levels.map((column, l) => column.map((c, i) => c * weights[l][i]));
  const traces = data.layers.flatMap((layer, l) => {
    const trained = now[l] > 0;
    const one = {
      key: `layer${l}`,
      name: `${layer.label}${trained ? "" : " · " + data.texts.untrained}`,
      short: layer.short + (trained ? "" : " λ=0"),
      now: latest(points, names[l]) * (view === "raw" ? 1 : now[l]),
      x,
      y: view === "raw" ? levels[l] : weighted[l],
      line: { color: panel.color("layers", l), dash: panel.theme.dashes[l], width: 2.5 },
    };
    if (view !== "raw") return [one];
    const own = compared(panel, "points", one, names[l]);
    if (weights[l].every((weight) => weight > 0)) return [own];
    // Where the cost was not minimised, its curve is grey; where it was, it stays as it is.
    const [on, off] = parts(own.y, weights[l]);
    const grey = { ...own, y: off, silent: true, line: { color: panel.color("muted"), dash: "dot", width: 1.5 } };
    return [{ ...own, y: on, whole: own.y }, grey];
  });
  const loss = {
    key: "supervised", name: data.texts.supervised, short: data.texts.supervised_short, x, y: supervised, now: latest(points, "supervised"),
  };
  loss.line = { color: panel.color("text"), width: 1.8 };
  traces.push(loss);
  if (view === "share") {
    const total = x.map((_, i) => supervised[i] + weighted.reduce((sum, column) => sum + column[i], 0));
    const sum = traces.reduce((all, trace) => all + trace.now, 0);
    for (const trace of traces) {
      trace.now /= sum;
      trace.y = trace.y.map((value, i) => value / total[i]);
      Object.assign(trace, { stackgroup: "one", line: { ...trace.line, width: 1 } });
    }
  } else {
    traces.push({
      key: "objective",
      name: data.texts.objective,
      short: data.texts.objective_short,
      now: latest(points, "objective"),
      x,
      y: objective,
      line: { color: panel.color("muted"), width: 1.5, dash: "longdash" },
      off: view === "raw",
    });
  }
  const ghosts = view === "raw" ? layerGhosts(panel, "points", "denoising") : [];
  return [...ghosts, ...behind.flatMap((y, k) => rawTrace(panel, x, y, k, now)), ...traces];
}

function rawTrace(panel, x, y, k, now) {
  // The curve behind a smoothed one: k = 0 the supervised cost, 1 the objective, which has none, and 2 the input layer.
  if (k === 1) return [];
  const factor = k > 1 && panel.data.view.costs === "weighted" ? now[k - 2] : 1;
  const line = { color: k ? panel.color("layers", k - 2) : panel.color("text"), width: 1 };
  const key = k ? `layer${k - 2}` : "supervised";
  return [{ key, ghost: true, silent: true, opacity: 0.3, x, y: y.map((value) => value * factor), line }];
}

export function parts(y, weights) {
  // A curve in two: where its weight is above 0, and where it is 0. Each has null for the other's points; the point where
  // one begins belongs to both, so that nothing is missing between them.
  const off = weights.map((weight) => weight === 0);
  const at = (i, wanted) => off[i] === wanted || (i > 0 && off[i - 1] === wanted);
  return [y.map((value, i) => (at(i, false) ? value : null)), y.map((value, i) => (at(i, true) ? value : null))];
}

export function errorTraces(panel) {
  // Test errors of the ladder and of its twin, as fractions.
  const { texts } = panel.data;
  const [x, ladder, twin] = thin(
    ["eval_update", "test_error", "twin_error"].map((name) => panel.feed.measured.get(name)),
    panel.zoom,
  );
  const live = [
    { key: "ladder", name: texts.ladder, x, y: ladder, line: { color: panel.color("ladder"), width: 3 } },
    { key: "twin", name: texts.twin, x, y: twin, line: { color: panel.color("twin"), width: 2.5, dash: "dash" } },
  ].map((trace, i) => ({
    ...trace,
    now: latest(panel.feed.measured, ["test_error", "twin_error"][i]),
  }));
  const beside = (trace, i) => compared(panel, "measured", trace, ["test_error", "twin_error"][i]);
  return [...band(panel), ...errorGhosts(panel), ...live.map(beside)];
}

export function gainTraces(panel) {
  // Denoising gain of each layer: 1 where all noise is removed, 0 where nothing is gained.
  const { layers } = panel.data;
  const names = ["eval_update", ...layers.map((_, l) => `gain/${l}`)];
  const [x, ...levels] = thin(names.map((name) => panel.feed.measured.get(name)), panel.zoom);
  const live = layers.map((layer, l) => ({
    key: `layer${l}`,
    name: layer.label,
    short: layer.short,
    now: latest(panel.feed.measured, `gain/${l}`),
    x,
    y: levels[l],
    line: { color: panel.color("layers", l), dash: panel.theme.dashes[l], width: 2.5 },
  }));
  const beside = (trace, l) => compared(panel, "measured", trace, `gain/${l}`);
  return [...layerGhosts(panel, "measured", "gain"), ...live.map(beside)];
}
