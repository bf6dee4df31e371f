// A student's class below every page: help, the teacher's words, the pause, the question; and what the student does, told
// to the class.

import { hearStudent, placeNow, tellPanels } from "./class_bridge.js";
import { ClassChannel } from "./class_channel.js";
import { Entry } from "./class_entry.js";
import { Hold } from "./class_hold.js";
import { LabelPad } from "./class_label_pad.js";
import { Question } from "./class_question.js";
import { Board } from "./board.js";
import { mounting } from "./mounting.js";

const SAME = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Which of the answers, [lesson, which, value], that a student gave are not among those that its class has. */
export function unknown(given, known) {
  return given.filter(([lesson, which, value]) => !known.some((one) => one[0] === lesson && one[1] === which && SAME(one[2], value)));
}

class Strip extends Board {
  // What a person gave and the class has not acknowledged yet is in `answers`, `place` and `handing`, and is sent until it
  // has.
  constructor(root) {
    super(root);
    Object.assign(this, { view: null, place: placeNow(), answers: [], handing: null, sending: false });
    this.channel = new ClassChannel((view) => this.take(view), (open, nobody) => this.connected(open, nobody));
    this.unhear = hearStudent((kind, values) => this.did(kind, values));
  }

  shape() {
    return [];
  }

  build() {
    const { texts } = this.data;
    this.root.className = "ll-root ll-strip-box";
    const bar = this.root.appendChild(this.element("section", "ll-class-strip", undefined, { "aria-label": texts.strip }));
    this.sizes = new ResizeObserver(() => this.root.style.setProperty("--ll-strip", `${bar.offsetHeight}px`)); // what opens over the page lies above it
    this.sizes.observe(bar);
    this.who = bar.appendChild(this.element("b", "ll-class-who"));
    this.help = bar.appendChild(this.button(texts.help, () => this.ask()));
    this.help.classList.add("ll-class-help");
    this.asked = bar.appendChild(this.button(texts.question, () => this.question.toggle(!this.question.isOpen)));
    this.challenge = bar.appendChild(this.button(texts.challenge, () => this.entry.toggle(!this.entry.isOpen)));
    this.labels = bar.appendChild(this.button(texts.label_title, () => this.pad.toggle(true)));
    this.message = bar.appendChild(this.button("", () => this.unfold()));
    this.message.className = "ll-class-message";
    this.said = bar.appendChild(this.element("span", "ll-class-said", "", { role: "status" }));
    this.spoken = this.root.appendChild(this.element("p", "ll-unseen", "", { role: "status" }));
    this.hold = new Hold(this);
    this.question = new Question(this, (question, value) => this.do("reply", { question: question.id, value }), () => this.alone(this.question));
    this.entry = new Entry(this, (run) => this.do("enter", { run }), () => this.alone(this.entry));
    const train = (kind) => this.tell("train", { kind, nonce: Date.now() });
    this.pad = new LabelPad(this, (values) => this.do("label", values), train, () => this.alone(this.pad));
    if (this.view) this.take(this.view);
    this.show();
  }

  dismantle() {
    this.sizes?.disconnect();
    this.hold?.close();
    this.question?.close();
    this.entry?.close();
    this.pad?.close();
  }

  updated() {
    this.channel.follow("class/live");
    this.tellScript();
  }

  // --- the class

  take(view) {
    this.view = view;
    this.hold.follow(view);
    tellPanels(view); // who may then say where the student is
    if (view.me.admitted) {
      this.remember("labels", this.pad.follow(view.labelling, this.remembered("labels")));
      const seen = this.remembered("question");
      const key = this.question.follow(view.question, seen);
      if (key && key !== seen) this.aloud(`${this.data.texts.question} ${view.question.text}`);
      this.remember("question", key);
      this.remember("challenge", this.entry.follow(view.challenge, this.remembered("challenge")));
      this.announce();
      this.send();
    }
    this.tellScript();
    this.show();
  }

  remembered(what) {
    return sessionStorage.getItem(`ladder.class.${this.view.me.id}.${what}`) ?? "";
  }

  remember(what, value) {
    sessionStorage.setItem(`ladder.class.${this.view.me.id}.${what}`, value);
  }

  announce() {
    // Reads a new message aloud, once.
    const { messages, message } = this.view;
    if (!messages || String(messages) === this.remembered("message")) return;
    this.remember("message", messages);
    this.aloud(`${this.data.texts.message} ${message}`);
    this.message.classList.add("ll-new");
  }

  aloud(text) {
    // Has a screen reader say a text.
    this.spoken.textContent = text;
  }

  unfold() {
    // Shows the whole of a long message, or its first line.
    this.message.classList.remove("ll-new");
    this.message.setAttribute("aria-expanded", this.message.classList.toggle("ll-whole"));
  }

  tellScript() {
    // Has the script run where the teacher has set something that it has not followed yet, once for each such state.
    const { view, data } = this;
    if (!view) return;
    const now = { lead: view.me.admitted ? view.lead.number : 0, shown: view.shown, admitted: view.me.admitted };
    if (SAME(now, data.followed) || SAME(now, this.told)) return;
    this.told = now;
    this.tell("followed", { ...now, nonce: Date.now() });
  }

  connected(open, nobody) {
    this.offline = !open;
    if (nobody) {
      this.gone = true;
      this.pad.toggle(false);
      this.channel.close();
      tellPanels(null);
    }
    this.show();
  }

  // --- what the student does

  async do(kind, values) {
    // Returns a promise of the refusal, null where there is no connection.
    return this.channel.act(kind, values, this.data.language);
  }

  async ask() {
    const refusal = await this.do("help", { on: !this.view.me.needs_help });
    if (refusal) this.say(refusal);
  }

  did(kind, values) {
    if (kind === "place") this.place = values;
    else if (kind === "hand_in") this.handing = values;
    else this.answers = [...this.answers.filter(([lesson, which]) => lesson !== values.lesson || which !== values.which), [values.lesson, values.which, values.value]];
    if (this.view) this.send();
  }

  async send() {
    // Sends the place, the answers and the hand-in that the class does not have yet, one after the other. What is refused
    // is dropped.
    if (this.sending || !this.view?.me.admitted) return;
    this.sending = true;
    const { run, lesson, step, answers: known } = this.view.me;
    const { place } = this;
    let asked = null;
    if (place && !SAME(place, { run, lesson, step })) asked = ["place", place, () => (this.place = this.place === place ? null : this.place)];
    this.answers = unknown(this.answers, known);
    const [answer] = this.answers;
    if (!asked && answer) asked = ["answer", { lesson: answer[0], which: answer[1], value: answer[2] }, () => (this.answers = this.answers.filter((one) => one !== answer))];
    const { handing } = this;
    if (!asked && handing) asked = ["hand_in", handing, () => (this.handing = this.handing === handing ? null : this.handing)];
    const refusal = asked && (await this.do(asked[0], asked[1]));
    if (asked && refusal !== null) asked[2]();
    this.sending = false;
    if (asked && refusal !== null) this.send();
  }

  // --- showing

  alone(card) {
    // A card that has opened closes the others: one would lie over another, and the sheet with labels keeps all else from
    // being pressed. The strip's buttons open them again.
    if (card?.isOpen) for (const one of [this.question, this.entry, this.pad]) if (one !== card) one?.toggle(false);
    this.show();
  }

  say(text) {
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  show() {
    const { view, data } = this;
    const { texts } = data;
    this.say(this.gone ? texts.gone : this.offline ? texts.offline : view && !view.me.admitted ? texts.waiting : "");
    for (const one of [this.help, this.asked, this.challenge, this.labels, this.message]) one.hidden = !view?.me.admitted || this.gone;
    this.message.hidden ||= Boolean(this.said.textContent) || !view.message;
    this.who.textContent = [view?.name ?? data.name, view?.me.name ?? data.nickname].filter(Boolean).join(" · ");
    if (!view || this.gone) return;
    this.help.setAttribute("aria-pressed", view.me.needs_help);
    this.help.textContent = texts[view.me.needs_help ? "helped" : "help"];
    this.asked.hidden ||= !view.question;
    this.challenge.hidden ||= !view.challenge;
    this.challenge.setAttribute("aria-expanded", this.entry.isOpen);
    this.labels.hidden ||= !view.labelling;
    this.labels.setAttribute("aria-expanded", this.pad.isOpen);
    this.asked.setAttribute("aria-expanded", this.question.isOpen);
    if (this.message.textContent !== view.message) this.message.textContent = view.message;
  }

  close() {
    super.close();
    this.unhear();
    this.channel.close();
    this.dismantle();
    tellPanels(null);
  }
}

export default mounting(Strip);
