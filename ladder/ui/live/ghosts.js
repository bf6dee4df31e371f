// The curves of earlier runs behind the live ones.

const [ERRORS, NARROW] = [1.7, 1]; // px of lines

export function errorGhosts(panel) {
  // Test errors of the earlier runs, each in its colour: the ladder's solid, the twin's dashed.
  return panel.behind.earlier().flatMap(({ row, measured }) => {
    const one = { x: measured.get("eval_update"), ghost: true, silent: true };
    const line = { color: panel.color("runs", row.color), width: ERRORS };
    return [
      { ...one, key: "ladder", y: measured.get("test_error"), line },
      { ...one, key: "twin", y: measured.get("twin_error"), line: { ...line, dash: "dash", width: ERRORS - 0.4 } },
    ];
  });
}

export function band(panel) {
  // The range of test errors over the run in view and its repeats, one for the ladder and one for the twin, where it has
  // repeats: from the least to the largest of them at each measurement that all of them have.
  const { rows, run } = panel.data;
  const own = rows.find((row) => row.run === run);
  const leader = own?.leader || run;
  const members = panel.behind.earlier().filter(({ row }) => row.leader === leader || row.run === leader);
  if (!members.length) return [];
  const all = [panel.feed, ...members];
  const x = members[0].measured.get("eval_update").filter((update) => all.every(({ measured }) => measured.get("eval_update").at(-1) >= update));
  return ["test_error", "twin_error"].map((key, i) => {
    const values = valuesAt(all, "measured", x, key);
    const edge = (extreme) => x.map((_, k) => extreme(...values.map((one) => one[k])));
    const color = panel.color(i ? "twin" : "ladder");
    return {
      key: i ? "twin" : "ladder", x: [...x, ...x.toReversed()], y: [...edge(Math.min), ...edge(Math.max).reverse()], ghost: true,
      silent: true, fill: "toself", fillcolor: `${color}22`, line: { color, width: 0 },
    };
  });
}

export function layerGhosts(panel, series, name) {
  // The curves of the earlier runs for each layer, pale and in the layer's colour, those of a layer one trace. `series`:
  // "points" or "measured"; `name`: the column without its layer.
  const runs = panel.behind.earlier();
  if (!runs.length) return [];
  return panel.data.layers.map((_, l) => {
    const parts = runs.map((run) => [run[series].get(KEYS[series]), run[series].get(`${name}/${l}`)]);
    return {
      key: `layer${l}`, ghost: true, silent: true, opacity: 0.45, x: parts.flatMap(([x]) => [...x, null]),
      y: parts.flatMap(([, y]) => [...y, null]), line: { color: panel.color("layers", l), width: NARROW },
    };
  });
}

export function compared(panel, series, trace, name) {
  // The live trace of the column `name` with the same curve of the earlier runs, for the crosshair.
  const earlier = panel.behind.earlier().map((run) => ({
    x: run[series].get(KEYS[series]), y: run[series].get(name), color: panel.color("runs", run.row.color),
  }));
  return { ...trace, earlier };
}

const KEYS = { points: "update", measured: "eval_update" }; // the column of a series' updates

export function valuesAt(runs, series, updates, name) {
  // For each of the runs ({points, measured}) its values of the column `name` at the rising `updates`: at each the last
  // value that is not later, undefined beyond the run's end.
  return runs.map((run) => {
    const [x, y] = [run[series].get(KEYS[series]), run[series].get(name)];
    let i = -1;
    return updates.map((update) => {
      while (i + 1 < x.length && x[i + 1] <= update) i++;
      return x.length && update <= x[x.length - 1] ? y[i] : undefined;
    });
  });
}
