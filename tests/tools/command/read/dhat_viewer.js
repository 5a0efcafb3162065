// Runs valgrind's viewer, dh_view.js, without a browser: node dhat_viewer.js DH_VIEW_JS FILE
// Prints what the viewer makes of the file: its sums as JSON, then the text of its page.
"use strict";
const fs = require("fs");
const vm = require("vm");

class Node {
  constructor(text = "") {
    this.childNodes = [];
    this.classList = [];
    this.text = text;
    this.selectedIndex = 0;
  }
  cloneNode() {
    return new Node();
  }
  replaceChild(node, old) {
    const place = this.childNodes.indexOf(old);
    this.childNodes[place] = node;
    node.parentNode = this;
  }
  appendChild(node) {
    this.childNodes.push(node);
    node.parentNode = this;
    return node;
  }
  removeChild(node) {
    this.childNodes.splice(this.childNodes.indexOf(node), 1);
  }
  get firstChild() {
    return this.childNodes[0];
  }
  get lastChild() {
    return this.childNodes[this.childNodes.length - 1];
  }
  set textContent(text) {
    this.childNodes = [new Node(text)];
  }
  get textContent() {
    return this.text + this.childNodes.map((node) => node.textContent).join("");
  }
  set innerHTML(text) {
    this.textContent = text;
  }
  setAttribute() {}
  addEventListener() {}
}

const body = new Node();
const context = vm.createContext({
  console,
  URLSearchParams,
  document: { body, createElement: () => new Node(), createTextNode: (text) => new Node(text), location: { search: "" } },
  window: { location: { search: "" } },
  performance: { now: () => 0 },
});
vm.runInContext(fs.readFileSync(process.argv[2], "utf8"), context);
context.data = fs.readFileSync(process.argv[3], "utf8");
vm.runInContext(
  `onLoad();
   gFilename = "test";
   gData = JSON.parse(data);
   buildTree();
   displayTree(0, 0, 0);`,
  context,
);
const sums = vm.runInContext(
  `({tb: gRoot._totalBytes, tbk: gRoot._totalBlocks, gb: gRoot._atTGmaxBytes, gbk: gRoot._atTGmaxBlocks,
     eb: gRoot._atTEndBytes, ebk: gRoot._atTEndBlocks, tl: gRoot._totalLifetimes})`,
  context,
);
console.log(JSON.stringify(sums));
console.log(body.textContent);
