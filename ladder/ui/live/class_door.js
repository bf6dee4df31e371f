// The forms of the page of a class: joining it by its code, the teacher's door, and leaving.

import { address } from "./addresses.js";
import { Board } from "./board.js";
import { mounting } from "./mounting.js";

/** Asks a door of the server (server/class_routes.py). Returns its refusal, a sentence, "" where it has let us in. */
export async function knock(door, words) {
  const answer = await fetch(address(`class/${door}`), { method: "POST", body: JSON.stringify(words) });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).refusal;
}

class Door extends Board {
  shape() {
    return [this.data.parts, this.data.code];
  }

  build() {
    this.root.className = "ll-root ll-class-door";
    for (const part of this.data.parts) this.root.append(this[part]());
  }

  updated() {}

  join() {
    const { texts, code, most, after } = this.data;
    const fields = [
      this.field("code", texts.code, code, { maxlength: 12, autocapitalize: "characters", placeholder: texts.code_example }),
      this.field("name", texts.nickname, "", { maxlength: 2 * most, autocomplete: "nickname" }),
    ];
    return this.form("join", fields, texts.join, () => location.assign(`${address("")}?${after}`), (words) => this.elsewhere(words.code));
  }

  teach() {
    const { texts } = this.data;
    const box = this.element("details", "ll-class-teach");
    const fields = [this.field("code", texts.teacher_code, "", { maxlength: 20 })];
    const form = this.form("teach", fields, texts.teach, () => location.assign(address("class")));
    box.append(this.element("summary", "", texts.i_teach), this.element("p", "", texts.teach_note), form);
    return box;
  }

  leave() {
    return this.form("leave", [], this.data.texts.leave, () => location.assign(address("class")));
  }

  field(name, label, value, attributes) {
    // A labelled field for a word that has to be there.
    const box = this.element("label", "ll-class-field");
    const field = this.element("input", "", undefined, { name, required: "", autocomplete: "off", spellcheck: "false", type: "text", ...attributes });
    field.value = value;
    box.append(this.element("span", "", label), field);
    return box;
  }

  elsewhere(code) {
    // Where the code is that of another server's class, goes there: the proxy tells the servers apart by the code's first
    // letter. Returns whether it did. A code with which the page was opened has been there already.
    const { replica, code: opened } = this.data;
    const letter = code.trim()[0]?.toUpperCase();
    if (!replica || letter === replica || code.trim() === opened) return false;
    location.assign(`${address("class")}?code=${encodeURIComponent(code.trim())}`);
    return true;
  }

  form(door, fields, text, done, leaves = () => false) {
    // A form that asks a door, shows its refusal, and calls done() where it has let us in. leaves(words): whether another
    // page is on its way instead.
    const form = this.element("form", "ll-class-form");
    const button = this.element("button", "ll-button ll-class-main", text, { type: "submit" });
    const refused = this.element("p", "ll-class-refused", "", { role: "alert" });
    form.append(...fields, button, refused);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const words = { ...Object.fromEntries(new FormData(form)), language: this.data.language };
      if (leaves(words)) return;
      button.disabled = true;
      refused.textContent = "";
      const refusal = await knock(door, words).catch(() => this.data.texts.unreachable);
      button.disabled = Boolean(!refusal);
      refused.textContent = refusal;
      if (!refusal) done();
    });
    return form;
  }
}

export default mounting(Door);
