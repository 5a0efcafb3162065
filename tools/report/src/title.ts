// What is known at once: whose recording it is, whether it is complete, what it cost, and the three sentences.

import { byId, make } from "./dom";
import { counted, grouped, shown, sizeText } from "./format";
import type { Head, Sentence } from "./head";

export function showTitle(head: Head, onSentence: (sentence: Sentence) => void): void {
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
    button.addEventListener("click", () => onSentence(sentence));
    place.append(button);
  }
  byId("marks-note").textContent = head.marks.length === 0 ? "no marks: make some with HEAPREEL_MARK(\"level-loaded\")" : "";
}
