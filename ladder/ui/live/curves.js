// The points of a run's curves that were received, and those of them that are drawn.

export const KEPT = 6000; // points a curve keeps in the browser; a chart is some hundred pixels wide
export const DRAWN = 240; // points of a drawn curve

export class Curves {
  // Columns of numbers by name: "denoising" with five levels becomes denoising/0 .. denoising/4.
  constructor() {
    this.columns = {};
  }

  add(arrays, names) {
    // Appends the rows of the named arrays (frames.js). When a column is longer than KEPT, all lose every other point.
    for (const name of names) {
      const array = arrays[name];
      if (!array) continue;
      const width = array.shape.length > 1 ? array.shape[1] : 0;
      for (let k = 0; k < (width || 1); k++) {
        const column = (this.columns[width ? `${name}/${k}` : name] ??= []);
        for (let i = width ? k : 0; i < array.length; i += width || 1) column.push(array[i]);
      }
    }
    if (Object.values(this.columns).some((column) => column.length > KEPT)) {
      for (const [name, column] of Object.entries(this.columns)) {
        this.columns[name] = column.filter((_, i) => (column.length - 1 - i) % 2 === 0);
      }
    }
  }

  get(name) {
    // The column of this name; empty where nothing was received.
    return this.columns[name] || [];
  }
}

export function thin(columns, zoom) {
  // The columns, of which the first holds the updates, with about DRAWN points at most: the first and last in view and
  // every k-th between them. `zoom`: the updates in view, [from, to], or null for all. k is a power of two and counts
  // from the first point of all, so that the same points stay drawn while new ones arrive and curves do not shimmer.
  const x = columns[0];
  let [first, last] = [0, x.length - 1];
  if (zoom) {
    while (first < last && x[first + 1] < zoom[0]) first++;
    while (last > first && x[last - 1] > zoom[1]) last--;
  }
  const step = 2 ** Math.max(0, Math.ceil(Math.log2((last - first + 1) / DRAWN)));
  const kept = last >= 0 ? [first] : [];
  for (let i = Math.ceil((first + 1) / step) * step; i < last; i += step) kept.push(i);
  if (last > first) kept.push(last);
  return columns.map((column) => kept.map((i) => column[i]));
}

export function latest(curves, name) {
  // The last value of a column, undefined where there is none.
  const column = curves.get(name);
  return column[column.length - 1];
}

export function weightsAt(lambdas, updates, level) {
  // The weight of a level in force at each of the rising `updates`. `lambdas`: [[update, weights from then on], ...]. A
  // change that was recorded after u updates counts from update u + 1 on.
  let k = 0;
  return updates.map((update) => {
    while (k + 1 < lambdas.length && lambdas[k + 1][0] < update) k++;
    return lambdas[k][1][level];
  });
}
