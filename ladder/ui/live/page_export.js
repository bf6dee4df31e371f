// A run as one page that opens without a server and without a network: charts that zoom, pictures, numbers, settings,
// changes, seeds, and the link that repeats it.

import { address } from "./addresses.js";
import { cardPicture, saveAs } from "./export.js";
import { changeWords } from "./markers.js";
import { loadPlotly } from "./plotly.js";
import { count, formatPercent } from "./words.js";

const STYLE = `body { font: 16px/1.5 sans-serif; max-width: 1100px; margin: 24px auto; padding: 0 16px; color: #111827; background: #ffffff; }
h2 { margin-top: 32px; } table { border-collapse: collapse; } :is(th, td) { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid #d4dae2; vertical-align: top; font-weight: 400; }
img { max-width: min(100%, 760px); } .chart { height: 420px; } a { overflow-wrap: anywhere; }`;

export async function savePage(panel, button) {
  // Saves the page of the panel's run. The panel's message says why where that fails.
  button.disabled = true;
  panel.notice = "";
  try {
    saveAs(`ladder-lab-${panel.data.run}.html`, new Blob([await runPage(panel)], { type: "text/html" }));
  } catch (error) {
    console.error(error);
    panel.notice = panel.data.texts.export_failed;
  }
  button.disabled = false;
  panel.counters();
}

async function runPage(panel) {
  // The page as HTML. All words go in as text, so that a note that holds HTML stays a note.
  await loadPlotly();
  const { texts, language } = panel.data;
  const { told, measured } = panel.feed;
  const page = document.implementation.createHTMLDocument(`Ladder Lab · ${panel.data.run}`);
  page.documentElement.lang = document.documentElement.lang;
  const add = (tag, text, parent = page.body) => Object.assign(parent.appendChild(page.createElement(tag)), text === undefined ? {} : { textContent: text });
  const meta = page.head.appendChild(page.createElement("meta"));
  meta.setAttribute("charset", "utf-8");
  add("style", STYLE, page.head);
  add("h1", "Ladder Lab");
  const errors = ["test_error", "twin_error"].map((key) => formatPercent(measured.get(key).at(-1), texts));
  add("p", `${texts.ladder} ${errors[0]} · ${texts.twin} ${errors[1]} · ${texts["axis.update"]} ${count(told.update, language)}`);
  const link = add("a", linkOf(panel));
  link.href = link.textContent;
  table(add, texts["page.settings"], settings(panel));
  if (told.changes?.length) table(add, texts["page.changes"], told.changes.map((change) => [`${texts["axis.update"]} ${count(change.update, language)}`, changeWords(panel, change)]));
  const figures = [];
  for (const chart of panel.drawer.charts) {
    await chart.draw();
    add("h2", texts[`card.${chart.name}.title`]);
    add("p", texts[`card.${chart.name}.help`]);
    Object.assign(add("div"), { className: "chart", id: chart.name });
    figures.push([chart.name, figure(chart)]);
  }
  for (const { name } of panel.drawer.pictures) {
    const picture = await cardPicture(panel, name);
    if (!picture) continue;
    add("h2", texts[`card.${name}.title`]);
    const image = add("img");
    image.alt = texts[`card.${name}.help`];
    image.src = await dataAddress(picture);
  }
  const plotly = await (await fetch(address("plotly.min.js"))).text();
  const draw = `for (const [id, { data, layout }] of ${JSON.stringify(figures)}) Plotly.newPlot(id, data, layout, { responsive: true, displaylogo: false });`;
  const html = page.documentElement.outerHTML;
  const closed = (script) => script.replaceAll("</script", "<\\/script"); // would end the element that holds it
  const end = html.lastIndexOf("</body>");
  return `<!doctype html>${html.slice(0, end)}<script>${closed(plotly)}</script><script>${closed(draw)}</script>${html.slice(end)}`;
}

function figure(chart) {
  // The chart's traces and a layout that needs nothing of this page: the light theme's paper, and Plotly's own legend.
  const { data, layout } = chart.element;
  const named = data.map((trace) => ({ ...trace, earlier: undefined, whole: undefined, showlegend: trace.visible !== false && !trace.silent }));
  const axis = ({ title, type, tickformat, range, autorange }) => ({ title, type, tickformat, ...(autorange === false ? { range, autorange } : {}) });
  return {
    data: named,
    layout: {
      xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis), shapes: layout.shapes, annotations: layout.annotations,
      font: { family: "sans-serif", size: 14 }, hovermode: "x unified", legend: { orientation: "h", y: -0.2 }, margin: { l: 70, r: 20, t: 40, b: 60 },
    },
  };
}

function settings(panel) {
  // [label, value] of each setting in force: one value where all layers are alike.
  const { structure, labels } = panel.data.settings;
  const { texts } = panel.data;
  const word = (value) => {
    const words = [value].flat().map((one) => (typeof one === "boolean" ? texts[one ? "on" : "off"] : one));
    return new Set(words).size === 1 ? words[0] : words.join(", ");
  };
  return [...structure, ...Object.entries(panel.feed.told.choices ?? {}).map(([name, value]) => [labels[name], word(value)])];
}

function table(add, title, rows) {
  add("h2", title);
  const body = add("table");
  for (const [label, value] of rows) {
    const row = add("tr", undefined, body);
    add("th", label, row);
    add("td", value, row);
  }
}

function linkOf(panel) {
  // The page's address as a link to pass on: without what belongs to this tab, and at the present update.
  const link = new URL(location.href);
  for (const own of ["run", "list", "present"]) link.searchParams.delete(own);
  link.searchParams.set("at", panel.feed.told.update);
  return link.href;
}

function dataAddress(picture) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(picture);
  });
}
