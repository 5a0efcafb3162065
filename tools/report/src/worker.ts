// The worker: reads the data and answers questions about it, so that the page never waits.

import { readBody, unpacked } from "./body";
import { Heap } from "./heap";
import type { Answer, Question } from "./protocol";

const post = (answer: Answer): void => (self as unknown as { postMessage(answer: Answer): void }).postMessage(answer);

let heap: Heap | null = null;

async function answer(question: Question): Promise<void> {
  if (question.type === "open") {
    const body = readBody(await unpacked(question.base64), (rows) => post({ type: "rows", rows }));
    post({ type: "names", names: body.names });
    heap = new Heap(body);
    return;
  }
  if (!heap) throw new Error("the data was not read");
  switch (question.type) {
    case "picture":
      return post({ type: "picture", picture: heap.picture(question.selection, question.most) });
    case "series":
      return post({ type: "series", by: question.by, series: heap.series(question.by) });
    case "facts":
      return post({ type: "facts", facts: heap.facts() });
    case "leaks":
      return post({ type: "leaks", ...heap.leaks(question.from, question.to) });
    case "modules":
      return post({ type: "modules", modules: heap.modules() });
    case "budget":
      return post({ type: "budget", name: question.name, figures: heap.budget(question.name) });
  }
}

// Questions are answered one after the other, in their order.
let last = Promise.resolve();
self.onmessage = (event: MessageEvent<Question>): void => {
  last = last.then(() => answer(event.data)).catch((error) => post({ type: "error", text: String(error) }));
};
