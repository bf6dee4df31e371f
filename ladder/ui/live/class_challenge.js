// A challenge of the class: so many labels and updates, and at the end the runs by their error on samples that nobody saw.

import { write } from "./class_list.js";
import { nameOf } from "./class_words.js";
import { count, fill, formatPercent } from "./words.js";

const [LABELS, UPDATES, MOST_UPDATES] = [20, 2000, 20000]; // as usual, and the most (teaching/challenge.py)

export class Challenge {
  // board: the ClassBoard, whose data has `datasets`, a list of {name, label}.
  constructor(board) {
    const { texts, datasets } = board.data;
    Object.assign(this, { board, element: board.section("challenge", texts.challenge_title, true) });
    this.rules = this.element.appendChild(board.element("p", "ll-caption"));
    this.said = this.element.appendChild(board.element("p", "ll-caption"));
    this.list = this.element.appendChild(board.element("ol", "ll-bars"));
    this.form = this.element.appendChild(board.element("form", "ll-row ll-challenge-form"));
    this.dataset = board.select(this.form, texts.lead_dataset, datasets);
    const number = (label, value, max) => board.field(this.form, label, { type: "number", value, min: 1, max, step: 1, required: "" });
    this.labels = number(texts.challenge_labels, LABELS, 60000);
    this.updates = number(texts.challenge_updates, UPDATES, MOST_UPDATES);
    this.form.append(board.element("button", "ll-button ll-primary", texts.challenge_begin, { type: "submit" }));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      board.act("challenge", { dataset: this.dataset.value, labels: this.labels.valueAsNumber, updates: this.updates.valueAsNumber });
    });
    this.ending = board.twice(texts.challenge_end, texts.challenge_end_sure, () => this.end());
    this.element.append(this.ending);
  }

  async end() {
    // Has the server work out the scores, which takes some seconds.
    this.ending.disabled = this.waits = true;
    write(this.said, this.board.data.texts.challenge_waits);
    await this.board.act("score", {});
    this.waits = false;
    this.show(this.board.view);
  }

  show(view) {
    const { challenge, members, ended } = view;
    const { texts, language } = this.board.data;
    this.element.hidden = ended && !challenge;
    this.form.hidden = ended || Boolean(challenge?.is_open);
    this.ending.hidden = ended || !challenge?.is_open;
    this.ending.disabled = Boolean(this.waits);
    if (this.waits && !view.replay) return;
    this.rules.hidden = !challenge;
    if (!challenge) {
      write(this.said, texts.challenge_about);
      this.list.replaceChildren(); // a replay may have gone back
      this.drawn = "";
      return;
    }
    const present = members.filter((one) => one.admitted).length;
    const rules = { labels: challenge.labels, updates: count(challenge.updates, language) };
    const n = Object.keys(challenge.entries).length;
    const state = challenge.is_open ? fill(texts.challenge_entries, { n, of: Math.max(n, present) }) : texts.challenge_scores;
    write(this.rules, fill(texts.challenge_rules, rules));
    write(this.said, state);
    this.draw(view);
  }

  draw({ challenge, members, names_hidden: hidden }) {
    const key = JSON.stringify([challenge.scores, hidden]);
    if (key === this.drawn) return;
    this.drawn = key;
    const { texts } = this.board.data;
    const scores = Object.entries(challenge.scores).toSorted(([, a], [, b]) => a.error - b.error);
    const high = Math.max(0.02, ...scores.map(([, { error }]) => error));
    const percent = (share) => formatPercent(share, texts);
    this.list.replaceChildren(
      ...scores.map(([id, score]) => {
        const member = members.find((one) => one.id === id);
        const row = this.board.element("li");
        row.append(this.board.element("span", "ll-bar-name", member ? nameOf(member, hidden, texts) : "–"));
        const track = row.appendChild(this.board.element("span", "ll-bar-track", undefined, { "aria-hidden": "true" }));
        track.appendChild(this.board.element("span", "ll-bar")).style.width = `${(100 * score.error) / high}%`;
        const values = { error: percent(score.error), validation: percent(score.validation_error), twin: percent(score.twin_error) };
        row.append(this.board.element("b", "", values.error), this.board.element("small", "ll-bar-note", fill(texts.challenge_row, values)));
        return row;
      }),
    );
  }
}
