// The colours of a program: a line goes in, the kinds of its words come out. Every word comes from words.js, which
// `make docs` writes from the tables of the language.
//
// Keywords are contextual, and an editor that colours while somebody types cannot know the context. So this asks no more
// than: is it a phrase of the tables, the longest one that stands here? A text ends on its line, so no line needs to know
// the one before it.

import { FAMILIES } from "./words.js";

export const MIME = "text/x-flow";

// The kinds of CodeMirror, so that the colours are those of the user's theme.
const KINDS = {
  declarations: "keyword",
  structure: "keyword",
  joints: "operator",
  times: "number",
  phrases: "variableName.definition",
};

const MAGIC = /^\s*%%flow(?!\S)/;
const ORDINAL = "(?:\\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)";
const LETTER = "[\\p{L}\\p{N}_]";
const END_OF_WORD = `(?!${LETTER}|[.-]${LETTER})`;
const WORD = new RegExp(`^[\\p{L}_]${LETTER}*(?:[.-]${LETTER}+)*`, "u");
const MOMENT = /^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}:\d{2})(?![\w:])/;
const NUMBER = /^(?:\d+(?:st|nd|rd|th)(?!\w)|-?\d+(?:\.\d+)?(?:\s*%)?)/i;
const CLOSING = { '"': '"', "“": "“”‟", "”": "“”‟", "„": "“”‟", "‟": "“”‟", "«": "»" };

// The phrases that begin with a word, longest first; of equal ones the keyword.
const PHRASES = byFirstWord();

function byFirstWord() {
  const found = new Map();
  for (const [family, phrases] of Object.entries(FAMILIES)) {
    for (const phrase of phrases) {
      const [first] = phrase.split(" ");
      const pattern = phrase.replace(/[^\p{L}\p{N}_ <>-]/gu, "\\$&").replaceAll("<ordinal>", ORDINAL).replaceAll(" ", "\\s+");
      const one = { family, length: phrase.length, pattern: new RegExp(`^${pattern}${END_OF_WORD}`, "iu") };
      found.set(first, [...(found.get(first) ?? []), one]);
    }
  }
  for (const all of found.values()) all.sort((one, other) => other.length - one.length);
  return found;
}

// Whether a text begins with %%flow, as IPython would see it.
export function startsProgram(text) {
  return MAGIC.test(text);
}

// The tokenizer as StreamLanguage wants it; its state is the quotes that end the text under way, if any.
export const tokenizer = {
  name: "flow",
  startState: () => ({ closing: "" }),
  token(line, state) {
    if (line.sol()) {
      state.closing = "";
      if (line.match(/^%.*/)) return "meta"; // %%flow, and the commands of the FlowDSL kernel
    }
    return state.closing ? quoted(line, state) : plain(line, state);
  },
  languageData: {
    commentTokens: { line: "#" },
    closeBrackets: { brackets: ["(", '"'] },
  },
};

export function highlighter({ StreamLanguage }) {
  return StreamLanguage.define(tokenizer);
}

function plain(line, state) {
  if (line.eatSpace()) return null;
  if (line.match(/^#.*/)) return "comment";
  if (CLOSING[line.peek()]) {
    state.closing = CLOSING[line.next()];
    return "string";
  }
  if (line.match(MOMENT) || line.match(NUMBER)) return "number";
  if (line.match(/^(?:[<>=!]=|[<>=≤≥≠])/)) return "operator";
  const word = line.match(WORD, false)?.[0];
  if (word) return phrase(line, word.toLowerCase()) ?? name(line, word);
  line.next();
  return null;
}

// The kind of the longest phrase that begins here. Declarations begin their line.
function phrase(line, word) {
  const first = line.sol();
  for (const { family, pattern } of PHRASES.get(word) ?? []) {
    if ((first || family !== "declarations") && line.match(pattern)) return KINDS[family];
  }
  return undefined;
}

// A column, or a field such as event.start.
function name(line, word) {
  line.match(word);
  return word.includes(".") ? "propertyName" : "variableName";
}

// A piece of a text: a placeholder, or what stands up to the next one or to the closing quote.
function quoted(line, state) {
  if (line.match("{{")) return "string";
  if (line.match(/^\{[^{}"]*\}/)) return "string.special";
  do {
    const letter = line.next();
    if (letter === "\\") line.next();
    else if (state.closing.includes(letter)) {
      state.closing = "";
      break;
    }
  } while (!line.eol() && line.peek() !== "{");
  return "string";
}
