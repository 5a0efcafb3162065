// The page: reads the head at once, lets the worker read the rest, and shows the one selection everywhere.

import { byId, copy, make, toast } from "./dom";
import type { Names } from "./body";
import { Flame } from "./flame";
import { counted, grouped, share, shown, sizeText } from "./format";
import { type Head, type Sentence, readHead } from "./head";
import type { Answer, BudgetFigures, Facts, Picture, Question, SeriesBy } from "./protocol";
import { FIRST_LINES, SiteTable } from "./sites";
import { GROUPS, RowIndex, type State, VIEWS, commandOf, framesCommandOf, fromHash, selectionOf, stateOf, toHash } from "./state";
import * as Tabs from "./tabs";
import { Timeline } from "./timeline";
import { showHelp } from "./help";

const FOLLOWING = new Set(["leaks", "threads"]); // tabs that show the selection

declare const WORKER: string; // the worker's program, put in when the shell is built

class Page {
  private head: Head = readHead();
  private readonly first: State = stateOf(this.head);
  private state: State = fromHash(location.hash, this.first);
  private readonly worker: Worker;
  private rows: RowIndex | null = null;
  private allRows: import("./body").Rows | null = null;
  private names: Names | null = null;
  private timeline: Timeline | null = null;
  private readonly flame = new Flame();
  private readonly sites = new SiteTable();
  private facts: Facts | null = null;
  private readonly budgetFigures = new Map<string, BudgetFigures | null>();
  private isBusy = false; // a picture was asked for
  private isStale = false; // and another one is wanted after it
  private asked = 0; // questions that are not answered yet
  private isTabBusy = false; // so of what a tab asks about the selection
  private isTabStale = false;
  private lineLimit = FIRST_LINES;
  private askedHash = "";

  constructor() {
    this.worker = new Worker(URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" })));
    this.worker.onmessage = (event: MessageEvent<Answer>): void => this.take(event.data);
    this.worker.onerror = (event): void => this.fail(event.message);
    this.makeControls();
    this.showHead();
    this.showControls();
    this.listen();
    const body = byId("body");
    this.ask({ type: "open", base64: body.textContent ?? "" });
    body.textContent = "";
    if (document.documentElement.dataset.live !== undefined) this.follow();
  }

  // ---- following a program that runs

  private follow(): void {
    const note = byId("live-note");
    const hold = byId("hold");
    note.hidden = hold.hidden = false;
    note.textContent = "live";
    let isHeld = false;
    let newest = 0; // looks that the server told of
    let shownLook = 0;
    let merged = 0;
    let isLoading = false;
    const load = async (): Promise<void> => {
      if (isHeld || isLoading || newest === shownLook) return;
      isLoading = true;
      try {
        const look = newest;
        const text = await (await fetch("data", { cache: "no-store" })).text();
        const end = text.indexOf("\n");
        // Looks are merged where this page cannot keep up: none is kept for later.
        if (shownLook > 0) merged += look - shownLook - 1;
        shownLook = look;
        this.reopen(JSON.parse(text.slice(0, end)) as Head, text.slice(end + 1));
        note.textContent = merged > 0 ? `live, ${merged} looks merged` : "live";
      } finally {
        isLoading = false;
      }
      void load();
    };
    const events = new EventSource("events");
    events.onmessage = (event): void => {
      newest = Number(event.data);
      document.documentElement.dataset.told = event.data; // for who looks at the page by a program
      void load();
    };
    events.onerror = (): void => {
      note.textContent = "the server has ended";
      note.className = "ended";
    };
    byId("freeze").hidden = false;
    byId("freeze").addEventListener("click", () => void this.freeze());
    hold.addEventListener("click", () => {
      isHeld = !isHeld;
      hold.setAttribute("aria-pressed", String(isHeld));
      note.className = isHeld ? "held" : "";
      void load();
    });
  }

  // The server writes the still beside the reel.
  private async freeze(): Promise<void> {
    const note = byId("still-note");
    note.hidden = false;
    note.textContent = "writing a still";
    try {
      const answer = await fetch("freeze", { cache: "no-store" });
      const text = await answer.text();
      if (!answer.ok) {
        note.textContent = text;
        return;
      }
      const still = JSON.parse(text) as { file: string; game_frame: number; tenths_ago: number };
      note.textContent = `wrote ${still.file}: game frame ${grouped(still.game_frame)}, which ended ${(still.tenths_ago / 10).toFixed(1)} s ago`;
    } catch {
      note.textContent = "the server has ended";
    }
  }

  private reopen(head: Head, base64: string): void {
    // B follows the program while it is at the end, and stays where it was put otherwise.
    const isAtEnd = this.state.b >= this.head.moments.to;
    this.head = head;
    if (isAtEnd) this.state.b = head.moments.to;
    this.facts = null;
    this.budgetFigures.clear();
    this.showHead();
    this.ask({ type: "open", base64 });
  }

  private ask(question: Question): void {
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

  private showHead(): void {
    const { head } = this;
    document.title = `${head.program.split("/").pop()} – heapreel`;
    const program = byId("program");
    program.textContent = shown(head.command_line.map((word, i) => (i === 0 ? word.split("/").pop() : word)).join(" ") || head.file);
    program.title = head.command_line.join(" ");
    const seconds = Math.max(0, (head.ended_ns - head.started_ns) / 1e9);
    // A file that is being written has no end yet, which is no gap of the record.
    const missing = head.being_written ? head.gaps.slice(1) : head.gaps;
    const isComplete = missing.length === 0;
    const cost = [`own memory ${sizeText(head.cost.own_memory)}`];
    if (seconds > 0) cost.push(`${((head.cost.consolidator_ns / 1e7) / seconds).toFixed(1)} % of a core`);
    if (head.cost.merged > 0) cost.push(counted(head.cost.merged, "merged game frame"));
    byId("facts").replaceChildren(
      `${grouped(head.game_frames)} game frames · ${seconds.toFixed(1)} s · ${head.being_written ? "running" : head.ended} · `,
      make("b", { title: isComplete ? "every event is accounted for (heapreel info)" : missing.join("\n") }, isComplete ? "complete ✓" : "incomplete ✗"),
      ...(head.being_written
        ? [] // the costs are written at the end
        : [make("span", { title: "what tracing cost: memory of the tracer, and processor time of its recorder process" }, ` · tracing cost ${cost.join(", ")}`)]),
    );
    const gaps = byId("gaps");
    gaps.hidden = isComplete;
    gaps.textContent = isComplete ? "" : `This record is incomplete: ${missing.map(shown).join("\n")}`;
    const place = byId("sentences");
    place.replaceChildren();
    for (const sentence of head.sentences) {
      const button = make("button", { class: "sentence", title: "show it below", "data-about": sentence.about }, shown(sentence.text));
      button.addEventListener("click", () => this.showSentence(sentence));
      place.append(button);
    }
    byId("marks-note").textContent = head.marks.length === 0 ? "no marks: make some with HEAPREEL_MARK(\"level-loaded\")" : "";
  }

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
    byId<HTMLInputElement>("input-a").value = String(state.a);
    byId<HTMLInputElement>("input-b").value = String(state.b);
    byId<HTMLSelectElement>("unit").value = state.unit;
    byId<HTMLSelectElement>("group").value = state.group;
    const search = byId<HTMLInputElement>("search");
    if (search.value !== state.search) search.value = state.search;
    for (const name of ["only", "folds", "recursion", "lines", "callers"] as const) byId<HTMLInputElement>(name).checked = state[name];
    byId("copy-command").title = `copy: ${commandOf(state, this.head).command}   (c)`;
    byId("copy-frames").title = `copy: ${framesCommandOf(state, this.head)}`;
  }

  // ---- the selection

  private change(change: Partial<State>, remember = true): void {
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
    if (change.tab !== undefined || FOLLOWING.has(this.state.tab)) this.showTab();
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
        this.showTab();
        break;
      case "picture":
        this.isBusy = false;
        this.showPicture(answer.picture);
        if (this.isStale) this.draw();
        break;
      case "series":
        if (byId<HTMLSelectElement>("series-by").value === answer.by) this.timeline?.setSeries(answer.series);
        break;
      case "facts":
        this.facts = answer.facts;
        this.showTab();
        break;
      case "leaks":
        this.fillFollowing("leaks", () => Tabs.leaks(answer.leaks, answer.blocks, answer.bytes, this.state.a, this.state.b, this.head));
        break;
      case "threads":
        this.fillFollowing("threads", () => Tabs.threads(answer.threads, this.facts, this.names!, this.head, this.state.a, this.state.b));
        break;
      case "modules":
        if (this.state.tab === "symbols") this.fillTab(Tabs.symbols(this.head, answer.modules));
        break;
      case "budget":
        this.budgetFigures.set(answer.name, answer.figures);
        if (this.state.tab === "budgets") this.fillTab(this.budgetTab());
        break;
      case "done":
        // For who looks at the page by a program: nothing is on its way.
        document.documentElement.dataset.settled = String(--this.asked === 0);
        break;
      case "error":
        this.isBusy = this.isTabBusy = false;
        this.fail(answer.text);
        break;
    }
  }

  private showPicture(picture: Picture): void {
    const { state } = this;
    const amount = (value: number, sign = false): string => (state.unit === "bytes" ? sizeText(value, sign) : `${grouped(value, sign)} blocks`);
    const gameFrames = `${grouped(state.a)} → ${grouped(state.b)}`;
    const titles: Record<string, string> = {
      live: `live at the end of ${grouped(state.b)}: ${amount(picture.allGrown)}`,
      growth: `growth ${gameFrames}: ${amount(picture.allGrown, true)} and ${amount(-picture.allShrunk, true)}`,
      allocated: `allocated ${gameFrames}: ${amount(picture.allGrown)}`,
      temporaries: `temporaries ${gameFrames}: ${amount(picture.allGrown)}`,
      peak: `peak, at the end of ${grouped(this.head.moments.peak)}: ${amount(picture.allGrown)}`,
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

  // ---- tabs

  private fillTab(children: (Node | string | null)[]): void {
    byId("tab-body").replaceChildren(...children.filter((child): child is Node | string => child !== null));
  }

  private budgetTab(): (Node | string | null)[] {
    return Tabs.budgets(this.head, this.budgetFigures, (row) => this.rows!.number(row), (row) => this.goTo(row));
  }

  private showTab(): void {
    const { state, head } = this;
    if (!this.names || !this.rows) return;
    switch (state.tab) {
      case "recording":
        return this.fillTab(Tabs.recording(head));
      case "symbols":
        return this.ask({ type: "modules" });
      case "leaks":
        return this.askForTab({ type: "leaks", from: state.a, to: state.b });
      case "threads":
        return this.askForTab({ type: "threads", a: this.rows.rowOf(state.a), b: this.rows.rowOf(state.b) });
      case "budgets":
        for (const { name } of head.budgets) {
          if (!this.budgetFigures.has(name)) this.ask({ type: "budget", name });
        }
        return this.fillTab(this.budgetTab());
    }
    if (!this.facts) return this.ask({ type: "facts" });
    switch (state.tab) {
      case "lifetimes":
        return this.fillTab(Tabs.lifetimes(this.facts, head));
      case "sizes":
        return this.fillTab(Tabs.sizes(this.facts, head));
      case "map":
        return this.fillTab(Tabs.addressMap(this.facts, head, (text) => this.status(text)));
      default:
        return this.change({ tab: "lifetimes" });
    }
  }

  // Of what a drag passes by, only the last is answered.
  private askForTab(question: Question): void {
    this.isTabStale = this.isTabBusy;
    if (this.isTabBusy) return;
    this.isTabBusy = true;
    this.ask(question);
  }
  private fillFollowing(tab: string, children: () => (Node | string | null)[]): void {
    this.isTabBusy = false;
    if (this.isTabStale) return this.showTab();
    if (this.state.tab === tab) this.fillTab(children());
  }

  private status(text: string): void {
    byId("status").textContent = text;
  }

  // ---- moving

  // Selects one game frame: what happened in it, or what lived at its end.
  private goTo(row: number): void {
    const { rows } = this;
    if (!rows) return;
    this.change({ a: rows.number(rows.step(row, -1)), b: rows.number(row) });
  }
  private move(by: number, both: boolean): void {
    const { rows, state } = this;
    if (!rows) return;
    const b = rows.step(rows.rowOf(state.b), by);
    const a = rows.rowOf(state.a);
    this.change({ b: rows.number(b), a: rows.number(both ? rows.step(a, by) : Math.min(a, b)) });
  }
  private toMark(direction: number): void {
    const { state, head } = this;
    const marks = head.marks.map((mark) => mark.game_frame).sort((x, y) => x - y);
    const next = direction > 0 ? marks.find((at) => at > state.b) : marks.reverse().find((at) => at < state.b);
    if (next === undefined) return toast(marks.length === 0 ? "The program made no mark." : "There is no further mark.");
    this.change({ b: next, a: Math.min(state.a, next) });
  }

  private theme(next?: string): void {
    const root = document.documentElement;
    root.dataset.theme = next ?? (root.dataset.theme === "dark" ? "light" : "dark");
    root.style.colorScheme = root.dataset.theme;
    this.timeline?.recolor();
    this.flame.recolor();
    if (this.state.tab === "map") this.showTab();
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
        const number = Number((event.target as HTMLInputElement).value);
        if (Number.isInteger(number) && number >= 0) this.change({ [key]: number });
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
    document.addEventListener("keydown", (event) => this.key(event));
  }

  private copyCommand(): void {
    const { command, note } = commandOf(this.state, this.head);
    void copy(command).then(() => note !== "" && toast(`${command}   (${note})`));
  }
  private toPeak(): void {
    this.change({ b: this.head.moments.peak, a: Math.min(this.state.a, this.head.moments.peak), view: "peak" });
  }
  private toWorst(): void {
    const { worst } = this.head.moments;
    if (worst === null || !this.rows) return toast("There are too few game frames to tell which is the worst.");
    this.change({ view: "allocated", unit: "blocks" }); // it is the worst by how often it allocates
    this.goTo(this.rows.rowOf(worst));
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.key === "Escape") {
      if (target.matches("input, select")) target.blur();
      else if (!this.flame.zoomOut() && this.state.search !== "") this.change({ search: "", only: false });
      return;
    }
    if (target.matches("input:not([type=checkbox]), select, textarea") || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "k") {
      event.preventDefault();
      return byId("search").focus();
    }
    if (event.ctrlKey || event.metaKey) return;
    const view = VIEWS[Number(event.key) - 1];
    if (view) return this.change({ view: view.view });
    switch (event.key) {
      case "ArrowLeft":
      case "ArrowRight":
        this.move((event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1), false);
        break;
      case "g": {
        const at = GROUPS.findIndex((row) => row.group === this.state.group);
        this.change({ group: GROUPS[(at + 1) % GROUPS.length].group });
        break;
      }
      case "/":
        byId("search").focus();
        break;
      case "[":
        this.toMark(-1);
        break;
      case "]":
        this.toMark(1);
        break;
      case "w":
        this.toWorst();
        break;
      case "p":
        this.toPeak();
        break;
      case "c":
        this.copyCommand();
        break;
      case "t":
        this.theme();
        break;
      case "?":
        showHelp();
        break;
      default:
        return;
    }
    event.preventDefault();
  }
}

new Page();
