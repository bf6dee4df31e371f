// A component's life, which is longer than a rerun of the script.

import { takeDecimalCommas } from "./decimals.js";

export function keepHistoryShort() {
  // Streamlit adds an entry to the browser's history for every change of the query string. The address here follows each
  // move of a slider: "Back" would have to be pressed once for each. Only another page is another entry.
  if (window.history.pushState.short) return;
  const push = window.history.pushState.bind(window.history);
  const short = (state, title, url) => {
    const samePage = url && new URL(url, document.baseURI).pathname === window.location.pathname;
    return samePage ? window.history.replaceState(state, title, url) : push(state, title, url);
  };
  window.history.pushState = Object.assign(short, { short: true });
}

export function mounting(BoardClass) {
  // The component's function: called at mounting and at every rerun of the script; the board outlives reruns.
  keepHistoryShort();
  takeDecimalCommas();
  const boards = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    let entry = boards.get(parentElement);
    if (!entry) {
      const root = parentElement.appendChild(document.createElement("div"));
      entry = { board: new BoardClass(root) };
      boards.set(parentElement, entry);
    }
    clearTimeout(entry.ending);
    entry.board.update(component);
    return () => {
      // A rerun may clean up and come back at once: only a board that stays away is closed.
      entry.ending = setTimeout(() => {
        entry.board.close();
        entry.board.root.remove();
        boards.delete(parentElement);
      }, 400);
    };
  };
}
