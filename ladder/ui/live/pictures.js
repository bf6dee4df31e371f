// Pictures of one moment, on canvases: images, heat maps, decision regions, projection, confusion, labelled samples.

const CLIP = 3; // normalised activations have unit variance: three standard deviations fill the scale

function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

function mix(a, b, t) {
  return a.map((value, i) => value + (b[i] - value) * t);
}

function sized(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas.getContext("2d");
}

function sharp(canvas, width, height) {
  // A context in CSS pixels with the screen's resolution.
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const context = sized(canvas, Math.round(width * ratio), Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function paint(context, width, height, colorOf) {
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const color = colorOf(i);
    image.data.set([color[0], color[1], color[2], 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

function drawImages(lab, canvas, values, n, shape) {
  // n images side by side with a pixel between them; ink on the page's background, 0..1 for all.
  const [rows, columns] = shape;
  const width = n * (columns + 1) - 1;
  const paper = rgb(lab.dark ? "#0b1219" : "#ffffff");
  const ink = rgb(lab.dark ? "#ffffff" : "#0b1219");
  const gap = rgb(lab.color("border"));
  paint(sized(canvas, width, rows), width, rows, (i) => {
    const x = i % width;
    const sample = Math.floor(x / (columns + 1));
    const column = x % (columns + 1);
    if (column === columns) return gap;
    const value = values[sample * rows * columns + Math.floor(i / width) * columns + column];
    return mix(paper, ink, Math.min(1, Math.max(0, value)));
  });
}

function drawHeat(lab, canvas, values, n, width) {
  // A row per sample, a column per unit, one diverging scale for every layer and path.
  const [low, middle, high] = ["low", "middle", "high"].map((name) => rgb(lab.theme[name]));
  paint(sized(canvas, width, n), width, n, (i) => {
    const value = Math.min(1, Math.max(-1, values[i] / CLIP));
    return Number.isFinite(value) ? mix(middle, value < 0 ? low : high, Math.abs(value)) : [128, 128, 128];
  });
}

function drawSamples(lab) {
  const { arrays } = lab.feed.snapshot;
  const { data } = lab;
  const shape = data.data.image_shape;
  const n = arrays.sample_class.length;
  for (const [l] of data.layers.entries()) {
    for (const kind of ["z", "z_tilde", "z_hat"]) {
      const canvas = lab.canvases[`${kind}/${l}`];
      const values = arrays[`${kind}/${l}`];
      if (!canvas || !values || values.length !== n * data.layers[l].width) continue;
      if (l === 0 && shape) drawImages(lab, canvas, values, n, shape);
      else drawHeat(lab, canvas, values, n, data.layers[l].width);
    }
  }
  const names = data.data.class_names;
  lab.verdicts.replaceChildren(
    ...[...arrays.sample_class].map((truth, i) => {
      const said = arrays.sample_predicted[i];
      const right = truth === said;
      const text = right ? `${names[said]} ✓` : `${names[said]} ✗`;
      return lab.element("span", right ? "ll-right" : "ll-wrong", text, { title: `${data.texts.truth}: ${names[truth]}` });
    }),
  );
}

function drawConfusion(lab) {
  const counts = lab.feed.snapshot.arrays.confusion;
  const n = lab.data.data.n_classes;
  const ink = rgb(lab.color("text"));
  const cells = lab.confusionCells;
  for (let i = 0; i < n * n; i++) {
    const row = Math.floor(i / n);
    const total = counts.slice(row * n, row * n + n).reduce((a, b) => a + b, 0) || 1;
    const share = counts[i] / total;
    const color = row === i % n ? rgb(lab.color("ladder")) : rgb(lab.color("twin"));
    cells[i].textContent = counts[i] || "";
    cells[i].style.background = `rgba(${color.join(",")},${(0.85 * Math.sqrt(share)).toFixed(3)})`;
    cells[i].style.color = share > 0.35 ? (lab.dark ? "#0b1219" : "#fff") : `rgb(${ink.join(",")})`;
  }
}

function sign(lab, k) {
  const name = lab.data.data.class_names[k];
  return name.length === 1 ? name : "ABCDEFGHIJ"[k];
}

function drawPoints(lab, context, points, classes, labeled, place) {
  // Unlabelled points small, in their class's sign and colour; labelled ones large, in a ring.
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const only of [0, 1]) {
    for (let i = 0; i < classes.length; i++) {
      if (labeled[i] !== only) continue;
      const [x, y] = place(points[2 * i], points[2 * i + 1]);
      const color = lab.color("classes", classes[i]);
      if (only) {
        context.beginPath();
        context.arc(x, y, 9, 0, 2 * Math.PI);
        context.fillStyle = lab.color("background");
        context.fill();
        context.strokeStyle = color;
        context.lineWidth = 2.5;
        context.stroke();
      }
      context.globalAlpha = only ? 1 : 0.65;
      context.fillStyle = color;
      context.font = `${only ? "bold 13px" : "11px"} ${lab.font}`;
      context.fillText(sign(lab, classes[i]), x, y + 0.5);
      context.globalAlpha = 1;
    }
  }
}

function drawProjection(lab) {
  const { arrays } = lab.feed.snapshot;
  const points = arrays.projection;
  const size = Math.max(220, Math.min(lab.projection.parentElement.clientWidth, 420));
  const context = sharp(lab.projection, size, size);
  let reach = 1e-6;
  for (const value of points) if (Number.isFinite(value)) reach = Math.max(reach, Math.abs(value));
  const scale = (size / 2 - 14) / reach;
  drawPoints(lab, context, points, arrays.projection_class, arrays.projection_labeled, (x, y) => [
    size / 2 + x * scale,
    size / 2 - y * scale,
  ]);
}

function drawRegions(lab) {
  const { header, arrays } = lab.feed.snapshot;
  if (!arrays.region_class || !lab.regions) return;
  const size = Math.max(220, Math.min(lab.regions.parentElement.clientWidth, 560));
  const context = sharp(lab.regions, size, size);
  const [x0, x1, y0, y1] = header.extent;
  const side = arrays.region_class.shape[0];
  const image = document.createElement("canvas");
  const paper = rgb(lab.color("background"));
  const n = lab.data.data.n_classes;
  paint(sized(image, side, side), side, side, (i) => {
    const at = (side - 1 - Math.floor(i / side)) * side + (i % side); // rows run upwards in the data
    const sure = (arrays.region_confidence[at] - 1 / n) / (1 - 1 / n);
    return mix(paper, rgb(lab.color("classes", arrays.region_class[at])), 0.12 + 0.38 * sure);
  });
  context.drawImage(image, 0, 0, size, size);
  drawPoints(lab, context, arrays.points, arrays.points_class, arrays.points_labeled, (x, y) => [
    ((x - x0) / (x1 - x0)) * size,
    size - ((y - y0) / (y1 - y0)) * size,
  ]);
}

function drawLabeled(lab) {
  const { labeled_x: x, labeled_class: classes } = lab.feed.snapshot.arrays;
  const key = `${classes.join()}:${x.slice(0, 256).join()}:${lab.dark}`;
  if (key === lab.labeledKey) return; // they change only with the label budget
  lab.labeledKey = key;
  const shape = lab.data.data.image_shape;
  const names = lab.data.data.class_names;
  const width = x.length / classes.length;
  lab.labeled.replaceChildren(
    ...[...classes].map((k, i) => {
      const tile = lab.element("figure", "ll-tile");
      if (shape) {
        const canvas = tile.appendChild(lab.element("canvas", "ll-pixels"));
        drawImages(lab, canvas, x.slice(i * width, (i + 1) * width), 1, shape);
      } else {
        const values = [...x.slice(i * width, i * width + 4)].map((value) => value.toFixed(1)).join(" ");
        tile.append(lab.element("span", "ll-values", values + (width > 4 ? " …" : "")));
      }
      tile.append(lab.element("figcaption", "", names[k]));
      return tile;
    }),
  );
}

function drawPictures(lab) {
  if (!lab.feed.snapshot) return;
  drawSamples(lab);
  drawConfusion(lab);
  drawProjection(lab);
  drawRegions(lab);
  drawLabeled(lab);
}
