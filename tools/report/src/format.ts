// Numbers as the command prints them.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

// Rounds half to even, as the command does; toFixed rounds half up.
function fixed(value: number, decimals: number): string {
  const scaled = value * 10 ** decimals;
  const below = Math.floor(scaled);
  if (scaled - below === 0.5 && below % 2 === 0) return (below / 10 ** decimals).toFixed(decimals);
  return value.toFixed(decimals);
}

// "10239 B", "10.0 KiB", "100 KiB": format_size of <heapreel/size_text.h>.
export function sizeText(bytes: number, sign = false): string {
  let value = Math.abs(bytes);
  const front = bytes < 0 ? "-" : sign ? "+" : "";
  for (let unit = 0; ; ++unit, value /= 1024) {
    if (value < 100 && unit !== 0) return `${front}${fixed(value, 1)} ${UNITS[unit]}`;
    if (value < 10 * 1024 || unit === UNITS.length - 1) return `${front}${fixed(value, 0)} ${UNITS[unit]}`;
  }
}

// 18204117 -> "18,204,117".
export function grouped(count: number, sign = false): string {
  const digits = String(Math.abs(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return (count < 0 ? "-" : sign ? "+" : "") + digits;
}

export function counted(count: number, one: string): string {
  return `${grouped(count)} ${one}${count === 1 ? "" : "s"}`;
}

export function share(part: number, whole: number): string {
  return whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : "";
}

// One line of text that a name of a program may be shown as: what would move or hide other text is replaced.
export function shown(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "?");
}

// "std::vector<Foo<Bar>, Baz>::push_back" -> "std::vector<…>::push_back" where it is longer than `most`.
export function folded(name: string, most = 40): string {
  if (name.length <= most) return name;
  let text = "";
  let depth = 0;
  for (let i = 0; i < name.length; ++i) {
    const c = name[i];
    const isOperator = text.endsWith("operator") || text.endsWith("operator<") || text.endsWith("operator-");
    if (c === "<" && !isOperator) {
      if (depth++ === 0) text += "<…";
    } else if (c === ">" && !isOperator && depth > 0 && name[i - 1] !== "-") {
      if (--depth === 0) text += ">";
    } else if (depth === 0) {
      text += c;
    }
  }
  return depth === 0 ? text : name;
}

// "src/ai/path.cpp" -> "path.cpp".
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

// The end of a path tells more than its front.
export function shortPlace(place: string): string {
  const parts = place.split("/");
  return parts.length > 3 ? `…/${parts.slice(-2).join("/")}` : place;
}

const MOST_LETTERS = 300; // of a name in a picture or a table; all of it is in the title

// A function without the arguments of its template and its parameters; a place in code without names as file+offset.
export function shortName(name: string): string {
  const front = name.length > 20 * MOST_LETTERS ? name.slice(0, 20 * MOST_LETTERS) : name;
  if (front.startsWith("/")) return shown(/\+0x[0-9a-f]+$/.test(front) ? baseName(front) : shortPlace(front)).slice(0, MOST_LETTERS);
  return shown(withoutParameters(folded(front))).slice(0, MOST_LETTERS);
}

// "Mesh::load(char const*, int) const" -> "Mesh::load()".
function withoutParameters(name: string): string {
  const text = name.endsWith(" const") ? name.slice(0, -6) : name;
  if (!text.endsWith(")")) return name;
  let depth = 0;
  for (let i = text.length - 1; i >= 0; --i) {
    if (text[i] === ")") ++depth;
    else if (text[i] === "(" && --depth === 0) return i > 0 ? `${text.slice(0, i)}()` : name;
  }
  return name;
}
