// Numbers and sentences as people read them. What a number looks like follows the page's language, never the browser's.

/** "0.0123", "1.2e+6", "–" for none. */
export function format(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return "∞";
  return value !== 0 && (Math.abs(value) >= 1e4 || Math.abs(value) < 1e-3) ? value.toExponential(1) : value.toPrecision(3);
}

/** "12.3 %" of 0.123. */
export function formatPercent(value) {
  return Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : "–";
}

/** "−0.12": two digits and a true minus sign. */
export function formatGain(value) {
  return Number.isFinite(value) ? value.toFixed(2).replace("-", "−") : "–";
}

/** "3,000": a whole number in `language`, the page's, as the browser's may be another. */
export function count(value, language) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value);
}

/** "+1.5" or "−1.5". */
export function signed(value) {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(1)}`;
}

/** "1:05" of 65 seconds. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A text of the catalogue with {name} replaced by the value of that name, or by nothing. */
export function fill(text, values) {
  return (text || "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
