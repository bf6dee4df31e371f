// Images as the server sends and takes them: base64 of a byte for each pixel, row by row, from 0 (paper) to INK.

const INK = 255;

/** The pixels, from 0 to 1, of an image as a text. */
export function pixelsOf(text) {
  return Float32Array.from(atob(text), (one) => one.charCodeAt(0) / INK);
}

/** An image, pixels from 0 to 1, as a text. */
export function textOf(pixels) {
  return btoa(String.fromCharCode(...Uint8Array.from(pixels, (one) => Math.round(INK * Math.min(1, Math.max(0, one))))));
}
