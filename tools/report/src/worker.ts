// The worker: reads the data and answers questions about it, so that the page never waits.

import { readBody, unpacked } from "./body";
import { Heap } from "./heap";
import type { Answer, Picture, Question } from "./protocol";

interface Scope {
  postMessage(answer: Answer, given?: Transferable[]): void;
}
const post = (answer: Answer, given: Transferable[] = []): void => (self as unknown as Scope).postMessage(answer, given);

// The arrays of a picture are made for it, and are given away instead of copied.
function postPicture(picture: Picture): void {
  const { starts, byLevel, levels, sums } = picture.layout;
  const arrays = [picture.grown, picture.shrunk, picture.found, starts, byLevel, levels, sums];
  post({ type: "picture", picture }, arrays.map((array) => array.buffer as ArrayBuffer));
}

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
      return postPicture(heap.picture(question.selection, question.most));
    case "series":
      return post({ type: "series", by: question.by, series: heap.series(question.by) });
    case "facts":
      return post({ type: "facts", facts: heap.facts() });
    case "leaks":
      return post({ type: "leaks", ...heap.leaks(question.from, question.to) });
    case "threads":
      return post({ type: "threads", threads: heap.threads(question.a, question.b) });
    case "modules":
      return post({ type: "modules", modules: heap.modules() });
    case "budget":
      return post({ type: "budget", name: question.name, figures: heap.budget(question.name) });
  }
}

// Questions are answered one after the other, in their order.
let last = Promise.resolve();
self.onmessage = (event: MessageEvent<Question>): void => {
  last = last
    .then(() => answer(event.data))
    .catch((error) => post({ type: "error", text: String(error) }))
    .then(() => post({ type: "done" }));
};
