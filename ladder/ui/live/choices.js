// A run's live choices as a panel shows them, and what a person changes of them: sent over the live channel, without a run
// of the script, which is told when the hand has rested.

const SEND_MS = 60; // between two messages while a slider is dragged
const TELL_MS = 700; // after the last answer, until the script is told

export class Choices {
  // panel: a Panel whose data has the name of its `tab`. shown(): called when `now`, the choices by name (Live's fields),
  // has changed; it is null until they are known. held(): whether a person's hand is on a control, which then stays.
  constructor(panel, shown, held) {
    Object.assign(this, { panel, shown, held });
    this.begin();
  }

  begin() {
    // For another run: nothing was sent, and nothing is known.
    clearTimeout(this.sending);
    clearTimeout(this.telling);
    Object.assign(this, { sent: 0, answered: 0, asked: 0, waiting: {}, sending: null, now: null });
  }

  // --- what a person does

  put(name, value) {
    // Shows and sends another value of a choice, or other values of all layers.
    if (!this.now) return;
    this.now[name] = value;
    this.send(name);
    this.shown();
  }

  putAt(name, level, value) {
    // The same for one layer.
    if (this.now) this.put(name, this.now[name].with(level, value));
  }

  send(name) {
    // Sends what is in force for `name`, at once or, while a slider is dragged, a moment later with what came meanwhile.
    this.waiting[name] = this.now[name];
    clearTimeout(this.telling);
    if (!this.sending) this.flush();
  }

  flush() {
    if (!Object.keys(this.waiting).length) {
      this.sending = null;
      return;
    }
    const { feed, data } = this.panel;
    if (feed.say({ change: this.waiting, ticket: this.sent + 1, tab: data.tab, language: data.language })) {
      this.sent++;
      this.waiting = {};
    }
    this.sending = setTimeout(() => this.flush(), SEND_MS);
  }

  // --- what comes back

  answer({ ticket, refusal, lost, asked }) {
    // The server has made a change, or refused it, or the run is no longer this tab's.
    this.answered = Math.max(this.answered, ticket);
    this.asked = Math.max(this.asked, asked);
    if (refusal) this.panel.remark(refusal);
    if (refusal || lost) this.adopt(this.panel.feed.told);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.panel.tell("changed", ticket), lost ? 0 : TELL_MS);
  }

  connected() {
    // There is another connection: what the old one did not answer has no answer.
    this.answered = this.sent;
  }

  adopt(told) {
    // Shows the choices that the run told, unless a person's own are on their way, or were when it told them.
    const { choices, asked } = told || {};
    const busy = this.sent > this.answered || Object.keys(this.waiting).length || asked < this.asked;
    if (!choices || busy || this.held()) return;
    this.now = structuredClone(choices);
    this.shown();
  }

  close() {
    clearTimeout(this.sending);
    clearTimeout(this.telling);
  }
}
