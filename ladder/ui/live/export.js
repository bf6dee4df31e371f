// Everything of a run in one file: the cards as pictures from here, numbers and checkpoint from the server.

const PICTURE_SCALE = 2;

async function exportAll(lab, button) {
  const { texts } = lab.data;
  const say = (text) => (button.textContent = text);
  let refusal = texts.export_failed;
  button.disabled = true;
  lab.notice = "";
  try {
    const form = new FormData();
    const pictures = [...lab.drawer.charts.map((chart) => chart.name), ...lab.drawer.panels.map((panel) => panel.name)];
    for (const [i, name] of pictures.entries()) {
      say(fill(texts.export_drawing, { i: i + 1, n: pictures.length }));
      const picture = await (lab.charts[name] ? chartPicture(lab, name) : cardPicture(lab, name));
      if (picture) form.append(name, picture, `${name}.png`);
    }
    say(texts.exporting);
    const base = new URL(document.baseURI).pathname.replace(/[^/]*$/, "");
    const path = `${base}export/${lab.data.run}?language=${lab.data.view.language}`;
    const answer = await fetch(path, { method: "POST", body: form });
    if (answer.status === 404) refusal = await answer.text(); // a sentence in the visitor's language
    if (!answer.ok) throw new Error(`export: ${answer.status}`);
    const link = lab.element("a", "", "", { download: `ladder-lab-${lab.data.run}.zip` });
    link.href = URL.createObjectURL(await answer.blob());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  } catch (error) {
    console.error(error);
    lab.notice = refusal;
  }
  say(texts.export);
  button.disabled = false;
  lab.counters();
}

async function chartPicture(lab, name) {
  const Plotly = await loadPlotly();
  const chart = lab.drawer.charts.find((one) => one.name === name);
  await chart.draw();
  const { data, layout } = chart.element;
  const figure = {
    data: data.map((trace) => (trace.visible === false ? { ...trace, showlegend: false } : trace)),
    layout: {
      ...layout, font: { ...layout.font, family: "sans-serif" }, // a picture cannot use the page's own font files
      paper_bgcolor: lab.color("background"), showlegend: true,
      legend: { orientation: "h", y: -0.2, yanchor: "top" },
      title: { text: lab.data.texts[`card.${name}.title`], x: 0.01, xanchor: "left" }, margin: { l: 70, r: 20, t: 80, b: 60 },
    },
  };
  const picture = await Plotly.toImage(figure, { format: "png", width: 1000, height: 560, scale: PICTURE_SCALE });
  return (await fetch(picture)).blob();
}

async function cardPicture(lab, name) {
  // The card as it stands on the page: its pictures, filled boxes and words, each where the browser put it.
  const panel = lab.drawer.panels.find((one) => one.name === name);
  if (!lab.feed.snapshot) return null;
  panel.draw();
  const card = panel.element;
  await Promise.all([...card.querySelectorAll("img")].map((image) => image.decode()));
  const frame = card.getBoundingClientRect();
  const sheet = document.createElement("canvas");
  Object.assign(sheet, { width: frame.width * PICTURE_SCALE, height: frame.height * PICTURE_SCALE });
  const context = sheet.getContext("2d");
  context.scale(PICTURE_SCALE, PICTURE_SCALE);
  context.fillStyle = lab.color("background");
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
  // Word by word: where a line breaks is the browser's choice, and a range knows where each word landed.
  const range = document.createRange();
  for (const match of node.data.matchAll(/[^\s\u4e00-\u9fff]+|[\u4e00-\u9fff]/g)) {
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const at = range.getBoundingClientRect();
    context.fillText(match[0], at.left, at.top + at.height / 2);
  }
}
