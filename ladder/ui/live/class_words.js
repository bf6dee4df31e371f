// What the teacher's board says of students, in words.

import { fill, formatPercent } from "./words.js";

const MINUTE = 60; // seconds

/** A student's name, or, while names are hidden, its number. */
export function nameOf(member, hidden, texts) {
  return hidden ? fill(texts.student, { n: member.number }) : member.name;
}

/** Where a student is in a lesson. `lessons`: [{name, title, steps}]. */
export function placeOf(member, lessons, texts) {
  const { lesson, step } = member;
  if (!lesson) return "";
  const known = lessonOf(member, lessons);
  const title = known?.title ?? lesson;
  if (isDone(member, lessons)) return fill(texts.place_done, { title });
  return fill(texts.place, { title, n: step + 1, of: known?.steps ?? "?" });
}

function lessonOf({ lesson }, lessons) {
  return lessons.find(({ name }) => name === lesson);
}

function isDone(member, lessons) {
  return member.step >= (lessonOf(member, lessons)?.steps ?? Infinity);
}

/** The test error of a student's run, "" where it has none. `numbers`: what the server says of the run, or nothing. */
export function errorOf(numbers, texts) {
  return Number.isFinite(numbers?.error) ? fill(texts.error, { error: formatPercent(numbers.error, texts) }) : "";
}

/** Whether a run is on the server, and not only in the class's notes. `numbers`: what the server says of it, or nothing. */
export function isThere(numbers) {
  return Boolean(numbers) && numbers.status !== "recorded";
}

/** Whether a student needs the teacher, in words; "" for no. `now`: seconds, of the server's clock. */
export function needOf(member, now, lessons, texts) {
  const minutes = (since) => Math.max(0, Math.floor((now - since) / MINUTE));
  if (!member.admitted) return texts.waits;
  if (member.needs_help) return minutes(member.asked_at) ? fill(texts.needs_help, { n: minutes(member.asked_at) }) : texts.needs_help_now;
  if (!member.here) return texts.away;
  return member.stuck && !isDone(member, lessons) ? fill(texts.stuck, { n: minutes(member.since) }) : "";
}
