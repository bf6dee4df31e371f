// Messages of the live channel: a length, a header of JSON, then typed arrays (ladder/live/frames.py).

const DTYPES = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

export function decodeFrame(buffer) {
  // {header, arrays} of a message's ArrayBuffer. The arrays, by name, are views of the buffer, each with its `shape`.
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  for (const [name, entry] of Object.entries(header.arrays)) {
    const count = entry.shape.reduce((a, b) => a * b, 1);
    arrays[name] = new DTYPES[entry.dtype](buffer, 4 + length + entry.offset, count);
    arrays[name].shape = entry.shape;
  }
  return { header, arrays };
}
