// The card with the tab's runs: what each differs in from the one before, how far it came, and what may be done with it.

import { modelButton } from "./model_files.js";
import { deviation, mean } from "./statistics.js";
import { count, fill, formatPercent, hour } from "./words.js";

const ERRORS = ["test_error", "twin_error"]; // of the ladder and of its twin
const COLUMNS = [...ERRORS, "update", "seeds", "made"];
const ICONS = {
  hide: '<path d="M1 6s2-3.5 5-3.5S11 6 11 6 9 9.5 6 9.5 1 6 1 6z"/><circle cx="6" cy="6" r="1.6"/>',
  show: '<path d="M1 6s2-3.5 5-3.5S11 6 11 6 9 9.5 6 9.5 1 6 1 6zM1.5 10.5l9-9"/>',
  pin: '<path d="M3.5 1h5M4.5 1v4L3 7h6L7.5 5V1M6 7v4"/>',
  unpin: '<path d="M3.5 1h5M4.5 1v4L3 7h6L7.5 5V1M6 7v4" fill="currentColor"/>',
  edit: '<path d="M1.5 10.5l.6-2.4 6-6 1.8 1.8-6 6z"/>',
  remove: '<path d="M2.5 2.5l7 7M9.5 2.5l-7 7"/>',
};

export class Runs {
  // panel: the LivePanel, whose data.rows has the list (ui/run_list.py) and whose `behind` the curves.
  constructor(panel) {
    this.panel = panel;
    const { texts } = panel.data;
    this.table = panel.element("table", "ll-runs-table");
    this.table.addEventListener("pointerdown", () => this.hold());
    this.repeat = panel.element("button", "ll-button ll-repeat", texts["runs.repeat"], { type: "button" });
    this.repeat.addEventListener("click", () => this.wish({ do: "repeat" }));
    const box = panel.element("div", "ll-scroll");
    box.append(this.table);
    this.elements = [box, this.repeat, modelButton(panel)];
  }

  wish(wish) {
    this.panel.tell("runs", { ...wish, nonce: Date.now() }); // a trigger with the value of the one before is none
  }

  hold() {
    // While a button of the list is pressed, its rows stay as they are: a button that is built anew hears no click.
    this.release();
    const { signal } = (this.holding = new AbortController());
    const release = () => setTimeout(() => { // after the click
      this.release();
      if (this.table.isConnected) this.show();
    });
    for (const kind of ["pointerup", "pointercancel"]) window.addEventListener(kind, release, { signal, capture: true });
  }

  release() {
    this.holding?.abort();
    this.holding = null;
  }

  show() {
    // Shows the list as it is now. Rows are built anew where something of them but their numbers has changed.
    const { rows, run } = this.panel.data;
    const shape = JSON.stringify([rows.map((row) => ({ ...row, update: 0, test_error: 0, twin_error: 0 })), run, this.editing]);
    if (shape !== this.shape && !this.holding) {
      this.build(rows, run);
      this.shape = shape;
    }
    for (const [row, cells] of this.cells) this.fillIn(row, cells);
    for (const [leader, cells] of this.groups) this.sum(leader, cells);
  }

  build(rows, run) {
    const { panel } = this;
    const { texts } = panel.data;
    const active = document.activeElement;
    [this.cells, this.groups] = [new Map(), new Map()];
    this.table.replaceChildren();
    const head = this.table.appendChild(panel.element("tr"));
    for (const name of ["run", ...COLUMNS, "acts"]) head.append(panel.element("th", `ll-col-${name}`, texts[`runs.${name}`], { scope: "col" }));
    for (const row of rows.toReversed()) {
      if (row.run === this.editing) this.table.append((this.fields ??= this.form(row))); // keeps what was typed
      else this.table.append(this.row(row, row.run === run));
      if (rows.some((one) => one.leader === row.run)) this.table.append(this.group(row.run));
    }
    const again = active?.dataset?.act ? this.table.querySelector(`[data-act="${active.dataset.act}"]`) : this.fields?.contains(active) && active;
    if (again) again.focus({ preventScroll: true });
  }

  row(row, inView) {
    const { panel } = this;
    const { texts } = panel.data;
    const line = panel.element("tr", inView ? "ll-in-view" : "");
    const head = line.appendChild(panel.element("th", "", undefined, { scope: "row" }));
    const name = row.name || row.difference;
    const swatch = head.appendChild(panel.element("span", "ll-run-swatch", undefined, { "aria-hidden": "true" }));
    swatch.style.background = inView ? panel.color("ladder") : panel.color("runs", row.color);
    if (inView || row.gone) head.append(panel.element("span", "ll-run-name", name));
    else head.append(this.button("open", row, name, () => this.wish({ do: "open", run: row.run })));
    if (inView) head.append(panel.element("em", "", texts["runs.in_view"]));
    if (row.name) head.append(panel.element("small", "", row.difference));
    if (row.note) head.append(panel.element("small", "ll-run-note", row.note));
    const cells = Object.fromEntries(COLUMNS.map((key) => [key, line.appendChild(panel.element("td", `ll-col-${key}`, "–"))]));
    const acts = line.appendChild(panel.element("td", "ll-col-acts"));
    const edit = (values) => this.wish({ do: "edit", run: row.run, ...values });
    if (!inView && !row.gone) {
      acts.append(
        this.button(row.hidden ? "show" : "hide", row, name, () => edit({ hidden: !row.hidden })),
        this.button(row.pinned ? "unpin" : "pin", row, name, () => edit({ pinned: !row.pinned })),
      );
    }
    acts.append(this.button("edit", row, name, () => this.edit(row.run)));
    if (!inView) acts.append(this.button("remove", row, name, () => this.wish({ do: "remove", run: row.run })));
    this.cells.set(row, cells);
    return line;
  }

  button(act, { run }, name, pressed) {
    const { panel } = this;
    const said = fill(panel.data.texts[`runs.${act}`], { name });
    const button = panel.element("button", act in ICONS ? "ll-ask ll-act" : "ll-run-name ll-link", undefined, { type: "button", title: said });
    button.dataset.act = `${act} ${run}`;
    if (act in ICONS) {
      button.setAttribute("aria-label", said);
      button.innerHTML = `<svg width="14" height="14" viewBox="0 0 12 12" fill="none" stroke="currentColor" stroke-width="1.2" aria-hidden="true">${ICONS[act]}</svg>`;
    } else {
      button.textContent = name;
    }
    button.addEventListener("click", pressed);
    return button;
  }

  edit(run) {
    // Opens the fields for a run's name and note, or closes them for null.
    this.editing = run;
    this.fields = null;
    this.release();
    this.show();
    this.table.querySelector("input")?.focus();
  }

  form(row) {
    const { panel } = this;
    const { texts } = panel.data;
    const line = panel.element("tr");
    const form = line.appendChild(panel.element("td", "", undefined, { colspan: COLUMNS.length + 2 })).appendChild(panel.element("form", "ll-run-form"));
    const field = (key, longest) => {
      const label = form.appendChild(panel.element("label", "", texts[`runs.${key}`]));
      return label.appendChild(panel.element("input", "", undefined, { type: "text", maxlength: longest, value: row[key] }));
    };
    const [name, note] = [field("name", 80), field("note", 400)];
    name.placeholder = row.difference;
    form.append(panel.element("button", "ll-button", texts["runs.keep"], { type: "submit" }));
    const cancel = form.appendChild(panel.element("button", "ll-button", texts["runs.cancel"], { type: "button" }));
    cancel.addEventListener("click", () => this.edit(null));
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.edit(null));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.wish({ do: "edit", run: row.run, name: name.value, note: note.value });
      this.edit(null);
    });
    return line;
  }

  fillIn(row, cells) {
    const { behind, data } = this.panel;
    const { update, errors } = this.reached(row);
    const write = (key, text) => cells[key].textContent === text || (cells[key].textContent = text);
    for (const [k, key] of ERRORS.entries()) write(key, formatPercent(errors[k], data.texts));
    const trains = row.run !== data.run && behind.trains(row);
    write("update", row.gone ? "–" : count(update, data.language) + (trains ? ` / ${count(row.until, data.language)}` : ""));
    write("seeds", row.seeds || "–");
    write("made", hour(row.made, data.language));
  }

  reached(row) {
    // How far a run of the list has come, as this page knows: {update, errors}, those of ladder and twin.
    const { feed, behind, data } = this.panel;
    const live = row.run === data.run;
    const curves = live ? feed : behind.curves.get(row.run);
    const update = live ? (feed.told?.update ?? row.update) : behind.update(row);
    return { update, errors: ERRORS.map((key) => curves?.measured.get(key).at(-1) ?? row[key]) };
  }

  // --- a run and its repeats

  members(leader) {
    // The errors of a run and of its repeats, of those that have come as far as the repeats go: [[ladder, twin], ...].
    const { rows } = this.panel.data;
    const until = Math.max(...rows.filter((row) => row.leader === leader).map((row) => row.until));
    return rows
      .filter((row) => (row.leader === leader || row.run === leader) && !row.gone)
      .map((row) => this.reached(row))
      .filter(({ update, errors }) => update >= until && errors.every(Number.isFinite))
      .map(({ errors }) => errors);
  }

  group(leader) {
    const { panel } = this;
    const line = panel.element("tr", "ll-run-group");
    const head = line.appendChild(panel.element("th", "", "", { scope: "row" }));
    const cells = { head, ...Object.fromEntries(COLUMNS.map((key) => [key, line.appendChild(panel.element("td", `ll-col-${key}`))])) };
    line.append(panel.element("td", "ll-col-acts"));
    this.groups.set(leader, cells);
    return line;
  }

  sum(leader, cells) {
    const found = this.members(leader);
    cells.head.textContent = fill(this.panel.data.texts["runs.group"], { n: found.length });
    for (const [k, key] of ERRORS.entries()) {
      const errors = found.map((pair) => pair[k]);
      const numbers = `${(100 * mean(errors)).toFixed(1)} (${(100 * deviation(errors)).toFixed(1)})`;
      cells[key].textContent = found.length > 1 ? fill(this.panel.data.texts.percent, { n: numbers }) : "–";
    }
  }
}
