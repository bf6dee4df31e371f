// A board on paper. Before the browser lays out its pages, the charts take the width of a sheet (live.css), and what was
// not drawn yet, as it was out of sight, is drawn.

const EVENTS = ["beforeprint", "afterprint"];

export class Printing {
  // board: the Board.
  constructor(board) {
    this.change = ({ type }) => {
      board.root.classList.toggle("ll-printing", type === "beforeprint");
      board.redraw();
    };
    for (const type of EVENTS) window.addEventListener(type, this.change);
  }

  close() {
    for (const type of EVENTS) window.removeEventListener(type, this.change);
  }
}
