// Splits each line of a program into coloured words. The words are in words.js, which `make docs` writes from the
// tables of the language.
//
// Keywords depend on their context, which an editor does not have while the user types. So this only looks for the
// longest phrase of the tables at each position. A text in quotes ends on its own line, so each line is coloured alone.

import { FAMILIES } from "./words.js";

export const MIME = "text/x-flow";

// CodeMirror's names of kinds, so that the user's theme sets the colours.
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

// Phrases by their first word, longest first; for equal lengths, keywords first.
const PHRASES = byFirstWord();

function byFirstWord() {
  const phrasesOf = new Map();
  for (const [family, phrases] of Object.entries(FAMILIES)) {
    for (const phrase of phrases) {
      const [first] = phrase.split(" ");
      const pattern = phrase.replace(/[^\p{L}\p{N}_ <>-]/gu, "\\$&").replaceAll("<ordinal>", ORDINAL).replaceAll(" ", "\\s+");
      const entry = { family, length: phrase.length, pattern: new RegExp(`^${pattern}${END_OF_WORD}`, "iu") };
      phrasesOf.set(first, [...(phrasesOf.get(first) ?? []), entry]);
    }
  }
  for (const phrases of phrasesOf.values()) phrases.sort((one, other) => other.length - one.length);
  return phrasesOf;
}

// Whether a text begins with %%flow, by IPython's rules.
export function startsProgram(text) {
  return MAGIC.test(text);
}

// The tokenizer for StreamLanguage. Its state holds the quotes that would close the current text, if there is one.
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

// Part of a text in quotes: a placeholder, or everything up to the next placeholder or the closing quote.
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
