// The trained ladder as files for other programs: a button, and a dialog with a line for each kind of file.

import { address } from "./addresses.js";
import { saveAs } from "./export.js";

export function modelButton(panel) {
  // A fragment with the button and its dialog.
  const { texts } = panel.data;
  const files = [ // its name on the server (portable/model_files.py), and the words beside it
    ["ladder.onnx", texts["model.onnx"]],
    ["ladder.safetensors", texts["model.tensors"]],
    ["ladder.json", texts["model.json"]],
    ["run.py", texts["model.script"]],
  ];
  const query = new URLSearchParams({ run: panel.data.run, lang: panel.data.language });
  const button = panel.element("button", "ll-button ll-models-open", texts["model.button"], { type: "button", title: texts["model.help"] });
  const box = panel.element("div", "ll-help ll-models", undefined, { popover: "auto", role: "dialog", "aria-label": texts["model.button"] });
  const list = panel.element("ul", "ll-model-list");
  for (const [name, words] of files) {
    const line = list.appendChild(panel.element("li"));
    const save = panel.element("button", "ll-button", name, { type: "button" });
    save.addEventListener("click", () => saveFile(panel, save, name));
    line.append(save, panel.element("span", "", words));
  }
  const rows = panel.element("a", "ll-button", texts["model.predict"], { href: `${address("data")}?${query}#predict` });
  box.append(panel.element("p", "ll-help-title", texts["model.button"]), panel.element("p", "", texts["model.help"]), list, rows);
  button.popoverTargetElement = box;
  const both = document.createDocumentFragment();
  both.append(button, box);
  return both;
}

async function saveFile(panel, button, name) {
  // Saves one file of the panel's run. The panel's message says why where that fails.
  const { texts, run, language } = panel.data;
  let refusal = texts.export_failed;
  button.disabled = true;
  panel.notice = "";
  try {
    const answer = await fetch(address(`model/${run}/${name}?language=${language}`));
    if (answer.status === 404) refusal = (await answer.text()) || refusal; // a sentence in the visitor's language
    if (!answer.ok) throw new Error(`model: ${answer.status}`);
    saveAs(`ladder-lab-${run}${name.slice(name.lastIndexOf("."))}`, await answer.blob());
  } catch (error) {
    console.error(error);
    panel.notice = refusal;
  }
  button.disabled = false;
  panel.counters();
}
