// What charts and pictures show now, in words for those who do not see them, also while they are off the screen.

import { UNKNOWN } from "./pictures.js";
import { count, fill, format, formatPercent } from "./words.js";

const EVERY_MS = 1000; // between two looks whether there is something new to say

export class Spoken {
  // Keeps the names (aria-label) of elements up to date. told: [[element, () => its text], ...], of which a text is
  // undefined while nothing is known.
  constructor(told) {
    this.told = told;
    this.stale = true;
    this.timer = setInterval(() => this.tell(), EVERY_MS);
  }

  tell() {
    if (!this.stale || document.hidden) return;
    this.stale = false;
    for (const [element, text] of this.told) {
      const now = text();
      if (now && now !== element.getAttribute("aria-label")) element.setAttribute("aria-label", now);
    }
  }

  close() {
    clearInterval(this.timer);
  }
}

export function chartWords(panel, charts) {
  // What Spoken tells of charts: their titles with the present numbers.
  return charts.map(({ name, element }) => [element, () => named(panel, panel.data.texts[`card.${name}.title`], panel.present(name))]);
}

export function pictureWords(panel) {
  // What Spoken tells of the live panel's pictures.
  const { layers, texts } = panel.data;
  const arrays = () => panel.feed.snapshot?.arrays;
  const card = (name, words) => () => arrays() && named(panel, texts[`card.${name}.title`], words(arrays()));
  const heats = Object.entries(panel.canvases).map(([name, canvas]) => {
    const [kind, l] = name.split("/");
    const about = texts[`path.${kind}`] + texts.comma + layers[l].label;
    return [canvas, () => arrays() && named(panel, about, offText(texts, arrays()[name], arrays()[`z/${l}`]))];
  });
  return [
    ...heats,
    ...(panel.projection ? [[panel.projection, card("projection", (now) => projectionText(texts, now, panel.data.language))]] : []),
    ...(panel.kind === "plane" ? planeWords(panel, card) : []),
  ];
}

function planeWords(panel, card) {
  const regions = ({ region_class: classes, region_confidence: confidence }) => regionText(panel, classes, confidence);
  return [[panel.denoised, card("strip", (now) => movedText(panel.data.texts, now))], ...(panel.regions ? [[panel.regions, card("regions", regions)]] : [])];
}

export function raceWords(race) {
  // What Spoken tells of a comparison's pictures.
  const { texts } = race.data;
  const arrays = () => race.feed.snapshot?.arrays;
  const off = (name) => offText(texts, arrays()[name], arrays()["input/clean"]);
  const regions = (c) => regionText(race, arrays()[`region_class/${c}`], arrays()[`region_confidence/${c}`]);
  const words = race.kind === "plane" ? regions : off;
  return Object.entries(race.canvases).map(([name, canvas]) => {
    const title = canvas.getAttribute("aria-label");
    return [canvas, () => arrays() && named(race, title, words(name))];
  });
}

function named(panel, name, value) {
  return value && fill(panel.data.texts.named, { name, value });
}

export function offText(texts, values, clean) {
  // How far values are from the clean ones, root mean square; of the clean ones themselves, between what they lie.
  if (!values?.length || values.length !== clean?.length) return undefined;
  if (values === clean) return fill(texts["says.clean"], { low: format(Math.min(...clean)), high: format(Math.max(...clean)) });
  return fill(texts["says.off"], { distance: format(Math.sqrt(mean(values, (value, i) => (value - clean[i]) ** 2))) });
}

export function movedText(texts, arrays) {
  // How far noise moves points of the plane, and where the ladder leaves them.
  const clean = arrays["z/0"];
  const distance = (points) => mean(clean.filter((_, i) => i % 2 === 0), (_, i) => Math.hypot(points[2 * i] - clean[2 * i], points[2 * i + 1] - clean[2 * i + 1]));
  if (clean?.length !== 2 * arrays.sample_class.length) return undefined; // those of the run before
  return fill(texts["says.moved"], { noisy: format(distance(arrays["z_tilde/0"])), restored: format(distance(arrays["z_hat/0"])) });
}

export function projectionText(texts, { projection, projection_class: classes, projection_labeled: labeled }, language) {
  // How many points there are, and how well those whose class is known lie apart by class.
  const sums = new Map();
  const known = [...classes.keys()].filter((i) => classes[i] !== UNKNOWN);
  for (const i of known) {
    const k = classes[i];
    const [x, y, n] = sums.get(k) ?? [0, 0, 0];
    sums.set(k, [x + projection[2 * i], y + projection[2 * i + 1], n + 1]);
  }
  const centres = [...sums].map(([k, [x, y, n]]) => [k, x / n, y / n]);
  const nearest = (i) => centres.map(([k, x, y]) => [Math.hypot(projection[2 * i] - x, projection[2 * i + 1] - y), k]).toSorted((a, b) => a[0] - b[0])[0][1];
  const own = mean(known, (i) => (nearest(i) === classes[i] ? 1 : 0));
  const n = [...labeled].filter(Boolean).length;
  return fill(texts["says.projection"], { n: count(classes.length, language), labeled: count(n, language), share: formatPercent(own, texts) });
}

export function regionText(panel, classes, confidence) {
  // The share of the picture that each class takes, and how certain the prediction is.
  if (!classes) return undefined;
  const { texts, data } = panel.data;
  const shares = data.class_names.map((name, k) => `${name} ${formatPercent(mean(classes, (one) => (one === k ? 1 : 0)), texts)}`);
  return fill(texts["says.regions"], { shares: shares.join(" · "), sure: formatPercent(mean(confidence, (one) => one), texts) });
}

function mean(values, of) {
  return values.reduce((sum, value, i) => sum + of(value, i), 0) / values.length;
}
