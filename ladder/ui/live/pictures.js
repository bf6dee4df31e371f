// Pictures of one moment, on canvases: images, heat maps, decision regions, projection, confusion, labelled samples.

import { luminance, mix, pixel, rgb, scale, STEPS } from "./colors.js";
import { digits, fill, fixed } from "./words.js";

export const KINDS = ["z_tilde", "z_hat", "z"]; // noisy, reconstructed, clean: the order in which they are read
export const CLIP = 3; // normalised activations have unit variance: three standard deviations fill the scale
const easel = document.createElement("canvas"); // hidden, for pictures that are then copied into the page

function sized(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas.getContext("2d");
}

function sharp(canvas, width, height) {
  // The cleared context of a canvas of this size in CSS pixels, with the screen's resolution.
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const context = sized(canvas, Math.round(width * ratio), Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function paint(context, width, height, pixelOf) {
  // Fills the canvas with the colours pixelOf(i) (see colors.js, `pixel`), row by row from the top.
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = pixelOf(i);
  context.putImageData(image, 0, 0);
}

export function still(panel, className, draw) {
  // An <img> of what draw(canvas) draws, for pictures that do not change. A page with many canvases costs the browser
  // much work: each is a layer that it puts into its place at every frame.
  draw(easel);
  const { width, height } = easel;
  return panel.element("img", className, undefined, { src: easel.toDataURL(), width, height, alt: "" });
}

export function drawImages(panel, canvas, values, n, shape) {
  // Draws n images of `shape`, [rows, columns], side by side with an empty pixel between them. `values`: one image
  // after another, row by row, from 0 (paper) to 1 (ink).
  const [rows, columns] = shape;
  const width = n * (columns + 1) - 1;
  const inks = scale(rgb(panel.dark ? "#0b1219" : "#ffffff"), rgb(panel.dark ? "#ffffff" : "#0b1219"));
  paint(sized(canvas, width, rows), width, rows, (i) => {
    const x = i % width;
    const column = x % (columns + 1);
    if (column === columns) return 0;
    const at = Math.floor(x / (columns + 1)) * rows * columns + Math.floor(i / width) * columns + column;
    if (at >= values.length) return 0;
    return inks[Math.round(STEPS * Math.min(1, Math.max(0, values[at])))];
  });
}

export function drawHeat(panel, canvas, values, n, width, upright = false) {
  // Draws `values` (n, width) with a row for each sample and a column for each unit, or with `upright` the other way
  // round. All layers and paths have one diverging scale, from -CLIP to CLIP; values that are not finite are grey.
  const colors = scale(...["low", "middle", "high"].map((name) => rgb(panel.theme[name])));
  const [across, down] = upright ? [n, width] : [width, n];
  paint(sized(canvas, across, down), across, down, (i) => {
    const at = upright ? (i % n) * width + Math.floor(i / n) : i;
    const value = Math.min(1, Math.max(-1, values[at] / CLIP));
    return Number.isFinite(value) ? colors[Math.round((STEPS * (value + 1)) / 2)] : pixel([128, 128, 128]);
  });
}

export function drawStrip(panel) {
  // The samples at the input as noisy, reconstructed and clean, and below each the predicted class; points of the plane
  // in one picture, without their classes.
  const { arrays } = panel.feed.snapshot;
  const { image_shape: shape, n_features: width } = panel.data.data;
  const n = arrays.sample_class.length;
  if (panel.denoised) {
    drawDenoised(panel, arrays, n);
    return;
  }
  for (const kind of KINDS) {
    const values = arrays[`${kind}/0`];
    if (values.length !== n * width) return; // the pictures are still those of the run before
    if (!shape) {
      drawHeat(panel, panel.canvases[`${kind}/0`], values, n, width, true);
      continue;
    }
    const shown = Math.min(n, panel.samples);
    drawImages(panel, panel.canvases[`${kind}/0`], values.subarray(0, shown * width), shown, shape);
  }
  drawVerdicts(panel, arrays);
}

export function keepProportions(panel) {
  // Lets a row of images be as wide as its card has room for three of them, one below the other (live.css).
  const { width, height } = panel.canvases["z/0"];
  panel.verdicts.parentElement.style.setProperty("--ll-across", width / height);
}

function drawVerdicts(panel, arrays) {
  const { class_names: names } = panel.data.data;
  const { texts } = panel.data;
  const key = `${panel.samples}:${arrays.sample_class.join()}:${arrays.sample_predicted.join()}`;
  if (key === panel.verdictKey) return;
  panel.verdictKey = key;
  if (panel.data.data.image_shape) keepProportions(panel);
  panel.verdicts.replaceChildren(
    ...[...arrays.sample_class].slice(0, panel.samples).map((truth, i) => {
      const said = arrays.sample_predicted[i];
      const named = (name, k) => fill(texts.named, { name, value: names[k] });
      const title = named(texts.truth, truth) + texts.comma + named(texts.predicted, said);
      const right = truth === said;
      return panel.element("span", right ? "ll-right" : "ll-wrong", `${sign(panel, said)}${right ? "✓" : "✗"}`, { title });
    }),
  );
}

function drawDenoised(panel, arrays, n) {
  // Samples in the plane: a cross where noise has moved each, a line from there to the dot where the ladder puts it,
  // and a dotted line on to the ring where it was.
  const size = planeSize(panel.denoised, 440);
  const context = sharp(panel.denoised, size, size);
  const [x0, x1, y0, y1] = panel.feed.snapshot.header.extent;
  const place = (values, i) => [
    ((values[2 * i] - x0) / (x1 - x0)) * size,
    size - ((values[2 * i + 1] - y0) / (y1 - y0)) * size,
  ];
  for (let i = 0; i < n; i++) {
    const [clean, noisy, restored] = ["z/0", "z_tilde/0", "z_hat/0"].map((name) => place(arrays[name], i));
    const color = panel.color("classes", arrays.sample_class[i]);
    context.strokeStyle = context.fillStyle = color;
    stroke(context, [noisy, restored], 1.8);
    context.setLineDash([2, 4]);
    stroke(context, [restored, clean], 1.2);
    context.setLineDash([]);
    stroke(context, [[noisy[0] - 5, noisy[1] - 5], [noisy[0] + 5, noisy[1] + 5]], 2);
    stroke(context, [[noisy[0] - 5, noisy[1] + 5], [noisy[0] + 5, noisy[1] - 5]], 2);
    context.beginPath();
    context.arc(...restored, 4.5, 0, 2 * Math.PI);
    context.fill();
    context.beginPath();
    context.arc(...clean, 8, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.stroke();
  }
}

function stroke(context, [from, to], width) {
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

function planeSize(canvas, most) {
  // The side of a square picture: as large as its card allows, whose height is given where it is one of the first.
  const card = canvas.closest(".ll-card");
  const others = [...card.children].filter((child) => !child.contains(canvas)).reduce((sum, child) => sum + child.offsetHeight, 0);
  const height = card.classList.contains("ll-first") ? card.clientHeight - others - 24 : most;
  return Math.max(120, Math.min(canvas.parentElement.clientWidth, most, height));
}

export function drawLayers(panel) {
  // The samples' noisy, reconstructed and clean activations in each layer above the input.
  const { arrays } = panel.feed.snapshot;
  const n = arrays.sample_class.length;
  for (const [l, { width }] of panel.data.layers.entries()) {
    for (const kind of l ? KINDS : []) {
      const values = arrays[`${kind}/${l}`];
      if (values?.length === n * width) drawHeat(panel, panel.canvases[`${kind}/${l}`], values, n, width);
    }
  }
}

export function drawConfusion(panel) {
  // The counts of test rows by true class (row) and predicted class (column), coloured by their share of the row.
  const counts = panel.feed.snapshot.arrays.confusion;
  const n = panel.data.data.n_classes;
  if (counts.length !== n * n) return; // the pictures are still those of the run before
  const paper = rgb(panel.color("background"));
  for (const [i, cell] of panel.confusionCells.entries()) {
    const row = Math.floor(i / n);
    const total = counts.subarray(row * n, row * n + n).reduce((a, b) => a + b, 0) || 1;
    const strong = 0.85 * Math.sqrt(counts[i] / total);
    const color = mix(paper, rgb(panel.color(row === i % n ? "ladder" : "twin")), strong).map(Math.round);
    cell.textContent = counts[i] || "";
    cell.style.background = `rgb(${color.join(",")})`;
    cell.style.color = luminance(color) > 0.18 ? "#0b1219" : "#ffffff"; // at 0.18 both have the same contrast
  }
}

export const UNKNOWN = 255; // the class of a sample whose class nobody knows

export function sign(panel, k) {
  // One letter for class k: its name, or where that is longer a capital; a dot for a class that nobody knows.
  const name = panel.data.data.class_names[k];
  if (name === undefined) return "·";
  return name.length === 1 ? name : "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[k];
}

function classColor(panel, k) {
  return k === UNKNOWN ? panel.color("muted") : panel.color("classes", k);
}

function drawPoints(panel, context, places, classes, labeled, grey) {
  // Draws points at `places`, [x, y] in pixels: unlabelled ones small, with `grey` as grey dots, else with the sign of
  // their class; labelled ones large, in a ring.
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const only of [0, 1]) {
    for (let i = 0; i < classes.length; i++) {
      if (labeled[i] !== only) continue;
      const [x, y] = places[i];
      const color = classColor(panel, classes[i]);
      context.beginPath();
      context.arc(x, y, only ? 10 : 2.6, 0, 2 * Math.PI);
      if (!only && grey) {
        context.fillStyle = panel.color("muted");
        context.fill();
        continue;
      }
      if (only) {
        context.fillStyle = panel.color("background");
        context.fill();
        context.strokeStyle = color;
        context.lineWidth = 3;
        context.stroke();
      }
      context.globalAlpha = only ? 1 : 0.75;
      context.fillStyle = color;
      context.font = `${only ? "bold 14px" : "12px"} ${panel.font}`;
      context.fillText(sign(panel, classes[i]), x, y + 0.5);
      context.globalAlpha = 1;
    }
  }
}

function placed(points, place) {
  // The pixel of each of `points` (n, 2).
  return [...Array(points.length / 2).keys()].map((i) => place(points[2 * i], points[2 * i + 1]));
}

function drawFrame(context, [x, y], color) {
  context.strokeStyle = color;
  context.lineWidth = 2.5;
  context.strokeRect(x - 13, y - 13, 26, 26);
}

export function drawProjection(panel) {
  // The rows projected to the plane, as large as fits.
  const { arrays } = panel.feed.snapshot;
  const points = arrays.projection;
  const size = planeSize(panel.projection, 420);
  const context = sharp(panel.projection, size, size);
  const sides = [0, 1].map((axis) => {
    const values = [...points].filter((value, i) => i % 2 === axis && Number.isFinite(value));
    return [Math.min(...values), Math.max(...values)];
  });
  const reach = Math.max(1e-6, ...sides.map(([low, high]) => high - low)); // so that both axes have one scale
  const unit = (size - 28) / reach;
  const [x, y] = sides.map(([low, high]) => (low + high) / 2);
  const places = placed(points, (a, b) => [size / 2 + (a - x) * unit, size / 2 - (b - y) * unit]);
  drawPoints(panel, context, places, arrays.projection_class, arrays.projection_labeled, false);
  panel.points.take(places, arrays.projection_row, arrays.projection_class);
  if (panel.points.at >= 0) drawFrame(context, places[panel.points.at], panel.color("text"));
}

export function drawRegions(panel) {
  // The decision regions of data in the plane.
  const { header, arrays } = panel.feed.snapshot;
  if (!arrays.region_class) return; // the pictures are still those of the run before
  drawRegion(panel, panel.regions, arrays.region_class, arrays.region_confidence, arrays, header.extent, 440);
}

export function drawRegion(panel, canvas, classes, confidence, points, [x0, x1, y0, y1], most) {
  // The predicted class at each place, in a stronger colour where it is more certain, and training points. `classes`
  // and `confidence` (side, side): the class and its probability, rows from the bottom up. `points`: the arrays
  // `points`, `points_class` and `points_labeled`. [x0, x1, y0, y1]: the edges of the picture in the data's units.
  // `most`: its largest side in CSS pixels.
  const size = planeSize(canvas, most);
  const context = sharp(canvas, size, size);
  const side = classes.shape[0];
  const n = panel.data.data.n_classes;
  const paper = rgb(panel.color("background"));
  const colors = [...Array(n).keys()].map((k) => scale(paper, mix(paper, rgb(panel.color("classes", k)), 0.55)));
  paint(sized(easel, side, side), side, side, (i) => {
    const at = (side - 1 - Math.floor(i / side)) * side + (i % side); // the data's rows run upwards
    const sure = (confidence[at] - 1 / n) / (1 - 1 / n);
    return colors[classes[at]][Math.round(STEPS * (0.2 + 0.8 * Math.min(1, Math.max(0, sure))))];
  });
  context.drawImage(easel, 0, 0, size, size);
  const places = placed(points.points, (x, y) => [((x - x0) / (x1 - x0)) * size, size - ((y - y0) / (y1 - y0)) * size]);
  drawPoints(panel, context, places, points.points_class, points.points_labeled, true);
}

export function drawLabeled(panel) {
  // The labelled samples: a tile with its class for each image, for other data a table.
  const { labeled_x: x, labeled_class: classes } = panel.feed.snapshot.arrays;
  const key = `${classes.join()}:${x.slice(0, 256).join()}:${panel.dark}`;
  const width = x.length / classes.length;
  if (key === panel.labeledKey || width !== panel.data.data.n_features) return; // they change only with the label budget
  panel.labeledKey = key;
  const parts = panel.data.data.image_shape ? labeledTiles(panel, x, classes) : [labeledTable(panel)];
  panel.labeled.replaceChildren(...parts);
}

function labeledTiles(panel, x, classes) {
  const { image_shape: shape, class_names: names, n_features: width } = panel.data.data;
  return [...classes].map((k, i) => {
    const tile = panel.element("figure", "ll-tile");
    const values = [...x.slice(i * width, (i + 1) * width)].map((step) => step / 255);
    tile.append(still(panel, "ll-pixels", (canvas) => drawImages(panel, canvas, values, 1, shape)));
    tile.append(panel.element("figcaption", "", names[k]));
    return tile;
  });
}

function labeledTable(panel) {
  // A row for each sample: its class, and its values as they were measured. What the network is given where the data
  // are standardised is told on hover.
  const { labeled_x: x, labeled_class: classes, feature_mean: mean, feature_std: std } = panel.feed.snapshot.arrays;
  const { texts, data } = panel.data;
  const { class_names: names, feature_names: features, n_features: width } = data;
  const table = panel.element("table", "ll-samples");
  const head = table.appendChild(panel.element("tr"));
  for (const name of [texts.class_name, ...features]) head.append(panel.element("th", "", name, { scope: "col" }));
  for (const [i, k] of [...classes].entries()) {
    const row = table.appendChild(panel.element("tr"));
    row.append(panel.element("th", "", names[k], { scope: "row" }));
    for (let j = 0; j < width; j++) {
      const value = x[i * width + j];
      const cell = row.appendChild(panel.element("td", "", mean ? digits(value * std[j] + mean[j], 4) : fixed(value, 2)));
      if (mean) cell.title = fill(texts.standardised, { value: fixed(value, 2) });
    }
  }
  const box = panel.element("div", "ll-samples-box", undefined, { tabindex: 0, role: "region", "aria-label": texts["card.labeled.title"] });
  box.append(table);
  return box;
}
