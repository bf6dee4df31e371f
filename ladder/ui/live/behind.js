// The curves of a tab's earlier runs, which are drawn behind those of the run in view: fetched once, or each second
// while such a run is trained on its server.

import { address } from "./addresses.js";
import { Curves } from "./curves.js";
import { measurements, POINTS } from "./feed.js";
import { decodeFrame } from "./frames.js";

const LATEST = 5; // runs that are drawn by themselves; older ones are drawn where they are pinned
const WAIT_MS = 1000; // between two questions after a run that is trained
const ENDED = ["diverged", "failed"]; // the statuses of runs that train no further

export class Behind {
  // changed(): called after curves have come. `rows`: the tab's list (ui/run_list.py). `curves`: by run, {told, points,
  // measured} as of Feed.
  constructor(changed) {
    Object.assign(this, { changed, rows: [], curves: new Map(), asked: new Set(), view: null });
  }

  follow(rows, view) {
    // Takes the list, and the run in view.
    Object.assign(this, { rows, view });
    for (const run of this.curves.keys()) if (!rows.some((row) => row.run === run)) this.curves.delete(run);
    this.ask();
  }

  drawn() {
    // The rows that are drawn behind the run in view, the oldest first.
    const others = this.rows.filter((row) => row.run !== this.view && !row.gone);
    const latest = others.slice(-LATEST);
    return others.filter((row) => !row.hidden && (row.pinned || latest.includes(row)));
  }

  earlier() {
    // The runs that are drawn and whose curves have come: [{row, told, points, measured}, ...].
    return this.drawn().flatMap((row) => (this.curves.has(row.run) ? [{ row, ...this.curves.get(row.run) }] : []));
  }

  update(row) {
    // How many updates a run of the list has done, as far as this page knows.
    return Math.max(row.update, this.curves.get(row.run)?.told.update ?? 0);
  }

  trains(row) {
    // Whether the run is still on its way to the update that it was begun for.
    return !row.gone && this.update(row) < row.until && !ENDED.includes(this.curves.get(row.run)?.told.status);
  }

  ask() {
    // Fetches the curves that are missing, or older than what the list says.
    clearTimeout(this.again);
    const drawn = this.drawn();
    for (const row of this.rows) {
      const known = this.curves.get(row.run)?.told.update ?? -1;
      if (row.run !== this.view && ((drawn.includes(row) && known < row.update) || this.trains(row))) this.fetch(row);
    }
  }

  async fetch({ run, until }) {
    if (this.asked.has(run)) return;
    this.asked.add(run);
    try {
      const response = await fetch(address(`curves/${run}?until=${until}`));
      if (response.ok && !this.closed) this.take(run, decodeFrame(await response.arrayBuffer()));
    } catch {
      // the server or the network is away: the live channel says so, and the next question may find it again
    }
    this.asked.delete(run);
    clearTimeout(this.again);
    if (!this.closed && this.rows.some((row) => this.trains(row))) this.again = setTimeout(() => this.ask(), WAIT_MS);
  }

  take(run, { header, arrays }) {
    const [points, measured] = [new Curves(), new Curves()];
    points.add(arrays, POINTS);
    measured.add(arrays, measurements(arrays));
    this.curves.set(run, { told: header, points, measured });
    this.changed();
  }

  close() {
    this.closed = true;
    clearTimeout(this.again);
  }
}
