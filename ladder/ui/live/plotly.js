// Plotly.js, which the server takes from the installed package. It is large, so it is loaded once for all components of
// the page, each of which is a script of its own: the promise is kept at the window.

import { address } from "./addresses.js";

/** A promise of Plotly. It is rejected where the script cannot be loaded, and the next call then loads it again. */
export function loadPlotly() {
  window.ladderPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address("plotly.min.js");
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      window.ladderPlotly = null;
      script.remove();
      reject(new Error("plotly.min.js"));
    };
    document.head.append(script);
  });
  return window.ladderPlotly;
}
