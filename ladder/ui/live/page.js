// What the whole document follows: the page's language, Streamlit's own words in it, the links to the glossary, and a
// code that leads to another server.

import { address } from "./addresses.js";
import { nameTheRun } from "./glossary.js";
import { Translation } from "./translation.js";

const YEAR = 365 * 24 * 3600; // seconds

/** Keeps a choice for the browser's next visit, where the server reads it (ui/cookies.py). */
function keep([name, value]) {
  document.cookie = `${name}=${value}; path=${address("")}; max-age=${YEAR}; SameSite=Lax`;
}

function mount({ data }) {
  document.documentElement.lang = data.lang;
  Object.entries(data.kept).forEach(keep);
  if (data.code) location.assign(`${address("")}?code=${encodeURIComponent(data.code)}`); // the proxy knows whose it is
  const main = document.getElementById("stMain"); // one stop less for the keyboard: what is in it has stops of its own
  if (main) main.tabIndex = -1;
  document.wordsOfStreamlit ??= new Translation(document); // one for the document, which each page's component finds
  document.wordsOfStreamlit.use(data.words);
  nameTheRun(document);
}

export default mount;
