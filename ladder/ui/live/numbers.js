// The curves of a chart as a table, for those who do not see them or want to copy them.

import { valueAt } from "./crosshair.js";
import { count, fill } from "./words.js";

const ROWS = 20;

export function numbersTable(panel, chart) {
  // A table with a row for each of some updates, evenly among those that are drawn, and a column for each shown curve.
  const { texts, language } = panel.data;
  const traces = chart.curves().filter((trace) => !trace.silent && chart.shown(trace));
  const table = panel.element("table", "ll-numbers");
  table.append(panel.element("caption", "", texts[`card.${chart.name}.title`]));
  const head = table.appendChild(panel.element("thead")).appendChild(panel.element("tr"));
  head.append(...[texts["axis.update"], ...traces.map(({ name }) => name)].map((name) => panel.element("th", "", name, { scope: "col" })));
  const body = table.appendChild(panel.element("tbody"));
  for (const update of spread(traces.map(({ x }) => x), ROWS)) {
    const row = body.appendChild(panel.element("tr"));
    row.append(panel.element("th", "", count(update, language), { scope: "row" }));
    row.append(...traces.map((trace) => panel.element("td", "", chart.say(valueAt(trace, update)))));
  }
  const box = panel.element("div", "ll-numbers-box", undefined, { tabindex: 0, role: "group", "aria-label": fill(texts.numbers_of, { title: texts[`card.${chart.name}.title`] }) });
  box.append(table);
  return box;
}

export function spread(columns, n) {
  // At most n of the numbers of the longest column, the first and the last among them, and evenly by their place.
  const longest = columns.reduce((all, one) => (one.length > all.length ? one : all), []);
  const steps = Math.min(n, longest.length) - 1;
  return steps < 1 ? longest.slice(0, 1) : [...Array(steps + 1).keys()].map((i) => longest[Math.round((i * (longest.length - 1)) / steps)]);
}
