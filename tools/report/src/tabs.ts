// What stands below: lifetimes, sizes, the address map, leaks, threads, budgets, symbols, and the recording itself.

import { byId, type Child, color, copy, make, spark } from "./dom";
import { counted, grouped, share, shortName, shortPlace, shown, sizeText } from "./format";
import type { Budget, Head } from "./head";
import type { Names } from "./body";
import type { BudgetFigures, Facts, Leak, StillFacts, ThreadLine, UnnamedModule } from "./protocol";
import { nameOf, wordOf } from "./numbers";
import { optionsOf, quoted } from "./state";
import { factsOf, tableOf } from "./tables";

export const TABS: { tab: string; name: string }[] = [
  { tab: "lifetimes", name: "Lifetimes" },
  { tab: "sizes", name: "Sizes" },
  { tab: "map", name: "Map" },
  { tab: "leaks", name: "Leaks" },
  { tab: "threads", name: "Threads" },
  { tab: "budgets", name: "Budgets" },
  { tab: "symbols", name: "Symbols" },
  { tab: "recording", name: "Recording" },
];

const WIDEST = 220; // pixels of a bar

function bar(value: number, most: number, title: string, kind = ""): HTMLElement {
  const element = make("span", { class: `bar ${kind}`, title });
  element.style.width = `${most > 0 ? Math.max(value > 0 ? 1 : 0, (WIDEST * value) / most) : 0}px`;
  return element;
}

// A command that prints the numbers beside it, to read and to copy.
function commandLine(words: string, options: string[] = []): HTMLElement {
  const command = [words, ...options].join(" ");
  const button = make("button", { class: "copy", title: "copy this command" }, "copy");
  button.addEventListener("click", () => void copy(command));
  return make("p", { class: "soft mono command" }, make("code", {}, command), button);
}

function siteCell(name: string, place: string): HTMLElement {
  const places = place === "" || place === name ? [] : [make("span", { class: "place" }, shown(shortPlace(place)))];
  return make("span", { title: `${name}\n${place}`.slice(0, 2000) }, shortName(name), ...places);
}

const LIFETIME_NAMES = ["the same game frame", "1", "2 to 3", "4 to 7", "8 to 15", "16 to 31", "32 to 63", "64 to 127", "128 to 255", "256 or more"];

export function lifetimes(facts: Facts, head: Head): Child[] {
  const { whole, lines } = facts.lifetimes;
  const all = whole.reduce((sum, count) => sum + count, 0);
  if (all === 0) return [make("p", { class: "empty" }, "No block was freed while the program was recorded.")];
  const most = Math.max(...whole);
  const rows = whole.map((count, i) => [LIFETIME_NAMES[i], grouped(count), share(count, all), bar(count, most, `${grouped(count)} blocks`)]);
  const sites = lines.map((line) => {
    const freed = line.counts.reduce((sum, count) => sum + count, 0);
    return [grouped(line.counts[0]), share(line.counts[0], freed), spark(line.counts), siteCell(line.name, line.place)];
  });
  return [
    make(
      "div",
      { class: "columns" },
      make(
        "div",
        {},
        make("h2", {}, "How long freed blocks had lived, in game frames"),
        tableOf(["<lived for", "blocks", "share", "<"], rows),
        make("p", { class: "soft" }, "Over the whole recording. Blocks that die in their own game frame could come from a frame arena, which costs nothing: `heapreel advise` sizes it."),
      ),
      make(
        "div",
        {},
        make("h2", {}, "Lines whose blocks die in their own game frame"),
        tableOf(["blocks", "of its freed", "<lifetimes", "<line"], sites as Child[][], ["", "", "from the same game frame to 256 and more", ""]),
      ),
    ),
    commandLine(`heapreel stats --lifetimes -n 30 ${quoted(head.file)}`, optionsOf(head)),
    commandLine(`heapreel advise ${quoted(head.file)}`),
  ];
}

function className(number: number): string {
  return number === 0 ? "0 B" : sizeText(2 ** (number - 1));
}

export function sizes(facts: Facts, head: Head): Child[] {
  const isKnown = head.allocator !== "system"; // whose size classes these are
  const still = (name: string, gameFrame: number, of: StillFacts): HTMLElement => {
    const { most, blocks, bytes, slack } = of.classes;
    const sum = (figures: Float64Array): number => figures.reduce((all, figure) => all + figure, 0);
    const [allBlocks, allBytes, allSlack] = [sum(blocks), sum(bytes), sum(slack)];
    const widest = Array.from(bytes, (figure, i) => figure + slack[i]).reduce((x, y) => Math.max(x, y), 1);
    const rows: Child[][] = Array.from(most, (size, i) => {
      const cells: Child[] = [`up to ${sizeText(size)}`, grouped(blocks[i]), sizeText(bytes[i]), share(bytes[i], allBytes)];
      const both = make("span", { class: "bars" }, bar(bytes[i], widest, `${sizeText(bytes[i])} asked for`));
      if (isKnown) {
        cells.push(sizeText(slack[i]));
        both.append(bar(slack[i], widest, `${sizeText(slack[i])} slack`, "slack"));
      }
      return [...cells, both];
    });
    rows.push(["all", grouped(allBlocks), sizeText(allBytes), "", ...(isKnown ? [sizeText(allSlack)] : []), ""]);
    const columns = ["block size", "blocks", "asked for", "share", ...(isKnown ? ["slack"] : []), "<"];
    return make(
      "div",
      {},
      make("h2", {}, `${name}: live at the end of game frame ${nameOf(head, gameFrame)}`),
      make(
        "p",
        {},
        isKnown
          ? `${sizeText(allBytes)} asked for; the allocator's size classes add ${sizeText(allSlack)} of slack (${share(allSlack, allBytes)}).`
          : `${sizeText(allBytes)} asked for. What the system's allocator adds is not known.`,
      ),
      tableOf(columns, rows, ["the largest block of the size class", "", "bytes as the program asked for them", "of all live bytes", "bytes that the allocator adds to what was asked for"], true),
      commandLine(`heapreel stats --sizes ${isKnown ? "mimalloc" : "power-of-two"} ${quoted(`${head.file}@${wordOf(head, gameFrame)}`)}`),
    );
  };
  const columns = make("div", { class: "columns" }, still("The peak", head.moments.peak, facts.peak), still("The end", head.moments.to, facts.last));
  if (facts.sizeGroups.length > 0) {
    const most = Math.max(...facts.sizeGroups.map((group) => group.allocs));
    const rows = facts.sizeGroups.map((group) => [
      className(group.item),
      grouped(group.allocs),
      sizeText(group.allocBytes),
      grouped(group.allocs - group.frees),
      bar(group.allocs, most, `${grouped(group.allocs)} allocations`),
    ]);
    columns.append(make("div", {}, make("h2", {}, "Allocated over the whole recording"), tableOf(["up to", "allocations", "bytes", "not freed", "<"], rows)));
  }
  return [columns];
}

// Cells in rows; where addresses have a gap, a new row begins.
export function addressMap(facts: Facts, head: Head, onPoint: (text: string) => void): Child[] {
  const choice = make("select", {}, make("option", { value: "last" }, `game frame ${nameOf(head, head.moments.to)} (the end)`), make("option", { value: "peak" }, `game frame ${nameOf(head, head.moments.peak)} (the peak)`));
  const note = make("p", { class: "soft" });
  const canvas = make("canvas", { id: "map", tabindex: "0", role: "img", "aria-label": "map of the address space: one square for each cell that holds live blocks; arrow keys go from cell to cell" });
  const draw = (): void => {
    const still = choice.value === "peak" ? facts.peak : facts.last;
    const cellBytes = 2 ** still.cellShift;
    const count = still.cell.length;
    const across = Math.max(64, Math.min(512, Math.floor((byId("tab-body").clientWidth - 10) / 5)));
    const places: { row: number; column: number }[] = [];
    let row = 0;
    let column = 0;
    for (let i = 0; i < count; ++i) {
      const gap = i === 0 ? 1 : still.cell[i] - still.cell[i - 1];
      if (gap > across) {
        row += column > 0 ? 1 : 0;
        column = 0;
      } else if (i > 0) {
        column += gap - 1;
        row += Math.floor(column / across);
        column %= across;
      }
      places.push({ row, column });
      if (++column === across) {
        column = 0;
        ++row;
      }
    }
    const rows = Math.max(1, row + 1);
    const shownRows = Math.min(rows, 400);
    const size = 5;
    canvas.width = across * size;
    canvas.height = shownRows * size;
    const ctx = canvas.getContext("2d")!;
    ctx.fillStyle = color("--panel");
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    const shades = [0, 1, 2, 3].map((i) => color(`--m${i}`));
    const byPlace = new Map<number, number>();
    for (let i = 0; i < count; ++i) {
      const place = places[i];
      if (place.row >= shownRows) break;
      const share = Math.min(1, still.cellBytes[i] / cellBytes);
      const quarter = Math.min(3, Math.floor(share * 4));
      ctx.fillStyle = shades[quarter];
      const side = quarter === 0 ? 2 : quarter === 1 ? 3 : size - 1;
      ctx.fillRect(place.column * size, place.row * size + size - 1 - side, side, side);
      byPlace.set(place.row * across + place.column, i);
    }
    const held = still.cellBytes.reduce((sum, bytes) => sum + Math.min(bytes, cellBytes), 0);
    const sparse = still.cellBytes.filter((bytes) => bytes < cellBytes / 4);
    note.textContent =
      `${counted(count, "cell")} of ${sizeText(cellBytes)} hold live blocks: ${sizeText(held)} in ${sizeText(count * cellBytes)} (${share(held, count * cellBytes)}). ` +
      `${counted(sparse.length, "cell")} less than a quarter full pin ${sizeText(sparse.length * cellBytes)}. The larger and stronger the square, the fuller the cell; a gap of addresses begins a new row.` +
      (rows > shownRows ? ` The first ${grouped(shownRows)} of ${grouped(rows)} rows are shown.` : "");
    canvas.onpointermove = (event): void => {
      const scale = canvas.width / canvas.clientWidth;
      point(byPlace.get(Math.floor((event.offsetY * scale) / size) * across + Math.floor((event.offsetX * scale) / size)));
    };
    // Left and right go to the next cell in use, up and down by ten of them.
    let chosen = -1;
    canvas.onkeydown = (event): void => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 }[event.key];
      if (by === undefined || count === 0) return;
      event.preventDefault();
      event.stopPropagation();
      chosen = Math.min(Math.max(chosen + by, 0), count - 1);
      point(chosen);
    };
    const point = (i: number | undefined): void => {
      if (i === undefined) return onPoint("");
      onPoint(
        `0x${(still.cell[i] * cellBytes).toString(16)}: ${sizeText(still.cellBytes[i])} of ${sizeText(cellBytes)}, ${counted(still.cellBlocks[i], "block")} begin here\n` +
          `most of it from ${shown(still.cellName[still.cellLabel[i]])}`,
      );
    };
  };
  choice.addEventListener("change", draw);
  requestAnimationFrame(draw);
  return [
    make("p", {}, make("label", {}, "live blocks at the end of ", choice)),
    note,
    canvas,
    make("p", { class: "soft" }, "Point at a cell to see whose it is. Whose blocks keep nearly empty pages of the allocator, and since when:"),
    commandLine(`heapreel advise ${quoted(head.file)}`),
  ];
}

export function leaks(found: Leak[], blocks: number, bytes: number, from: number, to: number, head: Head): Child[] {
  const what = make(
    "p",
    {},
    `Blocks born in game frames ${nameOf(head, from)} to ${nameOf(head, to)} (A to B) that still live at the end of game frame ${nameOf(head, head.moments.to)}: ` +
      `${sizeText(bytes)} in ${counted(blocks, "block")}. Put A at the start of a level and B where it was unloaded: what is listed then was left behind.`,
  );
  const command = commandLine(`heapreel leaks ${quoted(head.file)} --born ${quoted(`${wordOf(head, from)}..${wordOf(head, to)}`)} --at ${quoted(wordOf(head, head.moments.to))} -n 200`, optionsOf(head));
  if (found.length === 0) return [what, command, make("p", { class: "empty" }, "Nothing born there is left.")];
  const most = found[0].bytes;
  const rows = found.map((leak) => [
    sizeText(leak.bytes),
    grouped(leak.blocks),
    leak.first === leak.last ? nameOf(head, leak.first) : `${nameOf(head, leak.first)} to ${nameOf(head, leak.last)}`,
    bar(leak.bytes, most, sizeText(leak.bytes)),
    siteCell(leak.name, leak.place),
  ]);
  return [what, command, tableOf(["bytes", "blocks", "born in", "<", "<line"], rows)];
}

export function threads(lines: ThreadLine[] | null, facts: Facts | null, names: Names, head: Head, a: number, b: number): Child[] {
  const range = [a, b].map((gameFrame) => quoted(`${head.file}@${wordOf(head, gameFrame)}`));
  if (lines === null) {
    const name = (place: number): string => (place < names.threads.length ? names.texts[names.threads[place]] : "other threads");
    const still = facts?.last.threads;
    const rows = still ? Array.from(still.number, (number, i) => [sizeText(still.bytes[i]), grouped(still.blocks[i]), shown(name(number))]) : [];
    return [
      make("p", {}, "This reel does not say what threads allocated and freed (it is of an older heapreel, or broke off). What they hold at the end:"),
      tableOf(["live", "blocks", "<thread"], rows),
      commandLine(`heapreel stats --by thread ${quoted(`${head.file}@${wordOf(head, head.moments.to)}`)}`),
    ];
  }
  const most = lines.reduce((so, line) => Math.max(so, line.allocs), 0);
  const rows = lines.map((line) => [
    grouped(line.allocs),
    bar(line.allocs, most, `${grouped(line.allocs)} allocations`),
    sizeText(line.allocBytes),
    grouped(line.frees),
    sizeText(line.freedBytes),
    sizeText(line.liveBytes),
    grouped(line.liveBlocks),
    shown(line.name),
  ]);
  return [
    make("p", {}, `From game frame ${nameOf(head, a)} to ${nameOf(head, b)} (A to B). A free counts for the thread that had allocated the block.`),
    tableOf(["allocations", "<", "allocated", "frees", "freed", "live at B", "blocks", "<thread"], rows),
    commandLine(`heapreel diff --churn --by thread -n 1000 ${range.join(" ")}`),
    commandLine(`heapreel stats --by thread -n 1000 ${range[1]}`),
  ];
}

export function budgets(head: Head, figures: Map<string, BudgetFigures | null>, gameFrame: (row: number) => number, onShow: (row: number) => void): Child[] {
  if (head.budgets.length === 0) {
    return [make("p", { class: "empty" }, "No budgets: declare them in the program with HEAPREEL_BUDGET(\"Physics\", .allocs_per_game_frame = 0), or give them to `heapreel run --budgets FILE`.")];
  }
  const rows: Child[][] = [];
  const limits: { field: keyof Budget; figure: "allocs" | "allocBytes" | "liveBytes"; name: string; bytes: boolean }[] = [
    { field: "allocs_per_game_frame", figure: "allocs", name: "allocations in a game frame", bytes: false },
    { field: "alloc_bytes_per_game_frame", figure: "allocBytes", name: "bytes allocated in a game frame", bytes: true },
    { field: "live_bytes", figure: "liveBytes", name: "live bytes", bytes: true },
  ];
  for (const budget of head.budgets) {
    const known = figures.get(budget.name);
    for (const { field, figure, name, bytes } of limits) {
      const limit = budget[field] as number | undefined;
      if (limit === undefined) continue;
      const text = (value: number): string => (bytes ? sizeText(value) : grouped(value));
      if (!known) {
        rows.push([known === null ? "not in this reel" : "…", shown(budget.name), name, text(limit), "", "", "", ""]);
        continue;
      }
      const over = known[figure].reduce((count, value) => count + (value > limit ? 1 : 0), 0);
      const worst = known.worst[figure];
      const row = known.worstRow[figure];
      const button = make("button", {}, nameOf(head, gameFrame(row)));
      button.addEventListener("click", () => onShow(row));
      rows.push([
        make("b", { class: over > 0 ? "down" : "" }, over > 0 ? "✗ over" : "✓ kept"),
        shown(budget.name), name, text(limit), text(worst), button,
        over > 0 ? counted(over, "game frame") : "", spark(binned(known[figure])) as unknown as Node,
      ]);
    }
  }
  const first = Math.max(0, ...[...figures.values()].map((known) => known?.from ?? 0));
  return [
    make("p", {}, first > 0 ? `Each limit against every game frame from ${nameOf(head, gameFrame(first))} on: this page does not know older ones one by one.` : "Each limit against every game frame of the recording, the first ones included."),
    commandLine(`heapreel check ${quoted(head.file)}`),
    tableOf(["<kept", "<name", "<what", "limit", "worst", "in game frame", "over in", "<over time"], rows),
  ];
}

function binned(values: Float64Array): Float32Array {
  const points = Math.min(60, values.length);
  const bins = new Float32Array(points);
  values.forEach((value, i) => {
    const bin = Math.floor((i * points) / values.length);
    bins[bin] = Math.max(bins[bin], value);
  });
  return bins;
}

export function symbols(head: Head, modules: UnnamedModule[]): Child[] {
  const rows = modules.map((module) => [
    grouped(module.frames),
    module.unnamed > 0 ? grouped(module.unnamed) : "",
    module.lineless > 0 ? grouped(module.lineless) : "",
    shown(module.module),
  ]);
  return [
    make("p", {}, head.coverage === "" ? "Every module has its debug information." : shown(head.coverage)),
    ...head.warnings.map((warning) => make("p", { class: "down" }, shown(warning))),
    commandLine(`heapreel info ${quoted(head.file)}`),
    tableOf(["places", "no function", "no line", "<module"], rows, ["different places in stacks", "without the name of a function", "with a function, without a line", ""]),
  ];
}

const PARTS: Record<string, string> = { block_maps: "block maps", frozen_copies: "frozen copies" };

export function recording(head: Head): Child[] {
  const { totals, cost } = head;
  const seconds = Math.max(0, (head.ended_ns - head.started_ns) / 1e9);
  const facts: [string, string][] = [
    ["program", `${head.command_line.join(" ")}   (pid ${head.process_id}, ${head.ended})`],
    ["recorded", `${new Date(head.started_wall_ns / 1e6).toISOString().replace("T", " ").slice(0, 19)} UTC, by ${head.writer}, call stacks of up to ${head.traceback_limit} frames, allocator ${head.allocator || "unknown"}`],
    ["game frames", `${grouped(head.game_frames)}${head.game_frames_text}; ${grouped(cost.merged)} merged into later ones, because the recording could not keep up`],
    ["events", `${grouped(totals.allocs)} allocations, ${grouped(totals.frees)} frees, ${grouped(totals.reallocs)} reallocs; ${sizeText(totals.alloc_bytes)} allocated`],
    ["accounts", `${grouped(totals.issued)} issued = ${grouped(totals.stored)} stored + ${grouped(totals.degraded)} without a stack + ${grouped(totals.discarded)} discarded`],
    ["odd frees", `${grouped(totals.untracked_frees)} untracked, ${grouped(totals.inferred_frees)} inferred, ${grouped(totals.mismatched_frees)} mismatched`],
    ["seen", `${grouped(head.threads)} threads, ${grouped(head.tracebacks)} call stacks, ${grouped(head.sites)} sites`],
    ["cost", `own memory ${sizeText(cost.own_memory)}; the recorder process used ${(cost.consolidator_ns / 1e9).toFixed(2)} s of processor time${seconds > 0 ? `, ${((cost.consolidator_ns / 1e7) / seconds).toFixed(1)} % of one core` : ""}; reel ${sizeText(cost.file_bytes)}`],
    ["complete", head.gaps.length === 0 ? "yes: every event is accounted for" : head.gaps.join("\n")],
  ];
  const table = factsOf(facts.map(([name, value]) => [name, shown(value)]));
  table.classList.add("wrapped");
  const columns = make("div", { class: "columns" }, make("div", {}, make("h2", {}, "The recording"), table));
  if (cost.parts.length > 0) {
    const parts = [...cost.parts].sort((x, y) => y.bytes - x.bytes);
    const rows = parts.map((part) => [sizeText(part.bytes), bar(part.bytes, parts[0].bytes, sizeText(part.bytes), "alt"), PARTS[part.name] ?? part.name]);
    columns.append(make("div", {}, make("h2", {}, "The tracer's own memory"), tableOf(["bytes", "<", "<part"], rows)));
  }
  return [columns, commandLine(`heapreel info ${quoted(head.file)}`)];
}
