// The answers to a question, drawn: bars for a choice, a histogram for numbers, thin curves with their mean.

import { digits, fill } from "./words.js";

const BINS = 16; // of a histogram
const POINTS = 20; // of the mean curve
export const WIDE = 400; // width of a drawing in its own units, and below its height and its margin
export const HIGH = 140;
export const EDGE = 6;
const MOST_DOTS = 40; // answers that are drawn as a dot each

/** How often each of n options was chosen. */
export function counted(values, n) {
  return [...Array(n).keys()].map((k) => values.filter((value) => value === k).length);
}

/** How many values lie in each of n equal parts of the range from low to high. */
export function histogram(values, low, high, n = BINS) {
  const bins = Array(n).fill(0);
  for (const value of values) bins[Math.min(n - 1, Math.max(0, Math.floor((n * (value - low)) / (high - low))))]++;
  return bins;
}

/** The height of a curve, heights at equal distances, at a share of its width from 0 to 1. */
function heightAt(curve, share) {
  const at = share * (curve.length - 1);
  const i = Math.min(curve.length - 2, Math.floor(at));
  return curve[i] + (at - i) * (curve[i + 1] - curve[i]);
}

/** The mean of curves, each with heights of its own number, at n equal distances; none for no curves. */
export function meanCurve(curves, n = POINTS) {
  if (!curves.length) return [];
  const shares = [...Array(n).keys()].map((i) => i / (n - 1));
  return shares.map((share) => curves.reduce((sum, curve) => sum + heightAt(curve, share), 0) / curves.length);
}

/** An element with the answers. board: a Board with `texts` of the class. question: {kind, options, low, high}. */
export function drawnAnswers(board, question, values) {
  return { choice: bars, number: dots, curve: thinCurves }[question.kind](board, question, values);
}

function bars(board, { options }, values) {
  const list = board.element("ul", "ll-bars");
  for (const [k, n] of counted(values, options.length).entries()) {
    const share = values.length ? n / values.length : 0;
    const row = list.appendChild(board.element("li"));
    row.append(board.element("span", "ll-bar-name", options[k]));
    const track = row.appendChild(board.element("span", "ll-bar-track", undefined, { "aria-hidden": "true" }));
    track.appendChild(board.element("span", "ll-bar")).style.width = `${100 * share}%`;
    row.append(board.element("b", "", fill(board.data.texts.answer_share, { n, share: (100 * share).toFixed(0) })));
  }
  return list;
}

function dots(board, { low, high }, values) {
  const { texts } = board.data;
  const bins = histogram(values, low, high);
  const most = Math.max(1, ...bins);
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length % 2 ? sorted[(sorted.length - 1) / 2] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
  const says = values.length ? fill(texts.answer_numbers, { n: values.length, low: digits(sorted[0], 3), high: digits(sorted.at(-1), 3), middle: digits(middle, 3) }) : texts.answer_none;
  const drawing = picture(board, says);
  const [width, step] = [(WIDE - 2 * EDGE) / BINS, Math.min(18, (HIGH - 2 * EDGE) / most)];
  for (const [i, n] of bins.entries()) {
    const x = EDGE + i * width;
    if (values.length > MOST_DOTS) {
      const height = ((HIGH - 2 * EDGE) * n) / most;
      drawing.append(shape("rect", { x: x + 1, y: HIGH - EDGE - height, width: width - 2, height }));
    } else {
      for (let k = 0; k < n; k++) drawing.append(shape("circle", { cx: x + width / 2, cy: HIGH - EDGE - (k + 0.5) * step, r: Math.min(8, step / 2.3) }));
    }
  }
  return framed(board, drawing, low, high, says);
}

function thinCurves(board, { low, high }, values) {
  const place = (curve) => curve.map((y, i) => [EDGE + ((WIDE - 2 * EDGE) * i) / (curve.length - 1), HIGH - EDGE - ((HIGH - 2 * EDGE) * (y - low)) / (high - low)].join()).join(" ");
  const mean = meanCurve(values);
  const says = values.length ? fill(board.data.texts.answer_curves, { n: values.length, first: digits(mean[0], 3), last: digits(mean.at(-1), 3) }) : board.data.texts.answer_none;
  const drawing = picture(board, says);
  drawing.append(...values.map((curve) => shape("polyline", { points: place(curve), class: "ll-thin" })));
  if (mean.length) drawing.append(shape("polyline", { points: place(mean), class: "ll-mean" }));
  return framed(board, drawing, low, high, says, true);
}

export function shape(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export function picture(board, says) {
  return shape("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "ll-answers", role: "img", "aria-label": says });
}

export function framed(board, drawing, low, high, says, upright = false) {
  // The drawing with the ends of its range, numbers or texts, below it or at its left, and what it says in words.
  const box = board.element("div", upright ? "ll-answers-box ll-upright" : "ll-answers-box");
  const ends = [low, high].map((end) => board.element("span", "", typeof end === "number" ? digits(end, 4) : end, { "aria-hidden": "true" }));
  const range = board.element("div", "ll-answers-range");
  range.append(...(upright ? ends.toReversed() : ends));
  box.append(drawing, range, board.element("p", "ll-caption", says));
  return box;
}
