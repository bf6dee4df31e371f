// Colours as numbers: mixing, scales, and contrast.

export function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

export function mix(a, b, t) {
  return a.map((value, i) => value + (b[i] - value) * t);
}

export const STEPS = 255; // colours of a scale

export function scale(...colors) {
  // STEPS + 1 colours through the given ones, as the 32 bits that a canvas keeps a pixel in (little-endian: ABGR).
  const table = new Uint32Array(STEPS + 1);
  for (let i = 0; i <= STEPS; i++) {
    const at = (i / STEPS) * (colors.length - 1);
    const k = Math.min(colors.length - 2, Math.floor(at));
    table[i] = pixel(mix(colors[k], colors[k + 1], at - k));
  }
  return table;
}

export function pixel([r, g, b]) {
  return (0xff000000 | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
}

export function luminance(color) {
  // Relative luminance of WCAG 2.2.
  const [r, g, b] = color.map((value) => ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
