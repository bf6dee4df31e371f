// How students join: the class's code for the last row, the address of the room, and both as a QR code.

export class JoinPanel {
  // board: the ClassBoard, whose data.join has {code, address, qr, alone}: the address without its scheme, an image of the
  // QR code, and, where other computers cannot open the page, why.
  constructor(board) {
    const { join, texts } = board.data;
    this.element = board.section("join", texts.join_title, true);
    const words = board.element("div", "ll-join-words");
    if (!join.alone) words.append(board.element("p", "", texts.join_how), board.element("p", "ll-join-address", join.address), board.element("p", "", texts.join_code));
    words.append(board.element("p", "ll-join-code", join.code));
    const box = this.element.appendChild(board.element("div", "ll-join"));
    box.append(words);
    if (join.qr) box.append(board.element("img", "ll-join-qr", undefined, { src: join.qr, alt: board.data.join.alt }));
    if (join.alone) this.element.append(board.element("p", "ll-caption", join.alone));
  }

  show({ ended }) {
    this.element.hidden = ended;
  }
}
