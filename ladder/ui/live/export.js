// Everything of a run in one file: the cards as pictures, made here, with numbers and checkpoint from the server.

import { address } from "./addresses.js";
import { loadPlotly } from "./plotly.js";
import { fill } from "./words.js";

const PICTURE_SCALE = 2;

export async function exportAll(panel, button) {
  // Makes a PNG of each chart and picture of the panel, posts them, and saves the zip that the server answers. `button`
  // shows how far that is, and the panel's message the reason where it fails.
  const { texts } = panel.data;
  const say = (text) => (button.textContent = text);
  let refusal = texts.export_failed;
  button.disabled = true;
  panel.notice = "";
  try {
    // One picture a request: proxies let only small ones through (ladder/server/downloads.py).
    const ticket = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16)).join("-");
    const place = `export/${panel.data.run}/${ticket}`;
    const post = async (path, body) => {
      const answer = await fetch(address(path), { method: "POST", body });
      if (answer.ok) return answer;
      if (answer.status === 404) refusal = (await answer.text()) || refusal; // a sentence in the visitor's language
      throw new Error(`export: ${answer.status}`);
    };
    const names = [...panel.drawer.charts.map((chart) => chart.name), ...panel.drawer.pictures.map((picture) => picture.name)];
    for (const [i, name] of names.entries()) {
      say(fill(texts.export_drawing, { i: i + 1, n: names.length }));
      const picture = await (panel.charts[name] ? chartPicture(panel, name) : cardPicture(panel, name));
      if (picture) await post(`${place}/${name}.png`, picture);
    }
    say(texts.exporting);
    const answer = await post(`${place}?language=${panel.data.language}`);
    saveAs(`ladder-lab-${panel.data.run}.zip`, await answer.blob());
  } catch (error) {
    console.error(error);
    panel.notice = refusal;
  }
  say(texts.export);
  button.disabled = false;
  panel.counters();
}

export function saveAs(name, content) {
  // Has the browser save a Blob as a file of this name.
  const link = Object.assign(document.createElement("a"), { download: name, href: URL.createObjectURL(content) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function chartPicture(panel, name) {
  const Plotly = await loadPlotly();
  const chart = panel.drawer.charts.find((one) => one.name === name);
  await chart.draw();
  const { data, layout } = chart.element;
  const figure = {
    data: data.map((trace) => ({ ...trace, showlegend: trace.visible !== false && !trace.silent })),
    layout: {
      ...layout, font: { ...layout.font, family: "sans-serif" }, // a picture cannot use the page's own font files
      paper_bgcolor: panel.color("background"), showlegend: true,
      legend: { orientation: "h", y: -0.2, yanchor: "top" },
      title: { text: panel.data.texts[`card.${name}.title`], x: 0.01, xanchor: "left" }, margin: { l: 70, r: 20, t: 80, b: 60 },
    },
  };
  const picture = await Plotly.toImage(figure, { format: "png", width: 1000, height: 560, scale: PICTURE_SCALE });
  return (await fetch(picture)).blob();
}

export async function cardPicture(panel, name) {
  // The card as it stands on the page: its pictures, filled boxes and words, each where the browser put it.
  const picture = panel.drawer.pictures.find((one) => one.name === name);
  if (!panel.feed.snapshot) return null;
  picture.draw();
  const card = picture.element;
  await Promise.all([...card.querySelectorAll("img")].map((image) => image.decode()));
  const frame = card.getBoundingClientRect();
  const sheet = document.createElement("canvas");
  Object.assign(sheet, { width: frame.width * PICTURE_SCALE, height: frame.height * PICTURE_SCALE });
  const context = sheet.getContext("2d");
  context.scale(PICTURE_SCALE, PICTURE_SCALE);
  context.fillStyle = panel.color("background");
  context.fillRect(0, 0, frame.width, frame.height);
  context.translate(-frame.left, -frame.top);
  for (const element of card.querySelectorAll("*:not(.ll-ask, .ll-help, .ll-help *)")) {
    copyElement(context, element);
  }
  return new Promise((done) => sheet.toBlob(done));
}

function copyElement(context, element) {
  const at = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  if (!at.width || !at.height) return;
  if (["CANVAS", "IMG"].includes(element.tagName)) {
    context.imageSmoothingEnabled = style.imageRendering !== "pixelated";
    context.drawImage(element, at.left, at.top, at.width, at.height);
    return;
  }
  if (style.backgroundColor !== "rgba(0, 0, 0, 0)") {
    context.fillStyle = style.backgroundColor;
    context.fillRect(at.left, at.top, at.width, at.height);
  }
  context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textBaseline = "middle";
  for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) copyText(context, node);
}

function copyText(context, node) {
  // Word by word: the browser chooses where lines break, and a range tells where it has put each word.
  const range = document.createRange();
  for (const match of node.data.matchAll(/[^\s\u4e00-\u9fff]+|[\u4e00-\u9fff]/g)) {
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const at = range.getBoundingClientRect();
    context.fillText(match[0], at.left, at.top + at.height / 2);
  }
}
