// What a lesson on the page Compare knows of its comparison, by the names of teaching/lesson.py, and where its steps point.

import { formatPercent } from "./words.js";

const BUTTONS = { play: "play", step: "step", reset: "reset" };
const SECTIONS = { "compare.inside": ".st-key-compare_inside", "compare.seeds": ".st-key-compare_seeds", share: ".st-key-race-share, .st-key-race\\.share" };
const SIDEBAR = "[data-testid=stSidebar]"; // contestants, and all other choices

/** The values of a comparison by the names that a lesson's answers have in braces, as texts. */
export function shown({ update, errors }, texts) {
  const found = { update: String(update) };
  for (const [model, error] of Object.entries(errors)) found[`test_error_${model}`] = formatPercent(error, texts);
  return found;
}

/** The CSS selector of what a step points at, "" for nothing. */
export function pointed(point) {
  if (!point) return "";
  if (point in BUTTONS) return `.st-key-race-button-${BUTTONS[point]} button, .st-key-race\\.button\\.${BUTTONS[point]} button`;
  if (point in SECTIONS) return SECTIONS[point];
  const [, card] = point.match(/^(?:compare|card)\.(\w+)$/) ?? [];
  return card && card !== "contestants" ? `.ll-race .ll-card.ll-${card}` : SIDEBAR;
}

/** The comparison in view at its last measurement; null while it is not known. Of two contestants of one model the first
 * counts. Errors are fractions. */
export function runInView({ feed, data }) {
  const updates = feed.measured.get("eval_update");
  if (feed.told?.contestants?.length !== data.contestants.length || !updates.length) return null;
  const each = data.contestants.map(({ model }, c) => [model, feed.measured.get(`error/${c}`).at(-1)]);
  const errors = Object.fromEntries(each.toReversed());
  return {
    id: data.run, seeds: data.seeds, update: updates.at(-1), choices: data.choices, errors, test_error: errors.ladder,
    twin_error: errors.twin,
  };
}

/** The page, as Lesson takes it. */
export const RACE = { run: runInView, shown, pointed };
