// Numbers over several runs, and smoothed curves.

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function deviation(values) {
  // The sample standard deviation; NaN for fewer than two values.
  const middle = mean(values);
  return values.length < 2 ? NaN : Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

export function smoothed(x, y, half) {
  // The mean of the values `y` at the rising `x` up to each of them, in which a value counts half as much for each `half`
  // of x that it lies back. A value that is not finite counts nothing, and stays what it is.
  let [sum, weight, before] = [0, 0, x[0]];
  return y.map((value, i) => {
    if (!Number.isFinite(value)) return value;
    const decay = 0.5 ** ((x[i] - before) / half);
    before = x[i];
    sum = sum * decay + value;
    weight = weight * decay + 1;
    return sum / weight;
  });
}
