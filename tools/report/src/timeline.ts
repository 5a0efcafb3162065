// The two charts over all game frames, and the selection from A to B.

import { byId, color, make, striped } from "./dom";
import { counted, grouped, shown, sizeText } from "./format";
import type { Head } from "./head";
import { type Rows, lastFolded } from "./body";
import { nameOf } from "./numbers";
import type { Series } from "./protocol";
import type { RowIndex } from "./state";

// uPlot (MIT), which stands in a script of its own before this one.
interface Plot {
  ctx: CanvasRenderingContext2D;
  bbox: { left: number; top: number; width: number; height: number };
  over: HTMLElement;
  scales: Record<string, { min: number; max: number }>;
  valToPos(value: number, scale: string, canvas?: boolean): number;
  posToVal(pos: number, scale: string): number;
  setScale(scale: string, range: { min: number; max: number }): void;
  setSize(size: { width: number; height: number }): void;
  setCursor(at: { left: number; top: number }, fire?: boolean): void;
  cursor: { idx: number | null; left: number };
  destroy(): void;
  redraw(rebuildPaths?: boolean): void;
}
declare const uPlot: {
  new (options: unknown, data: ArrayLike<number>[], target: HTMLElement): Plot;
  paths: { stepped: (options: unknown) => unknown; linear: () => unknown };
};

const TONES = 4; // colours of a stacked chart; the next four series have them again, striped

const toneOf = (series: number): string => color(`--s${series % TONES}`);

function fillOf(series: number): string | CanvasPattern {
  return series < TONES ? toneOf(series) : striped(toneOf(series), color("--back"), 6, 1.5);
}

const HANDLE = 7; // how near the pointer must be to take A or B, in pixels

export class Timeline {
  private plots: Plot[] = [];
  private series: Series | null = null;
  private rate: "allocs" | "allocBytes" = "allocs";
  private a = 0; // rows
  private b = 0;
  private budgetLines: { value: number; name: string }[] = [];
  private zoom: { min: number; max: number } | null = null;

  constructor(
    private head: Head,
    private rows: Rows,
    private index: RowIndex,
    private readonly onSelect: (a: number, b: number, done: boolean) => void,
  ) {
    new ResizeObserver(() => this.resize()).observe(byId("live-chart"));
    for (const budget of head.budgets) {
      if (budget.name === "*" && budget.live_bytes !== undefined) {
        this.budgetLines.push({ value: budget.live_bytes, name: "budget" });
      }
    }
  }

  // The same recording, longer.
  update(head: Head, rows: Rows, index: RowIndex): void {
    this.head = head;
    this.rows = rows;
    this.index = index;
  }
  setSeries(series: Series): void {
    this.series = series;
    this.build();
    this.legend();
  }
  recolor(): void {
    this.build();
    this.legend();
  }
  setRate(rate: "allocs" | "allocBytes"): void {
    this.rate = rate;
    this.build();
  }
  setRange(a: number, b: number): void {
    this.a = a;
    this.b = b;
    this.values(b);
    for (const plot of this.plots) plot.redraw(false);
  }
  zoomOut(): void {
    this.zoom = null;
    byId("zoom-out").hidden = true;
    for (const plot of this.plots) plot.setScale("x", this.whole());
  }

  private whole(): { min: number; max: number } {
    const { number } = this.rows;
    const last = number[number.length - 1];
    return { min: number[0], max: last > number[0] ? last : number[0] + 1 };
  }

  private legend(): void {
    const place = byId("legend");
    place.replaceChildren();
    if (!this.series || this.series.names.length < 2) return;
    this.series.names.forEach((name, i) => {
      const swatch = make("i", { class: i < TONES ? "" : "striped" });
      swatch.style.backgroundColor = toneOf(i);
      place.append(make("span", { title: name }, swatch, `${shown(name).slice(0, 40)} `, make("b")));
    });
    this.values(this.b);
  }

  // Every series lies on those below it; the last is the sum.
  private stacked(figures: Float64Array[]): Float64Array[] {
    const sums: Float64Array[] = [];
    figures.forEach((values, i) => {
      sums.push(i === 0 ? values : values.map((value, row) => value + sums[i - 1][row]));
    });
    return sums;
  }

  build(): void {
    if (!this.series) return;
    for (const plot of this.plots) plot.destroy();
    const live = this.stacked(this.series.live);
    const rate = this.stacked(this.series[this.rate]);
    this.foldNote();
    this.plots = [
      this.plot("live-chart", live, (bytes) => sizeText(bytes), true),
      this.plot("rate-chart", rate, this.rate === "allocs" ? (count) => this.short(count) : (bytes) => sizeText(bytes), false),
    ];
  }

  // What a point stands for where it is not one game frame.
  private foldNote(): void {
    const { rows, series } = this;
    const last = lastFolded(rows);
    const most = rows.gameFrames.reduce((best, count) => Math.max(best, count), 0);
    const figure = series!.names.length < 2 ? "the most in any of them" : "their average";
    byId("fold-note").textContent = last < 0 ? "" : `up to game frame ${nameOf(this.head, rows.number[last])}: one point for up to ${grouped(most)} game frames, ${figure}`;
  }

  private short(count: number): string {
    if (count >= 1e6) return `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} M`;
    return count >= 1e4 ? `${(count / 1e3).toFixed(count < 1e5 ? 1 : 0)} k` : grouped(count);
  }

  private plot(id: string, data: Float64Array[], text: (value: number) => string, isLive: boolean): Plot {
    const place = byId(id);
    place.replaceChildren();
    const single = data.length === 1;
    const { most, isCut } = this.highest(data[data.length - 1]);
    if (!isLive) byId("cut-note").textContent = !isCut ? "" : `game frame ${nameOf(this.head, this.rows.number[0])} is cut off: ${text(data[data.length - 1][0])}`;
    const axis = { stroke: color("--soft"), grid: { stroke: color("--line"), width: 0.5 }, ticks: { show: false } };
    const font = `${parseFloat(getComputedStyle(document.documentElement).fontSize) - 2}px system-ui, sans-serif`;
    // The sum is drawn first, and each smaller one over it.
    const order = data.map((_, i) => data.length - 1 - i);
    const options = {
      width: place.clientWidth,
      height: place.clientHeight,
      legend: { show: false },
      padding: [6, 22, 0, 0],
      cursor: {
        sync: { key: "time" },
        drag: { x: false, y: false, setScale: false },
        points: { show: false },
        y: false,
      },
      scales: { x: { time: false, range: () => this.range() }, y: { range: () => [0, most > 0 ? most * 1.08 : 1] } },
      axes: [
        { ...axis, font, size: isLive ? 18 : 20, space: 70, gap: 2, values: (_: Plot, ticks: number[]) => ticks.map((x) => (Number.isInteger(x) ? nameOf(this.head, x) : "")) },
        { ...axis, font, size: 74, space: 26, gap: 4, splits: (_: Plot, _i: number, _low: number, high: number) => this.splits(high, id !== "rate-chart" || this.rate !== "allocs"), values: (_: Plot, ticks: number[]) => ticks.map(text) },
      ],
      series: [
        {},
        ...order.map((i) => ({
          stroke: color(single ? "--grow" : "--back"),
          fill: single ? color("--grow-wash") + "99" : fillOf(i),
          width: single ? 1.3 : 0.7,
          points: { show: false },
          paths: uPlot.paths.stepped({ align: -1 }),
        })),
      ],
      hooks: {
        drawClear: [(plot: Plot) => this.drawSelection(plot)],
        draw: [(plot: Plot) => this.draw(plot, isLive)],
        setCursor: [(plot: Plot) => this.hover(plot.cursor.left >= 0 ? plot.cursor.idx : null)],
      },
    };
    const plot = new uPlot(options, [this.rows.number, ...order.map((i) => data[i])], place);
    this.listen(plot);
    return plot;
  }

  // A program's start is often a hundred times as high as all that comes later, and would hide it.
  private highest(sums: Float64Array): { most: number; isCut: boolean } {
    let most = 0;
    for (let row = 1; row < sums.length; ++row) if (!(this.rows.flags[row] & 2)) most = Math.max(most, sums[row]);
    const isCut = most > 0 && sums[0] > 4 * most;
    return { most: isCut ? most : Math.max(most, sums[0]), isCut };
  }

  // Three or four lines at round values: powers of two for bytes.
  private splits(high: number, bytes: boolean): number[] {
    const least = high / 4.5;
    const base = bytes ? 1024 ** Math.max(0, Math.floor(Math.log(Math.max(least, 1)) / Math.log(1024))) : 10 ** Math.max(0, Math.floor(Math.log10(Math.max(least, 1))));
    const factors = bytes ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] : [1, 2, 5];
    const factor = factors.find((each) => each * base >= least) ?? (bytes ? 1024 : 10);
    const step = factor * base;
    const found = [];
    for (let value = 0; value <= high; value += step) found.push(value);
    return found;
  }

  private range(): [number, number] {
    const { min, max } = this.zoom ?? this.whole();
    return [min, max];
  }

  // Below the figures, which it must not hide: a selection may be one game frame wide.
  private drawSelection(plot: Plot): void {
    const { ctx, bbox } = plot;
    const left = plot.valToPos(this.rows.number[this.a], "x", true);
    const right = plot.valToPos(this.rows.number[this.b], "x", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = color("--accent-wash");
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.restore();
  }

  private draw(plot: Plot, isLive: boolean): void {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const x = (gameFrame: number): number => plot.valToPos(gameFrame, "x", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    this.drawMerged(plot, x);
    const left = x(this.rows.number[this.a]);
    const right = x(this.rows.number[this.b]);
    const isNarrow = right - left < 6 * ratio;
    ctx.fillStyle = color("--accent-wash");
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.lineWidth = ratio;
    ctx.strokeStyle = color("--accent");
    for (const at of [isNarrow ? left - 2 * ratio : left, isNarrow ? right + 2 * ratio : right]) {
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
    }
    if (isLive) this.drawHandles(ctx, bbox, left, right, ratio);
    this.drawMarks(ctx, bbox, x, isLive, ratio);
    if (isLive) {
      for (const { value, name } of this.budgetLines) {
        const y = plot.valToPos(value, "y", true);
        ctx.strokeStyle = ctx.fillStyle = color("--shrink");
        ctx.setLineDash([6 * ratio, 3 * ratio]);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        ctx.fillText(name, bbox.left + 4 * ratio, y - 3 * ratio);
      }
    }
    ctx.restore();
  }

  // Game frames without a state of their own.
  private drawMerged(plot: Plot, x: (gameFrame: number) => number): void {
    const { flags, number } = this.rows;
    const { ctx, bbox } = plot;
    ctx.fillStyle = color("--shrink");
    for (let row = 0; row < flags.length; ++row) {
      if (!(flags[row] & 1)) continue;
      const from = row;
      while (row + 1 < flags.length && flags[row + 1] & 1) ++row;
      const left = x(number[from]);
      ctx.fillRect(left, bbox.top + bbox.height - 3 * devicePixelRatio, Math.max(1, x(number[row]) - left), 3 * devicePixelRatio);
    }
  }

  private drawHandles(ctx: CanvasRenderingContext2D, bbox: Plot["bbox"], left: number, right: number, ratio: number): void {
    ctx.font = `bold ${11 * ratio}px system-ui, sans-serif`;
    ctx.textBaseline = "middle";
    ctx.textAlign = "center";
    const width = 14 * ratio;
    const places: [string, number][] = [
      ["A", Math.max(left - width / 2, bbox.left)],
      ["B", Math.min(right - width / 2, bbox.left + bbox.width - width)],
    ];
    if (places[1][1] < places[0][1] + width) {
      places[0][1] = Math.max(bbox.left, places[0][1] - width / 2);
      places[1][1] = places[0][1] + width;
    }
    for (const [name, at] of places) {
      ctx.fillStyle = color("--accent");
      ctx.fillRect(at, bbox.top, width, 14 * ratio);
      ctx.fillStyle = color("--back");
      ctx.fillText(name, at + width / 2, bbox.top + 7.5 * ratio);
    }
    ctx.textAlign = "left";
  }

  private drawMarks(ctx: CanvasRenderingContext2D, bbox: Plot["bbox"], x: (gameFrame: number) => number, isLive: boolean, ratio: number): void {
    ctx.strokeStyle = ctx.fillStyle = color("--text");
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.font = `${10.5 * ratio}px system-ui, sans-serif`;
    ctx.textBaseline = "top";
    let taken = -Infinity;
    for (const mark of this.head.marks) {
      const at = x(mark.game_frame);
      if (at < bbox.left || at > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
      if (!isLive) continue;
      const name = shown(mark.name).slice(0, 30);
      const width = ctx.measureText(name).width + 6 * ratio;
      const from = Math.min(at + 3 * ratio, bbox.left + bbox.width - width);
      if (from < taken) continue; // its line is there, and the jump to it
      ctx.globalAlpha = 0.8;
      ctx.fillStyle = color("--back");
      ctx.fillRect(from, bbox.top + 15 * ratio, width, 13 * ratio);
      ctx.globalAlpha = 1;
      ctx.fillStyle = color("--text");
      ctx.fillText(name, from + 2 * ratio, bbox.top + 16 * ratio);
      taken = from + width;
    }
    ctx.setLineDash([]);
  }

  // What each series has in the game frame under the pointer, or in B.
  private values(row: number): void {
    const { series } = this;
    if (!series || series.names.length < 2) return;
    const cells = byId("legend").querySelectorAll("b");
    series.live.forEach((live, i) => (cells[i].textContent = sizeText(live[row])));
  }

  private hover(row: number | null): void {
    const place = byId("hover-note");
    this.values(row ?? this.b);
    if (row === null) {
      place.textContent = "";
      return;
    }
    const { rows } = this;
    const flags = rows.flags[row] & 1 ? "   merged into a later one: sums only" : rows.flags[row] & 2 ? "   up to the end of the process" : "";
    const all = rows.gameFrames[row];
    const which = all > 1 ? `${grouped(all)} game frames up to ${nameOf(this.head, rows.number[row])}` : `game frame ${nameOf(this.head, rows.number[row])}`;
    place.textContent =
      `${which}: live ${sizeText(rows.liveBytes[row])} in ${counted(rows.liveBlocks[row], "block")}` +
      `   ${counted(rows.allocs[row], "alloc")}, ${counted(rows.frees[row], "free")}, ${sizeText(rows.allocBytes[row])} allocated${flags}`;
  }

  private listen(plot: Plot): void {
    const { over } = plot;
    const rowAt = (event: PointerEvent | WheelEvent): number => {
      const left = event.clientX - over.getBoundingClientRect().left;
      return this.index.rowOf(Math.round(plot.posToVal(left, "x")));
    };
    let drag: { anchor: number; moved: boolean } | null = null;
    over.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const left = event.clientX - over.getBoundingClientRect().left;
      const nearness = (row: number): number => Math.abs(plot.valToPos(this.rows.number[row], "x") - left);
      const takesA = nearness(this.a) <= HANDLE && nearness(this.a) < nearness(this.b);
      const takesB = !takesA && nearness(this.b) <= HANDLE;
      drag = { anchor: takesA ? this.b : takesB ? this.a : rowAt(event), moved: takesA || takesB };
      over.setPointerCapture(event.pointerId);
    });
    over.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const row = rowAt(event);
      if (row !== drag.anchor) drag.moved = true;
      if (drag.moved) this.onSelect(Math.min(row, drag.anchor), Math.max(row, drag.anchor), false);
    });
    over.addEventListener("pointerup", (event) => {
      if (!drag) return;
      const row = rowAt(event);
      if (drag.moved) this.onSelect(Math.min(row, drag.anchor), Math.max(row, drag.anchor), true);
      else this.onSelect(Math.min(this.a, row), row, true);
      drag = null;
    });
    over.addEventListener("dblclick", () => this.zoomOut());
    over.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY) && !event.altKey) return;
        event.preventDefault();
        const { min, max } = this.zoom ?? this.whole();
        const whole = this.whole();
        const at = plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x");
        const isPan = Math.abs(event.deltaX) > Math.abs(event.deltaY);
        const factor = isPan ? 1 : Math.exp(event.deltaY * 0.002);
        const shift = isPan ? ((max - min) * event.deltaX) / 1000 : 0;
        const width = Math.min(Math.max((max - min) * factor, 8), whole.max - whole.min);
        let low = isPan ? min + shift : at - (at - min) * (width / (max - min));
        low = Math.min(Math.max(low, whole.min), whole.max - width);
        this.zoom = width >= whole.max - whole.min ? null : { min: low, max: low + width };
        byId("zoom-out").hidden = this.zoom === null;
        for (const each of this.plots) each.setScale("x", this.zoom ?? whole);
      },
      { passive: false },
    );
  }

  private resize(): void {
    for (const [i, id] of ["live-chart", "rate-chart"].entries()) {
      const place = byId(id);
      this.plots[i]?.setSize({ width: place.clientWidth, height: place.clientHeight });
    }
  }
}
