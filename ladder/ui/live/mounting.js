// The life of a component, which outlasts reruns of the script.

import { takeDecimalCommas } from "./decimals.js";

export function keepHistoryShort() {
  // Streamlit adds an entry to the browser's history for every change of the query string. Here the address follows
  // each move of a slider, and "Back" would have to be pressed once for each. With this, only another page is an entry.
  if (window.history.pushState.short) return;
  const push = window.history.pushState.bind(window.history);
  const short = (state, title, url) => {
    const samePage = url && new URL(url, document.baseURI).pathname === window.location.pathname;
    return samePage ? window.history.replaceState(state, title, url) : push(state, title, url);
  };
  window.history.pushState = Object.assign(short, { short: true });
}

export function mounting(BoardClass) {
  // The component's function for a subclass of Board. Streamlit calls it at mounting and at every rerun of the script.
  // The board of an element is made once and stays through reruns.
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
      // A rerun may unmount the component and mount it again at once. A board is closed only if it stays unmounted.
      entry.ending = setTimeout(() => {
        entry.board.close();
        entry.board.root.remove();
        boards.delete(parentElement);
      }, 400);
    };
  };
}
