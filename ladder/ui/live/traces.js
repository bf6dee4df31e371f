// The traces of the live page's three charts over updates, as Chart takes them.

import { latest, thin, weightsAt } from "./curves.js";

export function costTraces(panel) {
  // The supervised cost and each layer's denoising cost: by the view raw, weighted by the lambdas, or as shares of
  // their sum. Beside raw and weighted costs also the objective.
  const { feed, data } = panel;
  const n = data.layers.length;
  const names = [...Array(n).keys()].map((l) => `denoising/${l}`);
  const points = feed.points;
  const [x, supervised, objective, ...levels] = thin(
    ["update", "supervised", "objective", ...names].map((name) => points.get(name)),
    panel.zoom,
  );
  const lambdas = feed.told?.lambdas || [[0, Array(n).fill(0)]];
  const now = lambdas.findLast(([since]) => since <= (feed.told?.update ?? 0))[1];
  const weights = names.map((_, l) => weightsAt(lambdas, x, l));
  const weighted = levels.map((column, l) => column.map((c, i) => c * weights[l][i]));
  const view = data.view.costs;
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
      hovertemplate: "%{y:.4g}",
    };
    if (view !== "raw" || weights[l].every((weight) => weight > 0)) return one;
    // Where the cost was not minimised, its curve is grey; where it was, it stays as it is.
    const [on, off] = parts(one.y, weights[l]);
    const grey = { ...one, y: off, silent: true, line: { color: panel.color("muted"), dash: "dot", width: 1.5 } };
    return [{ ...one, y: on }, grey];
  });
  const loss = {
    key: "supervised", name: data.texts.supervised, short: data.texts.supervised_short, x, y: supervised, now: latest(points, "supervised"), hovertemplate: "%{y:.4g}",
  };
  loss.line = { color: panel.color("text"), width: 1.8 };
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
      short: data.texts.objective_short,
      now: latest(points, "objective"),
      x,
      y: objective,
      line: { color: panel.color("muted"), width: 1.5, dash: "longdash" },
      off: view === "raw",
      hovertemplate: "%{y:.4g}",
    });
  }
  return traces;
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
  return [
    { key: "ladder", name: texts.ladder, x, y: ladder, line: { color: panel.color("ladder"), width: 3 } },
    { key: "twin", name: texts.twin, x, y: twin, line: { color: panel.color("twin"), width: 2.5, dash: "dash" } },
  ].map((trace, i) => ({
    ...trace,
    now: latest(panel.feed.measured, ["test_error", "twin_error"][i]),
    hovertemplate: "%{y:.1%}",
  }));
}

export function gainTraces(panel) {
  // Denoising gain of each layer: 1 where all noise is removed, 0 where nothing is gained.
  const { layers } = panel.data;
  const names = ["eval_update", ...layers.map((_, l) => `gain/${l}`)];
  const [x, ...levels] = thin(names.map((name) => panel.feed.measured.get(name)), panel.zoom);
  return layers.map((layer, l) => ({
    key: `layer${l}`,
    name: layer.label,
    short: layer.short,
    now: latest(panel.feed.measured, `gain/${l}`),
    x,
    y: levels[l],
    line: { color: panel.color("layers", l), dash: panel.theme.dashes[l], width: 2.5 },
    hovertemplate: "%{y:.2f}",
  }));
}
