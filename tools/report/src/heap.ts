// Answers of the worker: sums by site, grouped as the page asks.

import { type Body, type Still, lastFolded } from "./body";
import { type CallTree, TreeMaker, summed } from "./calls";
import { type Grouping, SiteGroups } from "./groups";
import { laidOut } from "./layout";
import { compared } from "./order";
import type {
  BudgetFigures,
  Facts,
  Leak,
  Picture,
  Selection,
  Series,
  SeriesBy,
  SiteLine,
  SortBy,
  StillFacts,
  ThreadLine,
  UnnamedModule,
} from "./protocol";
import * as S from "./streams";

const SPARKS = 48; // points of a sparkline

// A search of the page: a text, or /a regular expression/.
export function matcher(search: string): ((text: string) => boolean) | null {
  if (search === "") return null;
  const regular = /^\/(.+)\/(i?)$/.exec(search);
  if (regular) {
    try {
      const expression = new RegExp(regular[1], regular[2]);
      return (text) => expression.test(text);
    } catch {
      return () => false;
    }
  }
  return (text) => text.includes(search);
}

export class Heap {
  readonly streams: S.SiteStreams;
  private readonly threadStreams: S.SiteStreams;
  private readonly trees: TreeMaker;
  private readonly groups: SiteGroups;
  private sent: CallTree | null = null;
  private readonly siteCount: number;

  constructor(private readonly body: Body) {
    this.streams = new S.SiteStreams(body.streams);
    this.threadStreams = new S.SiteStreams(body.threadStreams);
    this.trees = new TreeMaker(body);
    this.groups = new SiteGroups(body);
    this.siteCount = body.sites.leaf.length;
  }

  // By row: its place among so many points that stand for as many game frames each.
  private bins(points: number): Uint32Array {
    const { gameFrames } = this.body.rows;
    const all = gameFrames.reduce((sum, count) => sum + count, 0);
    let passed = 0;
    return gameFrames.map((count) => {
      const bin = Math.floor((passed * points) / all);
      passed += count;
      return bin;
    });
  }

  // Live bytes, or bytes allocated, of each group over the whole recording.
  private sparks(grouping: Grouping, figure: number): Float32Array[] {
    const known = grouping.sparks.get(figure);
    if (known) return known;
    const rows = this.body.rows.number.length;
    const points = Math.min(SPARKS, rows);
    const binOf = this.bins(points);
    const bins = grouping.groups.map(() => new Float32Array(points));
    for (let site = 0; site < this.siteCount; ++site) {
      const bin = bins[grouping.ofSite[site]];
      this.streams.forEachRun(site, (run) => {
        const growth = run.growth[figure];
        if (growth === 0) return;
        for (let i = 0, row = run.row; i < run.count; ++i, row += run.gap) bin[binOf[row]] += growth;
      });
    }
    if (figure === S.LIVE_BYTES) for (const bin of bins) for (let i = 1; i < points; ++i) bin[i] += bin[i - 1];
    grouping.sparks.set(figure, bins);
    return bins;
  }

  // Whether any frame of a site's stack matches, by site; and by node of the recorded tree.
  private matches(search: string): Uint8Array | null {
    const matches = matcher(search);
    if (!matches) return null;
    const { frames } = this.body.names;
    const byFrame = Uint8Array.from(frames.fn, (_, frame) =>
      matches(this.groups.functionOf(frame)) || matches(this.groups.placeOf(frame)) ? 1 : 0,
    );
    const byNode = new Uint8Array(this.body.parent.length);
    for (let node = 1; node < byNode.length; ++node) {
      byNode[node] = byNode[this.body.parent[node]] | byFrame[this.body.frame[node]];
    }
    return Uint8Array.from(this.body.sites.leaf, (leaf) => byNode[leaf]);
  }

  picture(selection: Selection, most: number): Picture {
    const started = performance.now();
    const { view, unit, a } = selection;
    const b = view === "peak" ? selection.peak : selection.b;
    const wantsBytes = unit === "bytes";
    const grown = new Float64Array(this.siteCount);
    const shrunk = new Float64Array(this.siteCount);
    const grouping = this.groups.by(selection.group);
    const groups = grouping.groups.map(() => new Float64Array(9)); // grown, shrunk, blocks, live, allocs, frees, temp, live before, blocks before
    const found = this.matches(selection.search);
    const allBefore = this.streams.allUpTo(view === "peak" ? -1 : a);
    const allNow = this.streams.allUpTo(b);
    let foundGrown = 0;
    let foundShrunk = 0;
    for (let site = 0; site < this.siteCount; ++site) {
      if (selection.only && found && !found[site]) continue;
      const from = site * S.FIGURES;
      const now = allNow.subarray(from, from + S.FIGURES);
      const before = allBefore.subarray(from, from + S.FIGURES);
      let value = 0;
      let blocks = 0;
      switch (view) {
        case "live":
        case "peak":
          value = now[wantsBytes ? S.LIVE_BYTES : S.LIVE_BLOCKS];
          blocks = now[S.LIVE_BLOCKS];
          break;
        case "growth":
          value = now[wantsBytes ? S.LIVE_BYTES : S.LIVE_BLOCKS] - before[wantsBytes ? S.LIVE_BYTES : S.LIVE_BLOCKS];
          blocks = now[S.LIVE_BLOCKS] - before[S.LIVE_BLOCKS];
          break;
        case "allocated":
          value = now[wantsBytes ? S.ALLOC_BYTES : S.ALLOCS] - before[wantsBytes ? S.ALLOC_BYTES : S.ALLOCS];
          blocks = now[S.ALLOCS] - before[S.ALLOCS];
          break;
        case "temporaries":
          value = now[wantsBytes ? S.TEMPORARY_BYTES : S.TEMPORARIES] - before[wantsBytes ? S.TEMPORARY_BYTES : S.TEMPORARIES];
          blocks = now[S.TEMPORARIES] - before[S.TEMPORARIES];
          break;
      }
      grown[site] = Math.max(value, 0);
      shrunk[site] = Math.max(-value, 0);
      if (found && found[site]) {
        foundGrown += grown[site];
        foundShrunk += shrunk[site];
      }
      const group = groups[grouping.ofSite[site]];
      group[0] += grown[site];
      group[1] += shrunk[site];
      group[2] += blocks;
      group[3] += now[S.LIVE_BYTES];
      group[4] += now[S.ALLOCS] - before[S.ALLOCS];
      group[5] += now[S.FREES] - before[S.FREES];
      group[6] += now[S.TEMPORARIES] - before[S.TEMPORARIES];
      group[7] += before[S.LIVE_BYTES];
      group[8] += before[S.LIVE_BLOCKS];
    }
    const tree = this.trees.make(selection);
    const sums = summed(tree, grown, shrunk);
    const lines = this.lines(grouping, groups, most, selection);
    const isSame = this.sent === tree;
    this.sent = tree;
    return {
      tree: isSame ? null : tree,
      layout: laidOut(tree, sums.grown, sums.shrunk),
      grown: sums.grown,
      shrunk: sums.shrunk,
      found: this.foundNodes(tree, selection.search),
      foundGrown,
      foundShrunk,
      lines,
      lineCount: groups.filter((group) => group[0] !== 0 || group[1] !== 0).length,
      allGrown: sums.grown[0],
      allShrunk: sums.shrunk[0],
      milliseconds: performance.now() - started,
    };
  }

  private foundNodes(tree: CallTree, search: string): Uint8Array {
    const matches = matcher(search);
    if (!matches) return new Uint8Array(0);
    const known = new Map<number, number>();
    return Uint8Array.from(tree.frame, (frame, node) => {
      if (frame < 0) return tree.label[node] >= 0 && matches(this.groups.text(tree.label[node])) ? 1 : 0;
      let found = known.get(frame);
      if (found === undefined) {
        found = matches(this.groups.functionOf(frame)) || matches(this.groups.placeOf(frame)) ? 1 : 0;
        known.set(frame, found);
      }
      return found;
    });
  }

  private lines(grouping: Grouping, groups: Float64Array[], most: number, selection: Selection): SiteLine[] {
    const { view, sort, ascending } = selection;
    const order = groups.map((_, i) => i).filter((i) => groups[i][0] !== 0 || groups[i][1] !== 0);
    const weight = (i: number): number => (view === "growth" ? Math.abs(groups[i][0] - groups[i][1]) : groups[i][0]);
    const byKey = (i: number, j: number): number => (grouping.groups[i].key < grouping.groups[j].key ? -1 : 1);
    order.sort((i, j) => weight(j) - weight(i) || byKey(i, j));
    // Those that are equal by what was asked for stay in the usual order.
    const figureOf = this.figure(groups, sort);
    const sign = ascending ? 1 : -1;
    if (sort === "name") order.sort((i, j) => sign * compared(grouping.groups[i].name, grouping.groups[j].name));
    else if (figureOf) order.sort((i, j) => sign * (figureOf(i) - figureOf(j)));
    const figures = { live: S.LIVE_BYTES, peak: S.LIVE_BYTES, growth: S.LIVE_BYTES, allocated: S.ALLOC_BYTES, temporaries: S.TEMPORARY_BYTES };
    const sparks = this.sparks(grouping, figures[view]);
    return order.slice(0, most).map((i) => {
      const [grown, shrunk, blocks, liveBytes, allocs, frees, temporaries, liveBefore] = groups[i];
      const { key, name, place, title } = grouping.groups[i];
      const state = liveBefore === 0 && liveBytes > 0 ? "new" : liveBefore > 0 && liveBytes === 0 ? "gone" : "";
      return { key, name, place, title, grown, shrunk, blocks, liveBytes, allocs, frees, temporaries, state, spark: sparks[i] };
    });
  }

  private figure(groups: Float64Array[], sort: SortBy): ((group: number) => number) | null {
    switch (sort) {
      case "value":
        return (i) => groups[i][0] - groups[i][1];
      case "blocks":
        return (i) => groups[i][2];
      case "live":
        return (i) => groups[i][3];
      case "allocs":
        return (i) => groups[i][4];
      case "short":
        return (i) => (groups[i][4] > 0 ? groups[i][6] / groups[i][4] : -1);
      default:
        return null;
    }
  }

  // Live bytes and allocations by row, of the largest names; what is left is one series, the last.
  series(by: SeriesBy): Series {
    const { names, sites, rows } = this.body;
    const count = rows.number.length;
    if (by === "all") return { names: ["all"], live: [rows.liveBytes], allocs: [rows.mostAllocs], allocBytes: [rows.mostAllocBytes] };
    // What is drawn: streams, and which name each belongs to.
    const streams = by === "thread" ? this.threadStreams : this.streams;
    const texts = by === "domain" ? names.domains : by === "tag" ? names.tags : names.threads;
    const nameOf = by === "domain" ? sites.domain : by === "tag" ? sites.tag : this.body.threads;
    const nameText = (i: number): string => (i < texts.length ? this.groups.text(texts[i]) : "other threads");
    const weights = new Map<number, number>();
    const sums = new Float64Array(S.FIGURES);
    for (let stream = 0; stream < streams.count; ++stream) {
      streams.upTo(stream, count, sums);
      weights.set(nameOf[stream], (weights.get(nameOf[stream]) ?? 0) + sums[S.ALLOC_BYTES]);
    }
    const largest = [...weights.keys()].filter((i) => weights.get(i)! > 0).sort((i, j) => weights.get(j)! - weights.get(i)!);
    const shown = largest.slice(0, 7);
    const place = new Map(shown.map((name, i) => [name, i]));
    const rest = largest.length > shown.length ? 1 : 0;
    const zeros = (): Float64Array[] => Array.from({ length: shown.length + rest }, () => new Float64Array(count));
    const made: Series = {
      names: [...shown.map(nameText), ...(rest ? [`${largest.length - shown.length} others`] : [])],
      live: zeros(),
      allocs: zeros(),
      allocBytes: zeros(),
    };
    for (let stream = 0; stream < streams.count; ++stream) {
      const to = place.get(nameOf[stream]) ?? shown.length;
      if (to < made.live.length) this.addSeries(streams, stream, made.live[to], made.allocs[to], made.allocBytes[to]);
    }
    for (const live of made.live) for (let i = 1; i < count; ++i) live[i] += live[i - 1];
    // Of several game frames in a row, each name's own worst one is not known.
    for (const sums of [...made.allocs, ...made.allocBytes]) rows.gameFrames.forEach((all, row) => (sums[row] /= all));
    return made;
  }

  private addSeries(streams: S.SiteStreams, stream: number, live: Float64Array, allocs: Float64Array, allocBytes: Float64Array): void {
    streams.forEachRun(stream, (run) => {
      const { growth, gap, count } = run;
      for (let i = 0, row = run.row; i < count; ++i, row += gap) {
        live[row] += growth[S.LIVE_BYTES];
        allocs[row] += growth[S.ALLOCS];
        allocBytes[row] += growth[S.ALLOC_BYTES];
      }
    });
  }

  private stillFacts(still: Still): StillFacts {
    const labels = new Map<number, number>();
    const cellName: string[] = [];
    const cellLabel = Uint32Array.from(still.cellSite, (site) => {
      const frame = this.groups.pickedFrame(site);
      let label = labels.get(frame);
      if (label === undefined) {
        label = cellName.length;
        labels.set(frame, label);
        cellName.push(`${this.groups.functionOf(frame)}  ${this.groups.placeOf(frame)}`);
      }
      return label;
    });
    const { classes, threads, cellShift, cell, cellBytes, cellBlocks } = still;
    return { classes, threads, cellShift, cell, cellBytes, cellBlocks, cellName, cellLabel };
  }

  facts(): Facts {
    const grouping = this.groups.by("lineno");
    const counts = grouping.groups.map(() => new Array<number>(10).fill(0));
    const whole = new Array<number>(10).fill(0);
    this.body.lifetimes.forEach((sites, bin) => {
      sites.forEach((count, site) => {
        counts[grouping.ofSite[site]][bin] += count;
        whole[bin] += count;
      });
    });
    const order = counts.map((_, i) => i).filter((i) => counts[i][0] > 0);
    order.sort((i, j) => counts[j][0] - counts[i][0]);
    const lines = order.slice(0, 30).map((i) => ({
      name: grouping.groups[i].name,
      place: grouping.groups[i].place,
      counts: counts[i],
    }));
    return {
      lifetimes: { whole, lines },
      sizeGroups: this.body.sizeGroups,
      threadGroups: this.body.threadGroups,
      peak: this.stillFacts(this.body.peak),
      last: this.stillFacts(this.body.last),
    };
  }

  // Blocks born in game frames `from` to `to`, both included, that live at the end: in the last whole game frame before the program shut down.
  leaks(from: number, to: number): { leaks: Leak[]; blocks: number; bytes: number } {
    const grouping = this.groups.by("lineno");
    const { birthSite, born, birthBlocks, birthBytes } = this.body.last;
    const sums = new Map<number, Leak>();
    let blocks = 0;
    let bytes = 0;
    for (let i = 0; i < birthSite.length; ++i) {
      if (born[i] < from || born[i] > to) continue;
      blocks += birthBlocks[i];
      bytes += birthBytes[i];
      const number = grouping.ofSite[birthSite[i]];
      const { name, place } = grouping.groups[number];
      let leak = sums.get(number);
      if (!leak) sums.set(number, (leak = { name, place, blocks: 0, bytes: 0, first: born[i], last: born[i] }));
      leak.blocks += birthBlocks[i];
      leak.bytes += birthBytes[i];
      leak.first = Math.min(leak.first, born[i]);
      leak.last = Math.max(leak.last, born[i]);
    }
    const leaks = [...sums.values()].sort((x, y) => y.bytes - x.bytes || (x.place < y.place ? -1 : 1));
    return { leaks: leaks.slice(0, 200), blocks, bytes };
  }

  threads(a: number, b: number): ThreadLine[] | null {
    const { names, threads } = this.body;
    if (this.threadStreams.count === 0) return null;
    const before = this.threadStreams.allUpTo(a);
    const now = this.threadStreams.allUpTo(b);
    const lines = threads.map((thread, stream) => {
      const figure = (which: number): number => now[stream * S.FIGURES + which];
      const between = (which: number): number => figure(which) - before[stream * S.FIGURES + which];
      return {
        name: thread < names.threads.length ? this.groups.text(names.threads[thread]) : "other threads",
        allocs: between(S.ALLOCS),
        allocBytes: between(S.ALLOC_BYTES),
        frees: between(S.FREES),
        freedBytes: between(S.FREED_BYTES),
        liveBlocks: figure(S.LIVE_BLOCKS),
        liveBytes: figure(S.LIVE_BYTES),
      };
    });
    const isShown = (line: ThreadLine): boolean => line.allocs !== 0 || line.frees !== 0 || line.liveBlocks !== 0;
    return lines.filter(isShown).sort((x, y) => y.allocs - x.allocs || y.liveBytes - x.liveBytes);
  }

  modules(): UnnamedModule[] {
    const { frames } = this.body.names;
    const found = new Map<number, UnnamedModule>();
    frames.module.forEach((module, frame) => {
      let entry = found.get(module);
      if (!entry) found.set(module, (entry = { module: this.groups.text(module) || "<unknown>", frames: 0, unnamed: 0, lineless: 0 }));
      ++entry.frames;
      if (this.groups.text(frames.fn[frame]) === "") ++entry.unnamed;
      else if (frames.line[frame] === 0) ++entry.lineless;
    });
    return [...found.values()].sort((x, y) => y.frames - x.frames);
  }

  // Of a name as budgets have it: a tag and those below it, domain:NAME, thread:NAME, or *. Null for threads of a reel
  // that does not say what they did.
  budget(name: string): BudgetFigures | null {
    const { rows } = this.body;
    const count = rows.number.length;
    const isThread = name.startsWith("thread:");
    if (isThread && this.threadStreams.count === 0) return null;
    const live = new Float64Array(count);
    const allocs = new Float64Array(count);
    const allocBytes = new Float64Array(count);
    if (name === "*") {
      live.set(rows.liveBytes);
      allocs.set(rows.allocs);
      allocBytes.set(rows.allocBytes);
    } else {
      const streams = isThread ? this.threadStreams : this.streams;
      for (let stream = 0; stream < streams.count; ++stream) {
        if (this.isMeant(name, stream, isThread)) this.addSeries(streams, stream, live, allocs, allocBytes);
      }
      for (let i = 1; i < count; ++i) live[i] += live[i - 1];
    }
    // As `heapreel run`: game frames that were merged are not checked, nor what came after the last boundary.
    // Nor those that are one row with others: what each of them did is not there any more.
    const from = lastFolded(rows) + 1;
    for (const figures of [allocs, allocBytes, live]) figures.fill(0, 0, from);
    for (let row = from; row < count; ++row) {
      const isMerged = (rows.flags[row] & 1) !== 0 || (row > 0 && (rows.flags[row - 1] & 1) !== 0);
      if (isMerged || rows.flags[row] & 2) allocs[row] = allocBytes[row] = 0;
      if (rows.flags[row] !== 0) live[row] = 0;
    }
    const worstOf = (figures: Float64Array): number => figures.reduce((best, x, i) => (x > figures[best] ? i : best), 0);
    const worstRow = { allocs: worstOf(allocs), allocBytes: worstOf(allocBytes), liveBytes: worstOf(live) };
    const worst = {
      allocs: allocs[worstRow.allocs],
      allocBytes: allocBytes[worstRow.allocBytes],
      liveBytes: live[worstRow.liveBytes],
    };
    return { worst, worstRow, allocs, allocBytes, liveBytes: live, from };
  }

  private isMeant(name: string, stream: number, isThread: boolean): boolean {
    const { names, sites, threads } = this.body;
    if (isThread) {
      // "worker (1234)": the name, and the kernel's number.
      const thread = threads[stream];
      return thread < names.threads.length && this.groups.text(names.threads[thread]).replace(/ \(\d+\)$/, "") === name.slice(7);
    }
    if (name.startsWith("domain:")) return this.groups.text(names.domains[sites.domain[stream]]) === name.slice(7);
    const tag = this.groups.text(names.tags[sites.tag[stream]]);
    return tag === name || tag.startsWith(`${name}/`);
  }
}
