// A challenge on a student's page: its rules, the run that is handed in, and the score at the end.

import { placeNow } from "./class_bridge.js";
import { Sheet } from "./class_sheet.js";
import { count, fill, formatPercent } from "./words.js";

/** The place of an error among all, 1 for the best; equal errors share a place. */
export function placeAmong(error, errors) {
  return 1 + errors.filter((one) => one < error).length;
}

export class Entry extends Sheet {
  // enter(run): hands a run in, and returns a promise of the refusal.
  constructor(board, enter, toggled) {
    super(board, board.data.texts.challenge, toggled);
    this.enter = enter;
  }

  follow(challenge, seen) {
    // Takes the class's challenge, null for none. seen: the key of the state for which the card has opened last. Returns
    // the key of this state.
    const key = challenge ? `${challenge.number} ${challenge.is_open}` : "";
    const shape = JSON.stringify(challenge);
    if (shape !== this.shape && challenge) this.show(challenge);
    this.shape = shape;
    if (challenge && key !== seen) this.toggle(true);
    if (!challenge) this.toggle(false);
    return key;
  }

  show(challenge) {
    const { board } = this;
    const { texts, language } = board.data;
    const words = (key, values) => board.element("p", "ll-question-text", fill(texts[key], values));
    const rules = words("challenge_rules", { labels: challenge.labels, updates: count(challenge.updates, language) });
    if (challenge.is_open) this.fill(rules, ...this.form(challenge));
    else this.fill(rules, ...this.result(challenge, words));
  }

  form({ entered }) {
    const { board } = this;
    const { texts } = board.data;
    const says = board.element("p", "ll-question-state", texts[entered ? "entered" : "enter_note"], { role: "status" });
    const give = board.button(texts[entered ? "enter_again" : "enter"], async () => {
      const run = placeNow()?.run;
      if (!run) says.textContent = texts.enter_none;
      if (!run) return;
      says.textContent = texts.sending;
      const refusal = await this.enter(run);
      says.textContent = refusal ?? texts.unreachable;
      if (refusal === "") board.aloud(texts.entered);
    });
    give.classList.add("ll-class-main");
    return [give, says];
  }

  result({ entered, mine, errors }, words) {
    const { texts } = this.board.data;
    if (!mine) return [words(entered ? "score_gone" : "score_none", {})];
    const percent = (share) => formatPercent(share, texts);
    const values = { error: percent(mine.error), validation: percent(mine.validation_error), twin: percent(mine.twin_error) };
    return [
      words("score", values),
      words("score_place", { place: placeAmong(mine.error, errors), n: errors.length }),
      this.board.element("p", "ll-question-state", texts.score_why),
    ];
  }
}
