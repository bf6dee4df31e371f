// The marks on a chart: one for each change of a control.

import { fill } from "./words.js";

export const MARKERS = 24; // changes marked on a chart, the newest ones

export function markers(panel, end, pixels, size) {
  // The layout's `shapes` and `annotations` for curves up to the update `end` on a plot `pixels` wide, in letters of
  // `size` px. The lines of all changes in view are one shape, as each shape costs time at every redraw. Labels that
  // would overlap become one, which tells all its changes on hover.
  const [from, to] = panel.zoom || [0, end];
  const span = Math.max(1, to - from);
  const inView = (change) => change.update >= from && change.update <= to;
  const changes = (panel.feed.told?.changes || []).filter(inView).slice(-MARKERS);
  const path = changes.map(({ update }) => `M${update},0V1`).join("");
  const line = { color: panel.color("muted"), width: 1.2, dash: "dot" };
  const labels = [];
  for (const change of changes) {
    const words = change.names.map((one) => changeLabel(panel, one));
    const { texts } = panel.data;
    const full = fill(texts.named, { name: `${texts["axis.update"]} ${change.update}`, value: words.join(texts.comma) });
    labels.push(placed(panel, { x: change.update, names: change.names, words, full: [full] }, from, span, pixels, size));
    while (labels.length > 1 && labels.at(-1).start < labels.at(-2).end + 10) { // a joined label may overlap another
      const label = labels.pop();
      const last = labels.at(-1);
      last.names = together(last.names, label.names);
      last.words = last.names.map((one) => changeLabel(panel, one));
      last.full.push(...label.full);
      placed(panel, last, from, span, pixels, size);
    }
  }
  const annotations = labels.map(({ x: at, words, full, left }) => ({
    x: at, y: 1, yref: "paper", yanchor: "bottom", xanchor: left ? "left" : "right", showarrow: false, borderpad: 2,
    text: markerText(words, full.length), hovertext: full.join("<br>"), font: { size, color: panel.color("text") },
    xshift: left ? -4 : 4, captureevents: true,
  }));
  return { shapes: path ? [{ type: "path", path, yref: "paper", line }] : [], annotations };
}

export function together(earlier, later) {
  // Two lists of [knob, layer or null, before, after, visited] as one: a control that was dragged through many values is
  // one change, from the first value to the last. `visited`: the values between, where there are some.
  const names = earlier.map((one) => [...one]);
  for (const [name, level, before, after, visited = []] of later) {
    const same = names.find((one) => one[0] === name && one[1] === level);
    if (same) [same[3], same[4]] = [after, [...(same[4] || []), same[3], ...visited]];
    else names.push([name, level, before, after, visited]);
  }
  return names;
}

export function markerText(words, times) {
  // A marker's text: the change of the first control, how many other controls were moved, and the number of changes.
  return words[0] + (words.length > 1 ? ` +${words.length - 1}` : "") + (times > 1 ? ` (${times}×)` : "");
}

export function way(before, after, visited = []) {
  // The values to name of a control: the first, the last and, where it went beyond both, the farthest in between.
  const [low, high] = [Math.min(before, after), Math.max(before, after)];
  const beyond = (value) => Math.max(low - value, value - high);
  const farthest = visited.toSorted((a, b) => beyond(b) - beyond(a))[0];
  return farthest !== undefined && beyond(farthest) > 0 ? [before, farthest, after] : [before, after];
}

export function changeWords(panel, change) {
  // What was changed, in words.
  return change.names.map((one) => changeLabel(panel, one)).join(panel.data.texts.comma);
}

function placed(panel, label, from, span, pixels, size) {
  // The label with its place: right of its line, or left of it near the chart's end.
  const width = panel.textWidth(markerText(label.words, label.full.length), size);
  const at = ((label.x - from) / span) * pixels;
  label.left = at + width < pixels;
  [label.start, label.end] = label.left ? [at, at + width] : [at - width, at];
  return label;
}

function changeLabel(panel, [name, level, before, after, visited]) {
  const { texts } = panel.data;
  const symbol = texts[`marker.${name}`] || name;
  const word = (value) => (name === "lateral" || name === "top_down" ? texts[value === "1" ? "on" : "off"] : value);
  return `${symbol}${level === null ? "" : subscript(level)} ${way(before, after, visited).map(word).join("→")}`;
}

function subscript(number) {
  return [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");
}
