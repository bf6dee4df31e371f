// Numbers and sentences as people read them. How a number is written follows the page's language, never the browser's.

/** A number in three digits, "0.0123", or in two with an exponent, "1.2e+6"; "–" for none, "∞" for an infinite one. */
export function format(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return "∞";
  return value !== 0 && (Math.abs(value) >= 1e4 || Math.abs(value) < 1e-3) ? value.toExponential(1) : value.toPrecision(3);
}

/** `format` with a true minus sign: "−0.0123". */
export function formatSigned(value) {
  return format(value).replace("-", "−");
}

/** A number in at most `n` digits, without an exponent or zeros at its end: "14.23", "−0.6", "1065". */
export function digits(value, n) {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: n, useGrouping: false, signDisplay: "negative" })
    .format(value)
    .replace("-", "−");
}

/** A number with `n` decimals: "1.50", "−0.08", and never "−0.00". */
export function fixed(value, n) {
  return new Intl.NumberFormat("en", { minimumFractionDigits: n, maximumFractionDigits: n, useGrouping: false, signDisplay: "negative" })
    .format(value)
    .replace("-", "−");
}

/** "12.3 %" for 0.123, as `texts.percent` has it; "–" where there is no finite number. */
export function formatPercent(value, texts) {
  return Number.isFinite(value) ? fill(texts.percent, { n: (100 * value).toFixed(1) }) : "–";
}

/** "−0.12": two decimals and a true minus sign; "–" where there is no finite number. */
export function formatGain(value) {
  return Number.isFinite(value) ? value.toFixed(2).replace("-", "−") : "–";
}

/** "3,000": a whole number as it is written in `language`. */
export function count(value, language) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value);
}

/** A number with its sign and one decimal: "+1.5" or "−1.5". */
export function signed(value) {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(1)}`;
}

/** Minutes and seconds: "1:05" for 65 seconds. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** "14:05" or "02:05 PM": the hour of a moment in milliseconds since 1970, in the browser's time zone. */
export function hour(moment, language) {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(moment);
}

/** A text of the catalogue with {name} replaced by the value of that name, or by nothing. */
export function fill(text, values) {
  return (text || "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
