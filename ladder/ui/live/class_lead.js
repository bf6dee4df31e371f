// What the teacher sets for all: a lesson or a run's settings, hidden and locked controls, language, cards and pace.

import { write } from "./class_list.js";
import { fill } from "./words.js";

const WHATS = ["free", "lesson", "preset", "link"]; // what all work on
const FIRST = 3; // controls of the live panel itself, which stand before the others

export class Lead {
  // board: the ClassBoard, whose data has `lessons`, `datasets`, `presets`, `links` (by dataset and preset the query of a
  // run's settings), `controls`, `cards`, `languages`, and `paces`, each a list of {name, label} but links.
  constructor(board) {
    const { data } = board;
    const { texts } = data;
    Object.assign(this, { board, element: board.section("lead", texts.lead_title), filled: null });
    const form = this.element.appendChild(board.element("form", "ll-lead-form"));
    form.append(this.whatBox(), this.controlsBox());
    const row = form.appendChild(board.element("div", "ll-row"));
    this.language = board.select(row, texts.lead_language, [{ name: "", label: texts.lead_own }, ...data.languages]);
    this.pace = board.select(row, texts.lead_pace, data.paces);
    this.seeds = board.check(form, texts.lead_seeds);
    form.append(this.cardsBox());
    const foot = form.appendChild(board.element("div", "ll-row"));
    this.set = foot.appendChild(board.element("button", "ll-button ll-primary", texts.lead_set, { type: "submit" }));
    this.step = board.button(texts.next_step, () => board.act("step", { step: board.view.lead.step + 1 }));
    this.where = board.element("span", "ll-caption");
    foot.append(this.step, this.where);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      board.act("lead", this.values());
    });
  }

  whatBox() {
    const { board } = this;
    const { texts, lessons, datasets, presets } = board.data;
    const box = board.fieldset(texts.lead_what);
    this.whats = {};
    for (const name of WHATS) {
      const row = box.appendChild(board.element("div", "ll-what"));
      const label = row.appendChild(board.element("label", "ll-check"));
      this.whats[name] = label.appendChild(board.element("input", "", undefined, { type: "radio", name: "ll-what", value: name }));
      label.append(texts[`what.${name}`]);
      if (name === "lesson") this.lesson = board.select(row, texts["what.lesson"], lessons.map((one) => ({ name: one.name, label: one.title })), true);
      if (name === "preset") {
        this.dataset = board.select(row, texts.lead_dataset, datasets, true);
        this.preset = board.select(row, texts.lead_preset_name, presets, true);
      }
      if (name === "link") this.link = board.field(row, texts["what.link"], { maxlength: 8000, placeholder: "https://…" }, true);
      row.addEventListener("input", () => (this.whats[name].checked = true)); // a chosen lesson means its line
    }
    return box;
  }

  controlsBox() {
    const { board } = this;
    const { texts, controls } = board.data;
    const box = board.fieldset(texts.lead_controls);
    this.checks = {};
    const line = ({ name, label }) => {
      const row = board.element("div", "ll-control", undefined, { role: "group", "aria-label": label });
      row.append(board.element("span", "", label));
      this.checks[name] = ["hidden", "locked"].map((kind) => board.check(row, texts[`limit.${kind}`]));
      return row;
    };
    const rest = board.element("details");
    this.rest = rest.appendChild(board.element("summary", "", texts.lead_others));
    box.append(...controls.slice(0, FIRST).map(line), rest);
    rest.append(...controls.slice(FIRST).map(line));
    return box;
  }

  cardsBox() {
    const { board } = this;
    const box = board.fieldset(board.data.texts.lead_cards);
    this.cards = board.data.cards.map(({ label }) => board.check(box, label));
    return box;
  }

  values() {
    // What the form says, as the event "lead" takes it.
    const what = WHATS.find((name) => this.whats[name].checked);
    const link = { preset: () => this.board.data.links[this.dataset.value][this.preset.value], link: () => this.link.value.trim() }[what];
    const checked = (i) => Object.keys(this.checks).filter((name) => this.checks[name][i].checked);
    return {
      lesson: what === "lesson" ? this.lesson.value : "",
      link: link?.() ?? "",
      hidden: checked(0),
      locked: checked(1),
      language: this.language.value,
      present: this.cards.reduce((mask, box, i) => mask + (box.checked ? 2 ** i : 0), 0),
      pace: this.pace.value,
      seeds: this.seeds.checked,
    };
  }

  fill(lead) {
    // Shows in the form what is set.
    const { links } = this.board.data;
    const pairs = Object.entries(links).flatMap(([dataset, all]) => Object.entries(all).map(([preset, link]) => ({ dataset, preset, link })));
    const known = lead.link && pairs.find(({ link }) => link === lead.link);
    this.whats[lead.lesson ? "lesson" : known ? "preset" : lead.link ? "link" : "free"].checked = true;
    if (lead.lesson) this.lesson.value = lead.lesson;
    if (known) [this.dataset.value, this.preset.value] = [known.dataset, known.preset];
    if (lead.link && !known) this.link.value = `?${lead.link}`;
    for (const [name, [hidden, locked]] of Object.entries(this.checks)) {
      hidden.checked = lead.hidden.includes(name);
      locked.checked = lead.locked.includes(name);
    }
    [this.language.value, this.pace.value, this.seeds.checked] = [lead.language, lead.pace, lead.seeds];
    for (const [i, box] of this.cards.entries()) box.checked = Boolean((lead.present >> i) & 1);
  }

  show({ lead, ended }) {
    const { texts } = this.board.data;
    this.element.hidden = ended;
    if (lead.number !== this.filled) this.fill(lead);
    this.filled = lead.number;
    const others = Object.values(this.checks).slice(FIRST).flat().filter((box) => box.checked).length;
    write(this.rest, others ? fill(texts.lead_others_n, { n: others }) : texts.lead_others);
    const together = lead.pace === "together" && lead.lesson;
    this.step.hidden = this.where.hidden = !together;
    const steps = this.board.data.lessons.find(({ name }) => name === lead.lesson)?.steps ?? 100;
    write(this.step, lead.step + 1 < steps ? texts.next_step : texts.next_question);
    this.step.disabled = lead.step >= steps;
    write(this.where, lead.step < steps ? fill(texts.open_steps, { n: lead.step + 1, of: steps }) : texts.open_all);
  }
}
