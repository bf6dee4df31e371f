// Colours as numbers: mixing, scales, and contrast.

export function rgb(hex) {
  // [r, g, b] from 0 to 255 of "#rrggbb".
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

export function mix(a, b, t) {
  // The colour [r, g, b] between a (t = 0) and b (t = 1).
  return a.map((value, i) => value + (b[i] - value) * t);
}

export const STEPS = 255; // the last index of a scale

export function scale(...colors) {
  // STEPS + 1 colours evenly through the given ones, each as `pixel` returns it.
  const table = new Uint32Array(STEPS + 1);
  for (let i = 0; i <= STEPS; i++) {
    const at = (i / STEPS) * (colors.length - 1);
    const k = Math.min(colors.length - 2, Math.floor(at));
    table[i] = pixel(mix(colors[k], colors[k + 1], at - k));
  }
  return table;
}

export function pixel([r, g, b]) {
  // An opaque colour as the 32 bits in which a canvas keeps a pixel (little-endian: ABGR).
  return (0xff000000 | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
}

export function luminance(color) {
  // Relative luminance of WCAG 2.2, from 0 to 1.
  const linear = (share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = color.map((value) => linear(value / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
