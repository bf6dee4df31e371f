// A lesson's prediction that is drawn: what the card says of it, and the drawing in the chart that shows this curve.

import { empty, whole } from "./curve_pad.js";
import { apart, chartOf, realCurve, Sketch, updateOf } from "./sketch.js";
import { fill, format, formatPercent } from "./words.js";

/** A curve's first and last update. prediction: as ui/lessons.py gives it; begun: the run at the step's beginning. */
export function spanOf({ until, anew }, begun) {
  return [anew || begun.update >= until ? 0 : begun.update, until];
}

/** A value of a curve as text, and the distance between two of them. */
export function curveWords(of, texts) {
  const share = of.endsWith("error");
  const say = (value) => (share ? formatPercent(value, texts) : format(value).replace("-", "−"));
  const far = (value) => (share ? fill(texts["lesson.points"], { n: (100 * value).toFixed(1) }) : format(value));
  return { say, far };
}

export class LessonCurve {
  // lesson: the Lesson.
  constructor(lesson) {
    Object.assign(this, { lesson, panel: lesson.panel, sketch: null });
  }

  get asked() {
    // The present step's prediction where it is a curve and its run is known.
    const { prediction } = this.lesson.step ?? {};
    return prediction?.curve && this.lesson.state.begun ? prediction : null;
  }

  get span() {
    return spanOf(this.asked, this.lesson.state.begun);
  }

  get name() {
    // What is drawn, in words.
    const { texts, layers } = this.panel.data;
    const [, kind, l] = this.asked.curve.match(/^([a-z_]+?)(\d*)$/);
    return fill(texts[`lesson.of.${kind}`], { layer: layers[l]?.short ?? `l=${l}` });
  }

  get fits() {
    // Whether the chart shows this curve as it is drawn: the plain costs.
    return chartOf(this.asked.curve) !== "costs" || this.panel.data.view.costs === "raw";
  }

  get isNew() {
    // Whether the chart is another one than that of the drawing, or shows the curve now where it did not, or no more.
    return (this.asked && this.fits ? this.chart : undefined) !== this.sketch?.chart;
  }

  // --- in the card

  parts(given, locked) {
    const { panel } = this;
    if (!this.asked) return [];
    const { texts } = panel.data;
    const box = panel.element("div", "ll-lesson-number");
    const [from, until] = this.span;
    if (given) {
      const said = panel.element("p", "", fill(texts["lesson.said_curve"], { points: this.told(given) }));
      if (!locked) box.append(panel.button(texts["lesson.redraw"], () => this.lesson.takeBack(given)));
      return [said, box];
    }
    const note = panel.element("span", "ll-lesson-note", fill(texts["lesson.draw"], { curve: this.name, from, until }));
    if (!this.fits) return [note, panel.element("p", "ll-lesson-waits", texts["lesson.plain_costs"])];
    this.clear = panel.button(texts["lesson.clear"], () => this.begin(empty()));
    this.give = panel.button(texts["lesson.give"], () => this.lesson.guess(whole(this.draft)));
    this.give.classList.add("ll-lesson-give");
    box.append(note, panel.button(texts["lesson.to_chart"], () => this.reach()), this.clear, this.give);
    this.enable();
    return [box];
  }

  told(values) {
    // A drawn curve in words: its first, middle and last point.
    const { texts } = this.panel.data;
    const { say } = curveWords(this.asked.curve, texts);
    const last = values.length - 1;
    const point = (k) => fill(texts.named, { name: fill(texts["lesson.at_update"], { n: Math.round(updateOf(this.span, k, values.length)) }), value: say(values[k]) });
    return [0, last / 2, last].map((k) => point(Math.round(k))).join(texts.comma);
  }

  enable() {
    // Nothing else changes, as the chart would move under the hand that draws.
    this.give.disabled = this.clear.disabled = !whole(this.draft);
  }

  compared(found) {
    // The sentence on how far the drawn curve and the real one, as it was found, lie apart.
    const { texts } = this.panel.data;
    const { say, far } = curveWords(this.asked.curve, texts);
    const words = { mean: far(found.mean), end: far(found.end), said: say(found.said), is: say(found.is) };
    return fill(texts["lesson.apart"], words);
  }

  measured(values) {
    // How far the drawn curve lies from the real one of the run in view; null where nothing was drawn.
    if (!this.asked || !values) return null;
    return apart(values, this.span, ...realCurve(this.panel.feed, this.asked.curve, this.panel.data.layers.length));
  }

  // --- in the chart

  get draft() {
    return this.lesson.state.draft ?? empty();
  }

  get chart() {
    return this.panel.drawer?.charts.find(({ name }) => name === chartOf(this.asked.curve));
  }

  begin(values) {
    // Takes what is drawn so far; the chart's drawing begins anew.
    this.lesson.draw(values);
    this.end();
    this.follow();
    this.enable();
  }

  follow() {
    // Puts the drawing of the present step into its chart, and takes that of another step away.
    const chart = this.asked && this.fits ? this.chart : null;
    const { state, key } = this.lesson;
    const given = state.guesses?.[state.at];
    const name = chart && JSON.stringify([key, state.at, this.span, given, this.panel.color("drawn")]);
    if (chart === this.sketch?.chart && name === this.sketchName) return;
    if (!chart && !this.sketch) return;
    this.end();
    if (!chart) return;
    this.sketchName = name;
    const { curve: of, low, high } = this.asked;
    const moved = (values) => {
      this.lesson.draw(values);
      this.enable();
    };
    this.sketch = new Sketch(chart, { of, low, high, span: this.span, values: given ?? this.draft, open: !given, moved });
    this.card = chart.element.closest(".ll-card");
    this.panel.presenter.want(this.card);
    if (!given) this.panel.zoomTo(null);
    this.show();
  }

  show() {
    // Brings the chart into sight where cards are swiped through.
    const grid = this.card.parentElement;
    if (grid.scrollWidth > grid.clientWidth) grid.scrollTo({ left: this.card.offsetLeft - grid.offsetLeft });
  }

  reach() {
    this.card?.scrollIntoView({ block: "nearest", inline: "center" });
    this.sketch?.focus();
  }

  end() {
    this.sketch?.close();
    this.sketch = null;
    this.panel.presenter?.want(null);
  }
}
