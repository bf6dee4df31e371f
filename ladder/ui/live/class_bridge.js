// What the class strip and the other panels of a page say to each other. Each panel's script is joined by itself, so that
// they meet at the window.

const SAID = "ladder-class"; // the class, as a student's browser is sent it (teaching/class_views.py), to the panels
const DONE = "ladder-done"; // what a student does, to the strip

/** Tells the panels of the page the class; null for none. */
export function tellPanels(view) {
  window.ladderClass = view;
  window.dispatchEvent(new CustomEvent(SAID));
}

/** The class as the strip was told it last; null for none. */
export function classNow() {
  return window.ladderClass ?? null;
}

/** Tells the strip where the student is, kind "place" with {run, lesson, step}, what it has answered in a lesson, kind
 * "answer" with {lesson, which, value}, or that it has handed it in, kind "hand_in" with {lesson, run}, and of a comparison
 * the hand-in as a text, {text}. */
export function tellStrip(kind, values) {
  window.ladderPlace = kind === "place" ? values : window.ladderPlace; // for a strip that is mounted later
  window.dispatchEvent(new CustomEvent(DONE, { detail: { kind, values } }));
}

/** Where the student is, as it was told last. */
export function placeNow() {
  return window.ladderPlace ?? null;
}

/** Has heard() called after each tellPanels. Returns a function that ends it. */
export function hearClass(heard) {
  window.addEventListener(SAID, heard);
  return () => window.removeEventListener(SAID, heard);
}

/** Has heard(kind, values) called after each tellStrip. Returns a function that ends it. */
export function hearStudent(heard) {
  const take = ({ detail }) => heard(detail.kind, detail.values);
  window.addEventListener(DONE, take);
  return () => window.removeEventListener(DONE, take);
}
