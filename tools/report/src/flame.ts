// The flame graph: one canvas, drawn from what the worker summed.

import type { Names } from "./body";
import type { CallTree } from "./calls";
import { byId, color, striped } from "./dom";
import { FittedTexts } from "./fitted";
import { counted, grouped, share, shown, sizeText } from "./format";
import { Labels } from "./labels";
import { type Layout, type Piece, childrenOf, nodeAt, piecesOf } from "./layout";
import type { Picture, Unit, View } from "./protocol";

const TEXT_FROM = 26; // pixels

interface Colors {
  back: string;
  grow: string;
  shrink: CanvasPattern;
  plain: string;
  merged: string;
  text: string;
  accent: string;
}

export class Flame {
  private readonly canvas = byId<HTMLCanvasElement>("flame");
  private readonly ctx = this.canvas.getContext("2d")!;
  private tree: CallTree | null = null;
  private readonly labels = new Labels();
  private readonly texts = new FittedTexts(this.ctx);
  private picture: Picture | null = null;
  private layout: Layout | null = null;
  private root = 0; // what is zoomed to
  private pointed = -1;
  private view: View = "growth";
  private unit: Unit = "bytes";
  private rowHeight = 18;
  private width = 0;
  private colors: Colors | null = null; // null: to be read from the style
  private first = 0; // lowest shown depth above the root, for panning
  private levels = 1;
  private upward = true; // root at the bottom
  private pan: { x: number; y: number; moved: boolean } | null = null;
  private window: { from: number; to: number } = { from: 0, to: 1 }; // of the root's width
  private scheduled = false;
  private merged: { x: number; y: number; width: number; count: number; value: number }[] = [];
  onPoint: (text: string) => void = () => {};
  onZoom: (isZoomed: boolean) => void = () => {};

  constructor() {
    new ResizeObserver(() => this.schedule()).observe(this.canvas.parentElement!);
    const { canvas } = this;
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    canvas.addEventListener("pointerleave", () => this.point(-1));
    canvas.addEventListener("pointerdown", (event) => {
      this.pan = { x: event.clientX, y: event.clientY, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointerup", (event) => {
      const wasPan = this.pan?.moved;
      this.pan = null;
      if (!wasPan) this.zoomTo(this.nodeAt(event.offsetX, event.offsetY));
    });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  // `program`: the path of the module whose code stands out.
  setNames(names: Names, program: string): void {
    this.labels.setNames(names, program);
  }
  flip(): void {
    this.upward = !this.upward;
    this.schedule();
  }
  recolor(): void {
    this.colors = null;
    this.schedule();
  }

  show(picture: Picture, view: View, unit: Unit): void {
    this.view = view;
    this.unit = unit;
    const path = picture.tree && this.tree ? this.labels.path(this.root) : null;
    if (picture.tree) {
      this.tree = picture.tree;
      this.labels.setTree(picture.tree);
    }
    this.picture = picture;
    this.layout = picture.layout;
    this.levels = Math.max(picture.layout.levels.length - 2, 1);
    if (path) this.root = this.nodeOf(path);
    if (this.value(this.root) === 0) this.root = 0;
    this.window = { from: 0, to: 1 };
    this.pointed = -1;
    this.onZoom(this.root !== 0);
    this.schedule();
  }

  private value(node: number): number {
    return this.picture ? this.picture.grown[node] + this.picture.shrunk[node] : 0;
  }

  private nodeOf(path: string[]): number {
    let node = 0;
    for (const name of path) {
      const child = this.children(node).find((other) => this.labels.full(other) === name);
      if (child === undefined) return node;
      node = child;
    }
    return node;
  }
  // Those that have a value.
  private children(node: number): number[] {
    return this.layout ? Array.from(childrenOf(this.layout, this.tree!, node)) : [];
  }

  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.draw();
    });
  }

  // ---- drawing

  private scale(): { unit: number; origin: number } {
    const { width } = this;
    const whole = this.value(this.root);
    const shownWidth = (this.window.to - this.window.from) * whole;
    return { unit: shownWidth > 0 ? width / shownWidth : 0, origin: this.layout!.starts[this.root] + this.window.from * whole };
  }

  private yOf(depth: number, height: number): number {
    const row = depth - this.tree!.depth[this.root] - this.first;
    return this.upward ? height - (row + 1) * this.rowHeight : row * this.rowHeight;
  }

  private draw(): void {
    const { canvas, ctx, tree, picture } = this;
    const ratio = devicePixelRatio;
    const big = innerWidth >= 2200;
    this.rowHeight = big ? 22 : 18;
    // The whole first screen fits into the window where that leaves room for the graph.
    const top = canvas.parentElement!.getBoundingClientRect().top + scrollY + 28;
    const room = Math.max(innerHeight - top - (big ? 66 : 54), 15 * this.rowHeight);
    const height = Math.floor(Math.min(room, Math.max(this.levels + 1, 10) * this.rowHeight));
    const width = canvas.parentElement!.clientWidth - 2;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.style.height = `${height}px`;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      byId("sites-scroll").style.maxHeight = `${height + 2}px`;
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.width = width;
    const colors = (this.colors ??= this.readColors());
    ctx.fillStyle = colors.back;
    ctx.fillRect(0, 0, width, height);
    const isEmpty = !tree || !picture || this.value(0) === 0;
    canvas.hidden = isEmpty && picture !== null;
    if (!tree || !picture || isEmpty) return;
    ctx.font = `${big ? 13 : 11.5}px system-ui, "DejaVu Sans", sans-serif`;
    ctx.textBaseline = "middle";
    const { unit, origin } = this.scale();
    this.merged = [];
    // What is below the root of the zoom, down to the bottom.
    for (let at = this.root; at >= 0; at = tree.parent[at]) this.box(at, 0, width, at === this.root, height);
    const rows = Math.ceil(height / this.rowHeight);
    const lowest = tree.depth[this.root] + Math.max(1, this.first);
    let looked = 0;
    let drawn = 0;
    const draw = (piece: Piece, y: number): void => {
      ++drawn;
      if (piece.width >= 1) return this.box(piece.node, piece.x, piece.width, false, height);
      const { x, width: wide, count, value } = piece;
      this.merged.push({ x, y, width: wide, count, value });
      ctx.fillStyle = this.colors!.merged;
      ctx.fillRect(x, y + 1, Math.max(wide, 0.7), this.rowHeight - 2);
    };
    for (let depth = lowest; depth < lowest + rows; ++depth) {
      const y = this.yOf(depth, height);
      looked += piecesOf(this.layout!, tree, this.root, depth, { origin, unit, width }, (piece) => draw(piece, y));
    }
    this.note(rows, height);
    // For tests: what a drawing costs, whatever machine draws it.
    canvas.dataset.looked = String(looked);
    canvas.dataset.drawn = String(drawn);
    canvas.dataset.nodes = String(tree.parent.length);
  }

  // How much there is beyond the picture's edge.
  private note(rows: number, height: number): void {
    const { ctx } = this;
    const above = this.levels - this.tree!.depth[this.root] - this.first - rows + 1;
    const arrow = this.upward ? "↑" : "↓";
    const text = above > 0 ? `${arrow} ${counted(above, "more level")}: drag` : "";
    this.canvas.dataset.beyond = String(Math.max(above, 0));
    if (text === "") return;
    const wide = ctx.measureText(text).width + 10;
    const y = this.upward ? 0 : height - 17;
    ctx.fillStyle = this.colors!.back;
    ctx.fillRect(0, y, wide, 17);
    ctx.fillStyle = color("--soft");
    ctx.fillText(text, 5, y + 9);
  }

  // What shrinks is striped as well.
  private readColors(): Colors {
    return {
      back: color("--back"),
      grow: color("--grow-bar"),
      shrink: striped(color("--shrink-bar"), color("--stripe"), 8, 1.2),
      plain: color("--plain-bar"),
      merged: color("--merged-bar"),
      text: color("--on-bar"),
      accent: color("--accent"),
    };
  }

  private box(node: number, x: number, wide: number, isRoot: boolean, height: number): void {
    const { ctx, tree, picture } = this;
    const colors = this.colors!;
    const y = this.yOf(tree!.depth[node], height);
    if (y < -this.rowHeight || y > height) return;
    const grown = picture!.grown[node];
    const shrunk = picture!.shrunk[node];
    const gap = wide > 3 ? 1 : 0;
    const w = wide - gap;
    const h = this.rowHeight - 1;
    const isDifference = this.view === "growth";
    const isBelow = node !== 0 && node < this.root && !isRoot;
    if (isDifference && node !== 0 && !isBelow) {
      const share = (w * grown) / (grown + shrunk);
      ctx.fillStyle = colors.grow;
      ctx.fillRect(x, y, share, h);
      ctx.fillStyle = colors.shrink;
      ctx.fillRect(x + share, y, w - share, h);
    } else {
      ctx.fillStyle = node === 0 || isBelow ? colors.plain : this.labels.isOwn(node) ? colors.grow : colors.plain;
      ctx.fillRect(x, y, w, h);
    }
    if (picture!.found.length > 0 && picture!.found[node] === 1) {
      ctx.fillStyle = colors.accent;
      ctx.fillRect(x, y + h - 3, w, 3);
    }
    if (node === this.pointed || isRoot && this.root !== 0) {
      ctx.strokeStyle = colors.accent;
      ctx.lineWidth = node === this.pointed ? 2 : 1;
      ctx.strokeRect(x + 1, y + 1, Math.max(w - 2, 1), h - 2);
    }
    const from = Math.max(x, 0);
    const room = Math.min(x + w, this.width) - from;
    if (room < TEXT_FROM) return;
    const sign = isDifference && node !== 0 ? (grown > 0 && shrunk > 0 ? "± " : grown > 0 ? "+ " : "− ") : "";
    ctx.fillStyle = colors.text;
    ctx.fillText(this.texts.fit(sign + this.shortName(node), room - 7, this.rowHeight), from + 4, y + h / 2 + 0.5);
  }

  private shortName(node: number): string {
    if (node === 0) {
      const { grown, shrunk } = this.picture!;
      return this.view === "growth" ? `all: ${this.amount(grown[0], true)} and ${this.amount(-shrunk[0], true)}` : `all: ${this.amount(grown[0])}`;
    }
    return this.labels.short(node);
  }

  // ---- what is under the pointer

  private nodeAt(px: number, py: number): number {
    const { tree, picture } = this;
    if (!tree || !picture) return -1;
    const height = this.canvas.clientHeight;
    const row = Math.floor(this.upward ? (height - py) / this.rowHeight : py / this.rowHeight);
    const depth = row + this.first + tree.depth[this.root];
    if (depth < tree.depth[this.root]) return -1;
    if (depth === tree.depth[this.root]) return this.root;
    const { unit, origin } = this.scale();
    return nodeAt(this.layout!, tree, this.root, depth, origin + px / unit);
  }

  amount(value: number, sign = false): string {
    return this.unit === "bytes" ? sizeText(value, sign) : `${grouped(value, sign)} blocks`;
  }

  describe(node: number): string {
    const { picture } = this;
    if (!picture || node < 0) return "";
    const grown = picture.grown[node];
    const shrunk = picture.shrunk[node];
    const all = this.value(0);
    const figures =
      this.view === "growth"
        ? `${this.amount(grown, true)} and ${this.amount(-shrunk, true)}   (${this.amount(grown - shrunk, true)})`
        : `${this.amount(grown)}   ${share(grown, all)} of all, ${share(grown, this.value(this.tree!.parent[node]))} of its caller`;
    const place = this.labels.place(node);
    return `${shown(this.labels.full(node))}   ${place === this.labels.full(node) ? "" : shown(place)}\n${figures}`;
  }

  private point(node: number): void {
    if (node === this.pointed) return;
    this.pointed = node;
    this.schedule();
  }

  private moved(event: PointerEvent): void {
    if (this.pan && (this.pan.moved || Math.abs(event.clientX - this.pan.x) + Math.abs(event.clientY - this.pan.y) > 4)) {
      const dx = event.clientX - this.pan.x;
      const dy = event.clientY - this.pan.y;
      this.pan = { x: event.clientX, y: this.pan.y, moved: true };
      this.slide((-dx / this.canvas.clientWidth) * (this.window.to - this.window.from));
      const rows = Math.trunc(dy / this.rowHeight);
      if (rows !== 0) {
        this.pan.y = event.clientY;
        this.climb(this.upward ? rows : -rows);
      }
      return;
    }
    const node = this.nodeAt(event.offsetX, event.offsetY);
    this.point(node);
    if (node >= 0) return this.onPoint(this.describe(node));
    const run = this.merged.find(
      (each) => event.offsetY >= each.y && event.offsetY < each.y + this.rowHeight && event.offsetX >= each.x - 1 && event.offsetX <= each.x + Math.max(each.width, 1),
    );
    this.onPoint(run ? `${counted(run.count, "frame")} narrower than a pixel, together ${this.amount(run.value)}: zoom in to see them` : "");
  }

  private slide(by: number): void {
    const width = this.window.to - this.window.from;
    const from = Math.min(Math.max(this.window.from + by, 0), 1 - width);
    this.window = { from, to: from + width };
    this.schedule();
  }
  private climb(rows: number): void {
    this.first = Math.min(Math.max(this.first + rows, 0), Math.max(0, this.levels - 5));
    this.schedule();
  }

  private wheel(event: WheelEvent): void {
    if (!(event.ctrlKey || event.metaKey || event.altKey)) {
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        this.slide((event.deltaX / this.canvas.clientWidth) * (this.window.to - this.window.from));
      }
      return;
    }
    event.preventDefault();
    const width = this.window.to - this.window.from;
    const at = this.window.from + (event.offsetX / this.canvas.clientWidth) * width;
    const wide = Math.min(1, Math.max(1e-7, width * Math.exp(event.deltaY * 0.003)));
    const from = Math.min(Math.max(at - ((at - this.window.from) / width) * wide, 0), 1 - wide);
    this.window = { from, to: from + wide };
    this.onZoom(this.root !== 0 || wide < 1);
    this.schedule();
  }

  zoomTo(node: number): void {
    if (node < 0 || !this.tree) return;
    this.root = node === this.root && node !== 0 ? this.tree.parent[node] : node;
    this.window = { from: 0, to: 1 };
    this.first = 0;
    this.onZoom(this.root !== 0);
    this.onPoint(this.describe(this.root));
    this.schedule();
  }
  zoomOut(): boolean {
    const wasZoomed = this.root !== 0 || this.window.to - this.window.from < 1 || this.first !== 0;
    this.root = 0;
    this.window = { from: 0, to: 1 };
    this.first = 0;
    this.onZoom(false);
    this.schedule();
    return wasZoomed;
  }
  // Zooms to the first place of this function, for a line of the table.
  zoomToName(name: string): void {
    if (!this.tree) return;
    let best = -1;
    for (let node = 1; node < this.tree.parent.length; ++node) {
      if (this.value(node) > (best < 0 ? 0 : this.value(best)) && this.labels.full(node) === name) best = node;
    }
    if (best > 0) {
      this.pointed = best;
      this.reveal(best);
      this.onPoint(this.describe(best));
      this.schedule();
    }
  }
  // Brings a node into sight: its level, and where it is off the side, its place.
  private reveal(node: number): void {
    const row = this.tree!.depth[node] - this.tree!.depth[this.root];
    const rows = Math.max(1, Math.floor(this.canvas.clientHeight / this.rowHeight));
    if (row < 0 || this.tree!.depth[this.root] > 0 && (node < this.root || node >= this.root + this.tree!.size[this.root])) {
      this.root = 0;
      this.window = { from: 0, to: 1 };
      this.onZoom(false);
      return this.reveal(node);
    }
    if (row < this.first) this.first = row;
    else if (row >= this.first + rows) this.first = row - rows + 1;
    const whole = this.value(this.root);
    const from = (this.layout!.starts[node] - this.layout!.starts[this.root]) / whole;
    const to = from + this.value(node) / whole;
    const width = this.window.to - this.window.from;
    if (to <= this.window.from || from >= this.window.to) {
      const left = Math.min(Math.max((from + to - width) / 2, 0), 1 - width);
      this.window = { from: left, to: left + width };
    }
  }

  private key(event: KeyboardEvent): void {
    const { tree } = this;
    if (!tree) return;
    const at = this.pointed < 0 ? this.root : this.pointed;
    const shownChildren = this.children(at);
    const siblings = at === 0 ? [] : this.children(tree.parent[at]);
    let to = -1;
    const up = this.upward ? "ArrowUp" : "ArrowDown";
    const down = this.upward ? "ArrowDown" : "ArrowUp";
    if (event.key === up) to = shownChildren.reduce((best, node) => (best < 0 || this.value(node) > this.value(best) ? node : best), -1);
    else if (event.key === down) to = tree.parent[at];
    else if (event.key === "ArrowLeft") to = siblings[siblings.indexOf(at) - 1] ?? -1;
    else if (event.key === "ArrowRight") to = siblings[siblings.indexOf(at) + 1] ?? -1;
    else if (event.key === "Enter") this.zoomTo(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (to < 0) return;
    this.point(to);
    this.reveal(to);
    this.onPoint(this.describe(to));
  }
}
