// The strip of samples at the input: noisy, restored and clean, and below each the predicted class.

import { keepProportions, KINDS, sign } from "./pictures.js";

const SYMBOLS = { z: "z", z_tilde: "z̃", z_hat: "ẑ" };
const NARROW = 560; // px of width, below which the cards have less room (live.css)

/** How many samples of a panel stand side by side. */
export function samplesOf(panel) {
  return panel.kind === "images" && panel.root.clientWidth < NARROW ? 5 : 10;
}

/** The name of a path through the ladder: its symbol and a word. */
export function pathLabel(panel, kind) {
  const label = panel.element("span", "ll-path-label");
  label.append(panel.element("b", "", SYMBOLS[kind] ?? "y"), panel.element("small", "", panel.data.texts[`path.${kind}`]));
  return label;
}

/** The canvas of a path's values at layer l, which panel.canvases keeps as `name`. */
export function pathCanvas(panel, kind, l, name, className) {
  const alt = [panel.data.texts[`path.${kind}`], panel.data.layers[l].label].join(panel.data.texts.comma);
  const canvas = panel.element("canvas", `ll-pixels ${className}`, undefined, { role: "img", "aria-label": alt });
  const shape = l ? null : panel.data.data.image_shape;
  if (shape) Object.assign(canvas, { width: panel.samples * (shape[1] + 1) - 1, height: shape[0] }); // its room, before it is drawn
  panel.canvases[name] = canvas;
  return canvas;
}

/** The names of the classes beside their signs; empty where each sign is the class's own name. */
export function classKey(panel) {
  const names = panel.data.data.class_names;
  const box = panel.element("p", "ll-key");
  if (names.every((name) => name.length === 1)) return box;
  for (const [k, name] of names.entries()) {
    const mark = panel.element("b", "", `${sign(panel, k)} `);
    mark.style.color = panel.color("classes", k);
    const one = box.appendChild(panel.element("span"));
    one.append(mark, name);
  }
  return box;
}

/** The body of the card with the strip. Sets panel.denoised, the picture of points in the plane, null for other data, and
 * panel.verdicts, the row of predicted classes. */
export function stripBody(panel) {
  const { texts } = panel.data;
  panel.denoised = null;
  const box = panel.element("div", "ll-strip-body");
  if (panel.kind === "plane") {
    const alt = texts["card.strip.title"];
    panel.denoised = box.appendChild(panel.element("canvas", "ll-plane", undefined, { role: "img", "aria-label": alt }));
    box.append(panel.element("p", "ll-key", KINDS.map((kind, i) => `${"✕●○"[i]} ${texts[`path.${kind}`]}`).join("   ")));
    return box;
  }
  const room = panel.kind === "images" ? box.appendChild(panel.element("div", "ll-strip-room")) : box;
  const rows = room.appendChild(panel.element("div", "ll-paths"));
  for (const kind of KINDS) rows.append(pathLabel(panel, kind), pathCanvas(panel, kind, 0, `${kind}/0`, panel.kind === "images" ? "" : "ll-heat"));
  panel.verdicts = panel.element("div", "ll-verdicts");
  rows.append(pathLabel(panel, "y"), panel.verdicts);
  if (panel.kind === "images") keepProportions(panel);
  box.append(classKey(panel));
  return box;
}
