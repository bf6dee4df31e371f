// The ladder of the run in view as a drawing with live numbers: the noisy encoder on the left, the clean encoder on the
// right, the decoder between them, a row for each layer. The nodes show one sample's activations. The switches cut a
// layer's lateral signal, its top-down signal or its noise while the run trains.

import { mix, rgb } from "./colors.js";
import { drawHeat, drawImages } from "./pictures.js";
import { fill, format, formatGain, formatPercent } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const PATHS = ["z_tilde", "z_hat", "z"]; // the columns from the left
const SYMBOLS = { z_tilde: "z̃", z_hat: "ẑ", z: "z" };
export const CUTS = ["lateral", "top_down", "noise"];
const [HEADS, OUTPUTS, BELOW] = [20, 78, 30]; // px of height: the columns' names, down to the predictions' end, below a node
const STAGE_UNITS = 100; // of a layer above the input that slow motion shows (training/stages.py)
const GUTTER = 74; // px of width for the layers' names
const [LOWEST, HIGHEST] = [-3, 4]; // powers of ten between which weights lie (settings.Live.lambdas)

/** The places of a drawing of `n` layers, the input first, in px: {x, y, width, height}. x: the middle of each column;
 * y: that of each layer's nodes; width and height: of a node. */
export function places(width, height, n) {
  const room = width - GUTTER;
  const pitch = (height - OUTPUTS) / n;
  return {
    x: [0.15, 0.5, 0.85].map((share) => GUTTER + share * room),
    y: [...Array(n).keys()].map((l) => height - pitch * (l + 0.5) - BELOW / 2),
    width: Math.min(180, 0.25 * room),
    height: Math.max(24, Math.min(84, pitch - BELOW - 16)),
  };
}

/** Columns and rows of the grid in which `m` units are shown in a box of this width and height. */
export function unitGrid(m, width, height) {
  const columns = Math.min(m, Math.max(1, Math.ceil(Math.sqrt((m * width) / height))));
  return [columns, Math.ceil(m / columns)];
}

/** How wide a rung is drawn, in px: from 2 to 12 by the logarithm of its weight; 0 for a weight of 0. */
export function rungWidth(weight) {
  if (!(weight > 0)) return 0;
  const share = (Math.log10(weight) - LOWEST) / (HIGHEST - LOWEST);
  return 2 + 10 * Math.min(1, Math.max(0, share));
}

/** A rung's colour (r, g, b) by its denoising gain: `muted` at 0, `good` at 1, `bad` at -1 and below. */
export function gainColor(gain, muted, good, bad) {
  if (!Number.isFinite(gain)) return muted;
  return mix(muted, gain < 0 ? bad : good, Math.min(1, Math.abs(gain))).map(Math.round);
}

/** What a node shows in slow motion: of the batch's first row, as far as the stages have come. `arrays`: those of the
 * stages up to the present one (training/stages.py). */
export function stageValues(arrays, path, l) {
  const name = path === "z_hat" ? "z_hat_bn" : path;
  const found = arrays[`${name}/${l}`] ?? (path === "z_tilde" ? arrays[`noise/${l}`] : undefined);
  return found?.subarray(0, found.shape[1]);
}

export class LadderDrawing {
  // panel: the InsidePanel. chosen(layer, unit): called when a person has pressed a layer, or a unit in a node. cut(kind,
  // layer): called when a person has pressed a switch, one of CUTS.
  constructor(panel, chosen, cut) {
    Object.assign(this, { panel, chosen, cut });
    this.element = panel.element("div", "ll-drawing");
    this.lines = this.element.appendChild(document.createElementNS(SVG, "svg"));
    this.lines.setAttribute("aria-hidden", "true");
    this.rows = panel.data.layers.map((_, l) => this.row(l));
    this.heads = PATHS.map((path) => this.element.appendChild(panel.element("p", "ll-column", panel.data.texts[`column.${path}`])));
    this.outputs = ["noisy", "clean"].map((path) => this.element.appendChild(panel.element("div", `ll-output ll-output-${path}`)));
  }

  row(l) {
    // The elements of one layer, without their places.
    const { panel } = this;
    const { layers, texts } = panel.data;
    const name = this.element.appendChild(panel.element("button", "ll-floor", undefined, { type: "button", "aria-pressed": "false" }));
    name.append(panel.element("b", "", layers[l].symbol), panel.element("small", "", fill(texts.units, { n: layers[l].width })));
    name.title = layers[l].label;
    name.addEventListener("click", () => this.chosen(l));
    const nodes = Object.fromEntries(PATHS.map((path) => [path, this.node(path, l)]));
    const words = this.element.appendChild(panel.element("p", "ll-rung"));
    const switches = CUTS.map((kind) => [kind, this.switch(kind, l)]);
    return { name, nodes, words, switches: Object.fromEntries(switches) };
  }

  node(path, l) {
    const { panel } = this;
    const alt = [panel.data.texts[`path.${path}`], panel.data.layers[l].label].join(panel.data.texts.comma);
    const input = !l && path !== "z_hat" ? " ll-input" : ""; // x, or x with noise
    const box = this.element.appendChild(panel.element("div", `ll-node ll-node-${path}${input}`));
    const canvas = box.appendChild(panel.element("canvas", "ll-pixels", undefined, { role: "img", "aria-label": alt }));
    box.append(panel.element("span", "ll-node-name", SYMBOLS[path]));
    canvas.addEventListener("click", (event) => this.pressed(canvas, l, event));
    return { box, canvas };
  }

  pressed(canvas, l, event) {
    // Chooses the unit below the pointer.
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const [columns, rows] = canvas.grid ?? [1, 1];
    const column = Math.floor(((event.clientX - left) / width) * columns);
    const unit = Math.floor(((event.clientY - top) / height) * rows) * columns + column;
    this.chosen(l, unit < this.panel.data.layers[l].width ? unit : undefined);
  }

  switch(kind, l) {
    const { panel } = this;
    const about = fill(panel.data.texts[`cut.${kind}`], { layer: panel.data.layers[l].label });
    const made = this.element.appendChild(
      panel.element("button", `ll-cut ll-cut-${kind}`, "", { type: "button", role: "switch", "aria-label": about, title: about }),
    );
    made.addEventListener("click", () => this.cut(kind, l));
    return made;
  }

  // --- drawing

  light(stage) {
    // Lights the parts of a stage of slow motion, and dims all others (inside.css); for null all are as usual.
    if (stage) this.element.dataset.stage = stage;
    else delete this.element.dataset.stage;
  }

  place(height) {
    // Puts everything into its place for this height.
    const width = this.element.clientWidth;
    const at = places(width, height, this.rows.length);
    this.at = at;
    this.element.style.height = `${height}px`;
    this.lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const put = (element, x, y) => Object.assign(element.style, { left: `${x}px`, top: `${y}px` });
    for (const [l, { name, nodes, words, switches }] of this.rows.entries()) {
      put(name, 0, at.y[l]);
      for (const [k, path] of PATHS.entries()) {
        put(nodes[path].box, at.x[k], at.y[l]);
        Object.assign(nodes[path].box.style, { width: `${at.width}px`, height: `${at.height}px` });
      }
      put(words, (at.x[1] + at.x[2]) / 2, at.y[l] + at.height / 2 + 2);
      put(switches.lateral, (at.x[0] + at.x[1]) / 2, at.y[l]);
      put(switches.noise, at.x[0], at.y[l] + at.height / 2 + BELOW / 2);
      put(switches.top_down, at.x[1], at.y[l] - at.height / 2 - BELOW / 2 + 2);
    }
    for (const [k, head] of this.heads.entries()) put(head, at.x[k], HEADS / 2);
    for (const [k, output] of this.outputs.entries()) {
      put(output, at.x[2 * k], (HEADS + OUTPUTS) / 2);
      output.style.width = `${at.width + 30}px`;
    }
  }

  draw() {
    // Draws the present numbers. What is not known yet is left out.
    const { panel } = this;
    const now = panel.choices.now;
    if (!now || !this.at) return;
    this.drawLines(now);
    for (const l of this.rows.keys()) this.drawRow(l, now);
    const arrays = panel.slow.arrays;
    for (const [l, { nodes }] of this.rows.entries()) {
      for (const path of PATHS) this.drawNode(nodes[path], arrays ? stageValues(arrays, path, l) : this.sampleValues(path, l), l);
    }
    if (arrays || !panel.feed.inside) return;
    for (const [k, path] of ["noisy", "clean"].entries()) this.drawOutput(this.outputs[k], path, panel.feed.inside.arrays);
  }

  sampleValues(path, l) {
    // The sample's values in a node, undefined while they are not known.
    return this.panel.feed.inside?.arrays[`${path === "z_hat" ? "z_hat_bn" : path}/${l}`];
  }

  drawRow(l, now) {
    const { panel, rows } = this;
    const { texts } = panel.data;
    const { name, words, nodes, switches } = rows[l];
    const { layer, unit } = panel.look;
    name.setAttribute("aria-pressed", String(l === layer));
    for (const path of PATHS) {
      nodes[path].box.classList.toggle("ll-chosen", l === layer);
      this.mark(nodes[path], l === layer ? unit : undefined);
    }
    const weight = now.lambdas[l];
    const cost = weight ? fill(texts.rung, { weight: String(weight), cost: format(panel.cost(l)) }) : texts.rung_off;
    const gain = fill(texts.rung_gain, { gain: formatGain(panel.gain(l)) });
    words.replaceChildren(panel.element("b", "", cost), panel.element("span", "", gain));
    words.classList.toggle("ll-off", weight === 0);
    const on = { lateral: now.lateral[l], top_down: now.top_down[l], noise: now.noise_std[l] > 0 };
    const said = { lateral: "z̃", top_down: "u", noise: `σ ${+now.noise_std[l].toFixed(3)}` };
    for (const kind of CUTS) {
      switches[kind].setAttribute("aria-checked", String(on[kind]));
      switches[kind].textContent = on[kind] ? said[kind] : "✂";
    }
  }

  mark({ box, canvas }, unit) {
    // A frame around the chosen unit.
    let frame = box.querySelector(".ll-unit");
    if (unit === undefined || !canvas.grid) {
      frame?.remove();
      return;
    }
    frame ??= box.appendChild(this.panel.element("span", "ll-unit"));
    const [columns, rows] = canvas.grid;
    Object.assign(frame.style, {
      left: `${canvas.offsetLeft + ((unit % columns) * canvas.offsetWidth) / columns}px`,
      top: `${canvas.offsetTop + (Math.floor(unit / columns) * canvas.offsetHeight) / rows}px`,
      width: `${canvas.offsetWidth / columns}px`, height: `${canvas.offsetHeight / rows}px`,
    });
  }

  drawNode({ box, canvas }, values, l) {
    const { panel } = this;
    const shape = l ? null : panel.data.data.image_shape;
    if (!values) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    const most = panel.slow.arrays && l ? STAGE_UNITS : Infinity;
    if (values?.length !== Math.min(most, panel.data.layers[l].width)) return; // they are still those of the run before
    const { clientWidth: width, clientHeight: height } = box;
    const [columns, rows] = shape ? [shape[1], shape[0]] : unitGrid(values.length, width, height);
    canvas.grid = [columns, rows];
    if (shape) drawImages(panel, canvas, values, 1, shape);
    else drawHeat(panel, canvas, values, rows, columns);
    if (!shape) canvas.getContext("2d").clearRect(values.length % columns || columns, rows - 1, columns, 1); // no units
    const scale = shape ? Math.min(width / columns, height / rows) : 1;
    Object.assign(canvas.style, shape ? { width: `${columns * scale}px`, height: `${rows * scale}px` } : { width: "100%", height: "100%" });
  }

  drawOutput(element, path, arrays) {
    // The most probable class, and a bar for each.
    const { panel } = this;
    const { class_names: names } = panel.data.data;
    const shares = [...arrays[path === "clean" ? "probabilities" : "probabilities_tilde"]];
    if (shares.length !== names.length) return;
    const best = shares.indexOf(Math.max(...shares));
    const bars = panel.element("span", "ll-bars", undefined, { "aria-hidden": "true" });
    for (const [k, share] of shares.entries()) {
      const bar = bars.appendChild(panel.element("i", k === best ? "ll-best" : ""));
      bar.style.height = `${Math.max(4, 100 * share)}%`;
    }
    const said = fill(panel.data.texts[`output.${path}`], { class: names[best], share: formatPercent(shares[best], panel.data.texts) });
    element.replaceChildren(bars, panel.element("span", "", said));
  }

  drawLines(now) {
    const { at, panel } = this;
    const [noisy, decoder, clean] = at.x;
    const half = [at.width / 2, at.height / 2];
    const top = this.rows.length - 1;
    const [up, down] = [panel.color("high"), panel.color("good")];
    const [muted, good, bad] = [panel.color("muted"), panel.color("low"), panel.color("high")].map(rgb);
    const lines = [];
    const line = (kind, [x1, y1, x2, y2], stroke, width, dash) => {
      lines.push({ class: `ll-line-${kind}`, x1, y1, x2, y2, stroke, "stroke-width": width, "stroke-dasharray": dash });
    };
    for (const [l, y] of at.y.entries()) {
      const above = l === top ? OUTPUTS : at.y[l + 1] + half[1];
      line("encoder", [noisy, y - half[1], noisy, above], up, 2, "");
      line("encoder", [clean, y - half[1], clean, above], panel.color("low"), 2, "");
      if (l < top) line("decoder", [decoder, above, decoder, y - half[1]], down, 2, now.top_down[l] ? "" : "3 6");
      line("decoder", [noisy + half[0], y, decoder - half[0], y], up, 2, now.lateral[l] ? "" : "3 6");
      const width = rungWidth(now.lambdas[l]);
      const color = `rgb(${gainColor(panel.gain(l), muted, good, bad).join()})`;
      line("rung", [decoder + half[0], y, clean - half[0], y], width ? color : panel.color("muted"), width || 1.5, width ? "" : "2 6");
    }
    line("decoder", [noisy, OUTPUTS, decoder, at.y[top] - half[1]], down, 2, now.top_down[top] ? "" : "3 6");
    this.lines.replaceChildren(...lines.map((attributes) => {
      const made = document.createElementNS(SVG, "line");
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      return made;
    }));
  }
}
