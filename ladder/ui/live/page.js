// What the whole document follows: the page's language.

import { address } from "./addresses.js";

const YEAR = 365 * 24 * 3600; // seconds

/** Keeps the chosen language for the browser's next visit, where the server reads it (component.page). */
function keep({ name, value }) {
  document.cookie = `${name}=${value}; path=${address("")}; max-age=${YEAR}; SameSite=Lax`;
}

function mount({ data }) {
  document.documentElement.lang = data.lang;
  if (data.kept) keep(data.kept);
}

export default mount;
