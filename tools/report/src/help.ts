// The keys, and what the words on the page mean.

import { byId, make } from "./dom";
import { factsOf } from "./tables";

const KEYS: [string, string][] = [
  ["1 to 5", "live at B, growth, allocated, temporaries, peak"],
  ["← →", "B one game frame back or on; with Shift ten"],
  ["[ ]", "B to the mark before or after"],
  ["w, p", "the worst game frame, the peak"],
  ["g", "group by the next: function, line, stack, file, module, domain, tag"],
  ["/ or Ctrl K", "search; /text/ is a regular expression"],
  ["Esc", "back: out of a field, out of a zoom, then the search is cleared"],
  ["c, t, ?", "copy the command, light or dark, this help"],
  ["drag on a chart", "select A to B; drag A or B to move it; click puts B; Ctrl and wheel zooms"],
  ["flame graph", "click or Enter zooms, arrow keys go to callers, callees and neighbours; drag pans; Ctrl and wheel zooms"],
];

const WORDS: [string, string][] = [
  ["game frame", "one step of the game's main loop. Stack frames are called by their functions here."],
  ["live", "allocated and not yet freed, in bytes as the program asked for them"],
  ["growth", "live at B less live at A. What grew and what shrank is shown side by side, and never netted between stacks."],
  ["allocated", "everything allocated in the game frames after A, up to B, whether it was freed again or not"],
  ["temporaries", "blocks that were allocated and freed inside one and the same game frame"],
  ["merged", "the recording could not keep up: such a game frame has sums, and its sites count in the next one"],
  ["fold std::", "calls inside the standard library and inside allocators are left out, as `heapreel stats` groups past them"],
];

export function showHelp(): void {
  const dialog = byId<HTMLDialogElement>("help");
  const close = make("button", {}, "close");
  close.addEventListener("click", () => dialog.close());
  dialog.replaceChildren(
    make("h2", {}, "Keys"),
    factsOf(KEYS.map(([key, text]) => [make("kbd", {}, key), text])),
    make("h2", {}, "Words"),
    factsOf(WORDS.map(([word, text]) => [word, text])),
    make("p", { class: "soft" }, "This page asks nothing of any network. Its timeline is drawn by uPlot (MIT licence, © Leon Sorokin)."),
    close,
  );
  dialog.showModal();
}
