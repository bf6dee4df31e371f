// What a lesson on the live page knows of its run, by the names of teaching/lesson.py, and where its steps point.

import { fill, format, formatPercent } from "./words.js";

const LAST = 100; // updates over which costs are averaged
const FRACTIONS = ["test_error", "twin_error"]; // shown in per cent
// What a step points at: the panel's own parts, and Streamlit's buttons by their keys. All other choices are in the sidebar.
const BUTTONS = { play: "play", step: "step", reset: "reset", new_seed: "seed", undo: "undo" };
const SIDEBAR = ".ll-more";

/** The values of a run by the names that a lesson's answers have in braces (teaching/lesson.py), as texts. `run`: {update,
 * test_error, twin_error, supervised, objective, n_labeled, costs, gains}, the last two with a number for each layer. */
export function shown(run, texts) {
  const gap = 100 * (run.twin_error - run.test_error);
  const found = {
    update: String(run.update), n_labeled: String(run.n_labeled), supervised: format(run.supervised), objective: format(run.objective),
    gap: fill(texts["lesson.points"], { n: gap.toFixed(1).replace("-", "−") }), costs: format(run.costs.reduce((a, b) => a + b, 0)),
  };
  for (const name of FRACTIONS) found[name] = formatPercent(run[name], texts);
  for (const [l, cost] of run.costs.entries()) found[`cost${l}`] = format(cost);
  for (const [l, gain] of run.gains.entries()) found[`gain${l}`] = Number.isFinite(gain) ? gain.toFixed(2).replace("-", "−") : "–";
  return found;
}

/** The CSS selector of what a step points at, "" for nothing. */
export function pointed(point) {
  if (!point) return "";
  if (point in BUTTONS) return `.st-key-button-${BUTTONS[point]} button, .st-key-button\\.${BUTTONS[point]} button`;
  const [, name, , layer] = point.match(/^(\w+)(\[(\d)\])?$/) ?? [];
  if (name === "n_labeled") return ".ll-controls > .ll-slider:nth-of-type(1)";
  if (name === "noise_std" && layer === undefined) return ".ll-controls > .ll-slider:nth-of-type(2)";
  if (name === "lambdas") return `.ll-controls > .ll-slider:nth-of-type(${layer === undefined ? "n + 3" : 3 + Number(layer)})`;
  if (point.startsWith("card.")) return `.ll-card.ll-${point.slice(5)}`;
  return SIDEBAR;
}

/** The run in view; null while it is not known. */
export function runInView(panel) {
  const { feed, data } = panel;
  const { told, points, measured } = feed;
  const begun = points.get("update").length > 0;
  if (!told?.choices || !(begun || told.update === 0)) return null;
  const row = data.rows.find((one) => one.run === data.run);
  const last = (curves, key) => curves.get(key).at(-1);
  const mean = (values) => values.slice(-LAST).reduce((a, b) => a + b, 0) / Math.min(LAST, values.length);
  const layers = data.layers.map((_, l) => l);
  const about = { id: data.run, seeds: row?.seeds, update: told.update, choices: told.choices, n_labeled: told.choices.n_labeled };
  if (!begun) return { ...about, costs: layers.map(() => NaN), gains: layers.map(() => NaN) }; // it has no costs yet
  return {
    ...about, test_error: last(measured, "test_error"), twin_error: last(measured, "twin_error"),
    supervised: last(points, "supervised"), objective: last(points, "objective"),
    costs: layers.map((l) => mean(points.get(`denoising/${l}`))), gains: layers.map((l) => last(measured, `gain/${l}`)),
  };
}

/** The page, as Lesson takes it. */
export const LIVE = { run: runInView, shown, pointed };
