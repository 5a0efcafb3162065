// The page: reads the head at once, lets the worker read the rest, and shows the one selection everywhere.

import { byId, copy, make, toast } from "./dom";
import type { Names } from "./body";
import { Flame } from "./flame";
import { counted, grouped, share, shown, sizeText } from "./format";
import { type Head, type Sentence, readHead } from "./head";
import { gameFrameOf, nameOf, wordOf } from "./numbers";
import { type KeyedPage, onKey } from "./keyboard";
import { Live } from "./live";
import { Panel, type PanelPage } from "./panel";
import type { Answer, Picture, Question, SeriesBy } from "./protocol";
import { FIRST_LINES, SiteTable } from "./sites";
import { GROUPS, RowIndex, type State, VIEWS, commandOf, framesCommandOf, fromHash, selectionOf, stateOf, toHash } from "./state";
import * as Tabs from "./tabs";
import { Timeline } from "./timeline";
import { showTitle } from "./title";
import { showHelp } from "./help";

declare const WORKER: string; // the worker's program, put in when the shell is built

class Page implements PanelPage, KeyedPage {
  head: Head = readHead();
  private readonly first: State = stateOf(this.head);
  state: State = fromHash(location.hash, this.first);
  private readonly worker: Worker;
  rows: RowIndex | null = null;
  private allRows: import("./body").Rows | null = null;
  names: Names | null = null;
  private timeline: Timeline | null = null;
  private readonly flame = new Flame();
  private readonly sites = new SiteTable();
  private readonly panel = new Panel(this);
  private isBusy = false; // a picture was asked for
  private isStale = false; // and another one is wanted after it
  private asked = 0; // questions that are not answered yet
  private lineLimit = FIRST_LINES;
  private askedHash = "";

  constructor() {
    this.worker = new Worker(URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" })));
    this.worker.onmessage = (event: MessageEvent<Answer>): void => this.take(event.data);
    this.worker.onerror = (event): void => this.fail(event.message);
    this.makeControls();
    showTitle(this.head, (sentence) => this.showSentence(sentence));
    this.showControls();
    this.listen();
    const body = byId("body");
    this.ask({ type: "open", base64: body.textContent ?? "" });
    body.textContent = "";
    if (document.documentElement.dataset.live !== undefined) new Live((head, base64) => this.reopen(head, base64));
  }

  private reopen(head: Head, base64: string): void {
    // B follows the program while it is at the end, and stays where it was put otherwise.
    const isAtEnd = this.state.b >= this.head.moments.to;
    this.head = head;
    if (isAtEnd) this.state.b = head.moments.to;
    this.panel.forget();
    showTitle(this.head, (sentence) => this.showSentence(sentence));
    this.ask({ type: "open", base64 });
  }

  ask(question: Question): void {
    ++this.asked;
    document.documentElement.dataset.settled = "false";
    this.worker.postMessage(question);
  }

  private fail(text: string): void {
    const place = byId("problem");
    place.hidden = false;
    place.textContent = `This page could not be shown: ${text}. The same numbers: heapreel stats, diff and frames ${this.head.file}`;
  }

  // ---- what is known at once

  // What is there once, whatever is shown.
  private makeControls(): void {
    const views = byId("views");
    VIEWS.forEach(({ view, name, title }, i) => {
      const button = make("button", { role: "tab", "data-view": view, title: `${title}   (${i + 1})` }, name);
      button.addEventListener("click", () => this.change({ view }));
      views.append(button);
    });
    byId("group").append(...GROUPS.map(({ group, name }) => make("option", { value: group }, name)));
    const tabs = byId("tabs");
    for (const { tab, name } of Tabs.TABS) {
      const button = make("button", { role: "tab", "data-tab": tab }, name);
      button.addEventListener("click", () => this.change({ tab }));
      tabs.append(button);
    }
  }

  private showSentence(sentence: Sentence): void {
    const view = VIEWS.find((row) => row.view === sentence.view)?.view ?? "live";
    const unit = sentence.about === "worst" ? "blocks" : "bytes"; // as the sentence counts
    this.change({ a: sentence.a, b: sentence.b, view, unit, group: "function", search: sentence.function, only: false });
  }

  private showControls(): void {
    const { state } = this;
    for (const button of byId("views").children) button.setAttribute("aria-selected", String(button.getAttribute("data-view") === state.view));
    for (const button of byId("tabs").children) button.setAttribute("aria-selected", String(button.getAttribute("data-tab") === state.tab));
    for (const key of ["a", "b"] as const) {
      const input = byId<HTMLInputElement>(`input-${key}`);
      if (this.head.numbers) input.type = "text"; // "100#2"
      input.value = wordOf(this.head, state[key]);
    }
    byId<HTMLSelectElement>("unit").value = state.unit;
    byId<HTMLSelectElement>("group").value = state.group;
    const search = byId<HTMLInputElement>("search");
    if (search.value !== state.search) search.value = state.search;
    for (const name of ["only", "folds", "recursion", "lines", "callers"] as const) byId<HTMLInputElement>(name).checked = state[name];
    byId("copy-command").title = `copy: ${commandOf(state, this.head).command}   (c)`;
    byId("copy-frames").title = `copy: ${framesCommandOf(state, this.head)}`;
  }

  // ---- the selection

  change(change: Partial<State>, remember = true): void {
    const before = this.state;
    this.state = { ...before, ...change };
    if (this.rows) {
      const a = this.rows.rowOf(this.state.a);
      const b = this.rows.rowOf(this.state.b);
      this.state.a = this.rows.number(Math.min(a, b));
      this.state.b = this.rows.number(Math.max(a, b));
    }
    if (before.view !== this.state.view || before.group !== this.state.group || before.search !== this.state.search || before.sort !== this.state.sort) this.lineLimit = FIRST_LINES;
    if (remember) history.replaceState(null, "", toHash(this.state, this.first));
    this.showControls();
    this.showRange();
    const { tab: _old, ...picturesBefore } = before;
    const { tab: _new, ...picturesNow } = this.state;
    if (JSON.stringify(picturesBefore) !== JSON.stringify(picturesNow) || change.tab === undefined) this.draw();
    if (change.tab !== undefined || this.panel.isFollowing()) this.panel.show();
  }

  private showRange(): void {
    const { rows, allRows, state } = this;
    if (!rows || !allRows) return;
    const a = rows.rowOf(state.a);
    const b = rows.rowOf(state.b);
    this.timeline?.setRange(a, b);
    const growth = allRows.liveBytes[b] - allRows.liveBytes[a];
    let gameFrames = 0;
    let allocs = 0;
    let bytes = 0;
    for (let row = a + 1; row <= b; ++row) {
      gameFrames += allRows.gameFrames[row];
      allocs += allRows.allocs[row];
      bytes += allRows.allocBytes[row];
    }
    const seconds = (allRows.time[b] - allRows.time[a]) / 1e9;
    byId("range-note").replaceChildren(
      make("b", {}, `${sizeText(allRows.liveBytes[a])} → ${sizeText(allRows.liveBytes[b])}`),
      ` (${sizeText(growth, true)})   ${counted(gameFrames, "game frame")}, ${seconds.toFixed(2)} s, ${counted(allocs, "allocation")} of ${sizeText(bytes)}`,
    );
  }

  private draw(): void {
    if (!this.rows || !this.names) return;
    if (this.isBusy) {
      this.isStale = true;
      return;
    }
    this.isBusy = true;
    this.isStale = false;
    this.askedHash = toHash(this.state, this.first);
    this.ask({ type: "picture", selection: selectionOf(this.state, this.head, this.rows), most: this.lineLimit });
  }

  // ---- answers

  private take(answer: Answer): void {
    if (this.panel.take(answer)) return;
    switch (answer.type) {
      case "rows":
        this.allRows = answer.rows;
        document.documentElement.dataset.rows = String(answer.rows.number.length);
        this.rows = new RowIndex(answer.rows);
        if (this.timeline) this.timeline.update(this.head, answer.rows, this.rows);
        else this.timeline = new Timeline(this.head, answer.rows, this.rows, (a, b, done) => this.change({ a: this.rows!.number(a), b: this.rows!.number(b) }, done));
        this.timeline.setSeries({ names: ["all"], live: [answer.rows.liveBytes], allocs: [answer.rows.mostAllocs], allocBytes: [answer.rows.mostAllocBytes] });
        this.state.a = this.rows.number(this.rows.rowOf(this.state.a));
        this.state.b = this.rows.number(this.rows.rowOf(this.state.b));
        for (const id of ["input-a", "input-b"]) {
          byId(id).setAttribute("min", String(answer.rows.number[0]));
          byId(id).setAttribute("max", String(answer.rows.number[answer.rows.number.length - 1]));
        }
        this.showControls();
        this.showRange();
        break;
      case "names":
        this.names = answer.names;
        this.flame.setNames(answer.names, this.head.program);
        if (byId<HTMLSelectElement>("series-by").value !== "all") this.ask({ type: "series", by: byId<HTMLSelectElement>("series-by").value as SeriesBy });
        this.draw();
        this.panel.show();
        break;
      case "picture":
        this.isBusy = false;
        this.showPicture(answer.picture);
        if (this.isStale) this.draw();
        break;
      case "series":
        if (byId<HTMLSelectElement>("series-by").value === answer.by) this.timeline?.setSeries(answer.series);
        break;
      case "done":
        // For who looks at the page by a program: nothing is on its way.
        document.documentElement.dataset.settled = String(--this.asked === 0);
        break;
      case "error":
        this.isBusy = false;
        this.fail(answer.text);
        break;
    }
  }

  private showPicture(picture: Picture): void {
    const { state } = this;
    const amount = (value: number, sign = false): string => (state.unit === "bytes" ? sizeText(value, sign) : `${grouped(value, sign)} blocks`);
    const gameFrames = `${nameOf(this.head, state.a)} → ${nameOf(this.head, state.b)}`;
    const titles: Record<string, string> = {
      live: `live at the end of ${nameOf(this.head, state.b)}: ${amount(picture.allGrown)}`,
      growth: `growth ${gameFrames}: ${amount(picture.allGrown, true)} and ${amount(-picture.allShrunk, true)}`,
      allocated: `allocated ${gameFrames}: ${amount(picture.allGrown)}`,
      temporaries: `temporaries ${gameFrames}: ${amount(picture.allGrown)}`,
      peak: `peak, at the end of ${nameOf(this.head, this.head.moments.peak)}: ${amount(picture.allGrown)}`,
    };
    const title = byId("flame-title");
    title.textContent = title.title = titles[state.view];
    const found = byId("found");
    found.hidden = state.search === "";
    found.textContent =
      state.view === "growth"
        ? `${amount(picture.foundGrown, true)} ${amount(-picture.foundShrunk, true)}`
        : `${amount(picture.foundGrown)} (${share(picture.foundGrown, picture.allGrown) || "0 %"})`;
    this.flame.show(picture, state.view, state.unit);
    this.sites.show(picture, state);
    const isEmpty = picture.allGrown + picture.allShrunk === 0;
    const empty = byId("flame-empty");
    empty.hidden = !isEmpty;
    empty.textContent = isEmpty ? this.emptyText() : "";
    // For who looks at the page by a program: what is shown, and how long its sums took.
    const { dataset } = document.documentElement;
    dataset.shown = this.askedHash;
    if (picture.tree) dataset.trees = String(Number(dataset.trees ?? 0) + 1);
    dataset.milliseconds = picture.milliseconds.toFixed(1);
    dataset.grown = String(picture.allGrown);
    dataset.shrunk = String(picture.allShrunk);
  }

  private emptyText(): string {
    const { state } = this;
    if (state.only && state.search !== "") return `No stack with “${shown(state.search)}” has anything here. Clear the search, or look at another view.`;
    switch (state.view) {
      case "growth":
        return state.a === state.b ? "A and B are the same game frame. Drag over the timeline, or press Shift and an arrow key." : "Nothing grew and nothing shrank between A and B.";
      case "allocated":
        return "Nothing was allocated after A, up to B.";
      case "temporaries":
        return "Nothing was allocated and freed inside one game frame here.";
      default:
        return "No block was live.";
    }
  }

  status(text: string): void {
    byId("status").textContent = text;
  }

  // ---- moving

  // Selects one game frame: what happened in it, or what lived at its end.
  goTo(row: number): void {
    const { rows } = this;
    if (!rows) return;
    this.change({ a: rows.number(rows.step(row, -1)), b: rows.number(row) });
  }
  move(by: number, both: boolean): void {
    const { rows, state } = this;
    if (!rows) return;
    const b = rows.step(rows.rowOf(state.b), by);
    const a = rows.rowOf(state.a);
    this.change({ b: rows.number(b), a: rows.number(both ? rows.step(a, by) : Math.min(a, b)) });
  }
  toMark(direction: number): void {
    const { state, head } = this;
    const marks = head.marks.map((mark) => mark.game_frame).sort((x, y) => x - y);
    const next = direction > 0 ? marks.find((at) => at > state.b) : marks.reverse().find((at) => at < state.b);
    if (next === undefined) return toast(marks.length === 0 ? "The program made no mark." : "There is no further mark.");
    this.change({ b: next, a: Math.min(state.a, next) });
  }

  theme(next?: string): void {
    const root = document.documentElement;
    root.dataset.theme = next ?? (root.dataset.theme === "dark" ? "light" : "dark");
    root.style.colorScheme = root.dataset.theme;
    this.timeline?.recolor();
    this.flame.recolor();
    if (this.state.tab === "map") this.panel.show();
  }

  private listen(): void {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    this.theme(dark.matches ? "dark" : "light");
    dark.addEventListener("change", () => this.theme(dark.matches ? "dark" : "light"));
    byId("theme-button").addEventListener("click", () => this.theme());
    byId("help-button").addEventListener("click", showHelp);
    window.addEventListener("hashchange", () => this.change(fromHash(location.hash, this.first)));
    for (const key of ["a", "b"] as const) {
      byId<HTMLInputElement>(`input-${key}`).addEventListener("change", (event) => {
        const number = gameFrameOf(this.head, (event.target as HTMLInputElement).value);
        if (number !== null) this.change({ [key]: number });
        else this.showControls();
      });
    }
    const select = (id: "unit" | "group"): void =>
      byId<HTMLSelectElement>(id).addEventListener("change", (event) => this.change({ [id]: (event.target as HTMLSelectElement).value }));
    select("unit");
    select("group");
    for (const id of ["only", "folds", "recursion", "lines", "callers"] as const) {
      byId<HTMLInputElement>(id).addEventListener("change", (event) => this.change({ [id]: (event.target as HTMLInputElement).checked }));
    }
    byId<HTMLInputElement>("search").addEventListener("input", (event) => this.change({ search: (event.target as HTMLInputElement).value }));
    byId<HTMLSelectElement>("series-by").addEventListener("change", (event) => {
      this.ask({ type: "series", by: (event.target as HTMLSelectElement).value as SeriesBy });
    });
    byId<HTMLSelectElement>("rate-of").addEventListener("change", (event) => {
      this.timeline?.setRate((event.target as HTMLSelectElement).value as "allocs" | "allocBytes");
    });
    byId("to-all").addEventListener("click", () => {
      if (this.rows) this.change({ a: this.rows.number(this.rows.firstRow), b: this.rows.number(this.rows.lastRow) });
    });
    byId("to-peak").addEventListener("click", () => this.toPeak());
    byId("to-worst").addEventListener("click", () => this.toWorst());
    byId("zoom-out").addEventListener("click", () => this.timeline?.zoomOut());
    byId("zoom-reset").addEventListener("click", () => this.flame.zoomOut());
    byId("flip").addEventListener("click", () => this.flame.flip());
    byId("copy-command").addEventListener("click", () => this.copyCommand());
    byId("copy-frames").addEventListener("click", () => void copy(framesCommandOf(this.state, this.head)));
    byId("copy-link").addEventListener("click", () => void copy(location.href));
    this.flame.onPoint = (text): void => this.status(text);
    this.flame.onZoom = (isZoomed): void => {
      byId("zoom-reset").hidden = !isZoomed;
    };
    this.sites.onPoint = (text): void => this.status(text);
    this.sites.onChoose = (line): void => this.flame.zoomToName(line.name);
    this.sites.onSort = (sort, ascending): void => this.change({ sort, ascending });
    this.sites.onMore = (): void => {
      this.lineLimit *= 4;
      this.draw();
    };
    document.addEventListener("keydown", (event) => onKey(event, this));
  }

  zoomOut(): boolean {
    return this.flame.zoomOut();
  }
  copyCommand(): void {
    const { command, note } = commandOf(this.state, this.head);
    void copy(command).then(() => note !== "" && toast(`${command}   (${note})`));
  }
  toPeak(): void {
    this.change({ b: this.head.moments.peak, a: Math.min(this.state.a, this.head.moments.peak), view: "peak" });
  }
  toWorst(): void {
    const { worst } = this.head.moments;
    if (worst === null || !this.rows) return toast("There are too few game frames to tell which is the worst.");
    this.change({ view: "allocated", unit: "blocks" }); // it is the worst by how often it allocates
    this.goTo(this.rows.rowOf(worst));
  }
}

new Page();
