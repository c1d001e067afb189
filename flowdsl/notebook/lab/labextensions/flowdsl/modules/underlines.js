// Diagnostics while typing: half a second after the last key the text of a cell goes to the kernel over a comm, and what is
// wrong in it comes back and is underlined. The kernel answers once `%load_ext flowdsl` has run in it.
//
// What goes out:   {id, text}
// What comes back: {id, diagnostics: [{start, end, severity, code, message, help}]}, offsets in UTF-16, as editors count.

const TARGET = "flowdsl.lint";
const PAUSE = 500; // milliseconds after the last key
const BUSY = 1000; // and before a kernel at work is asked again

// What editors of programs do: ask, underline, tell. Editors outside of notebooks have no kernel to ask.
export function underlines({ notebook, state, view }, notebooks) {
  const { RangeSet, StateEffect, StateField } = state;
  const { Decoration, EditorView, ViewPlugin, hoverTooltip, tooltips } = view;
  const told = StateEffect.define();
  const asking = new Set(); // all editors of programs

  const marks = StateField.define({
    create: () => RangeSet.empty,
    update: (known, change) =>
      change.effects.filter((effect) => effect.is(told)).reduce((_, { value }) => value, known.map(change.changes)),
    provide: (field) => EditorView.decorations.from(field),
  });

  const mark = (doc, diagnostic) => {
    const { from, to } = place(doc, diagnostic);
    const severity = diagnostic.severity === "warning" ? "warning" : "error";
    const attributes = { "aria-description": diagnostic.message };
    return Decoration.mark({ class: `cm-flow-diagnostic cm-flow-${severity}`, attributes, diagnostic }).range(from, to);
  };

  const asker = ViewPlugin.fromClass(
    class {
      constructor(editor) {
        this.editor = editor;
        this.asked = null; // the text that has been asked about
        asking.add(this);
        this.wait(PAUSE);
      }

      update({ docChanged, geometryChanged }) {
        if (docChanged || (geometryChanged && this.asked !== this.editor.state.doc)) this.wait(PAUSE);
      }

      destroy() {
        clearTimeout(this.timer);
        asking.delete(this);
        if (this.widget) delete this.widget.getTokens;
      }

      wait(time) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.ask(), time);
      }

      // The notebook that this editor is a cell of.
      get panel() {
        return notebooks.find((panel) => panel.node.contains(this.editor.dom));
      }

      // JupyterLab adds all words of an editor to what the kernel completes, names in quotes and %%flow too. In programs
      // it finds none: the kernel knows what may come.
      completeFromKernelOnly() {
        this.widget ??= this.panel?.content.widgets.find(({ editor }) => editor?.editor === this.editor)?.editor;
        if (this.widget) this.widget.getTokens = () => [];
      }

      ask() {
        this.completeFromKernelOnly();
        const kernel = this.panel?.sessionContext.session?.kernel;
        const { doc } = this.editor.state;
        if (!kernel || kernel.status === "dead" || this.asked === doc) return;
        if (kernel.status !== "idle") {
          this.wait(BUSY);
          return;
        }
        this.asked = doc;
        wireTo(kernel).ask(doc.toString(), (diagnostics) => this.hear(doc, diagnostics));
      }

      // What is said about a text that is no longer there is dropped; where nothing is said (null), it is asked again.
      hear(doc, diagnostics) {
        if (diagnostics === null && this.asked === doc) this.asked = null;
        if (diagnostics === null || this.editor.state.doc !== doc || !asking.has(this)) return;
        const ranges = doc.length ? diagnostics.map((diagnostic) => mark(doc, diagnostic)) : [];
        this.editor.dispatch({ effects: told.of(RangeSet.of(ranges, true)) });
      }
    },
  );

  const tip = hoverTooltip((editor, at) => {
    const found = [];
    editor.state.field(marks).between(at, at, (from, to, { spec }) => {
      found.push({ pos: from, end: to, diagnostic: spec.diagnostic });
    });
    if (!found.length) return null;
    return { ...found[0], create: () => ({ dom: card(found.map(({ diagnostic }) => diagnostic)) }) };
  });

  // A cell that has run may have loaded the extension into a kernel that did not know it.
  notebook.NotebookActions.executed.connect((_, { notebook: content, cell }) => {
    if (!/flow/i.test(cell.model?.sharedModel.getSource() ?? "")) return;
    for (const one of asking) {
      const panel = one.panel;
      if (panel?.content !== content || !panel.sessionContext.session?.kernel) continue;
      wireTo(panel.sessionContext.session.kernel).refused = false;
      one.wait(0);
    }
  });

  return [marks, asker, tip, tooltips({ parent: document.body }), EditorView.baseTheme(LOOKS)];
}

// The place of a diagnostic in a text that is not empty. Blanks alone would show no line, so it begins at the last letter
// before them.
function place(doc, { start, end }) {
  const to = Math.max(1, Math.min(end, doc.length));
  let from = Math.max(0, Math.min(start, to - 1));
  while (from > 0 && !doc.sliceString(from, to).trim()) from -= 1;
  return { from, to };
}

// The wires to kernels, one each.
const wires = new WeakMap();

function wireTo(kernel) {
  if (!wires.has(kernel)) wires.set(kernel, new Wire(kernel));
  return wires.get(kernel);
}

// A comm to one kernel: a text goes out, its diagnostics come back; null when there will be no answer.
class Wire {
  constructor(kernel) {
    this.kernel = kernel;
    this.refused = false; // the kernel does not know FlowDSL, at least not yet
    this.last = 0;
    this.waiting = new Map();
  }

  ask(text, hear) {
    if (this.refused) {
      hear(null);
      return;
    }
    if (!this.comm || this.comm.isDisposed) this.open();
    this.last += 1;
    this.waiting.set(this.last, hear);
    this.comm.send({ id: this.last, text }).done.catch(() => {});
  }

  open() {
    this.close(); // those who asked before a restart
    this.comm = this.kernel.createComm(TARGET);
    this.comm.onMsg = ({ content: { data } }) => {
      const hear = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      hear?.(data.diagnostics);
    };
    this.comm.onClose = () => {
      this.refused = true;
      this.close();
    };
    this.comm.open({}).done.catch(() => {});
  }

  close() {
    const unheard = [...this.waiting.values()];
    this.waiting.clear();
    this.comm = undefined;
    for (const hear of unheard) hear(null);
  }
}

// What is told of diagnostics when the pointer rests on one.
function card(diagnostics) {
  const dom = document.createElement("div");
  dom.className = "cm-flow-card";
  for (const { severity, code, message, help } of diagnostics) {
    const one = dom.appendChild(document.createElement("div"));
    one.className = severity === "warning" ? "cm-flow-warning" : "cm-flow-error";
    line(one, "cm-flow-message", message);
    if (help) line(one, "cm-flow-help", help);
    line(one, "cm-flow-code", code);
  }
  return dom;
}

// A line of a card; what stands in backticks is code.
function line(parent, name, text) {
  const one = parent.appendChild(document.createElement("div"));
  one.className = name;
  for (const [at, piece] of text.split("`").entries()) {
    if (at % 2) one.appendChild(document.createElement("code")).textContent = piece;
    else one.append(piece);
  }
}

const wavy = (color) => ({
  textDecoration: `underline wavy ${color} 1px`,
  textDecorationSkipInk: "none",
  textUnderlineOffset: "3px",
});

const LOOKS = {
  ".cm-flow-diagnostic.cm-flow-error": wavy("var(--jp-error-color1, #d32f2f)"),
  ".cm-flow-diagnostic.cm-flow-warning": wavy("var(--jp-warn-color0, #e65100)"),
  ".cm-tooltip:has(> .cm-flow-card), .cm-tooltip:has(> .cm-tooltip-section > .cm-flow-card)": { border: "none", backgroundColor: "transparent" },
  ".cm-flow-card": {
    maxWidth: "34em",
    margin: "4px 0",
    padding: "2px 0",
    color: "var(--jp-ui-font-color1, #212121)",
    backgroundColor: "var(--jp-layout-color1, #ffffff)",
    border: "1px solid var(--jp-border-color1, #bdbdbd)",
    borderRadius: "4px",
    boxShadow: "0 2px 8px rgba(0, 0, 0, 0.25)",
    fontFamily: "var(--jp-ui-font-family, sans-serif)",
    fontSize: "var(--jp-ui-font-size1, 13px)",
    lineHeight: "1.4",
  },
  ".cm-flow-card > div": { margin: "6px 8px", padding: "0 8px", borderLeft: "3px solid" },
  ".cm-flow-card > .cm-flow-error": { borderLeftColor: "var(--jp-error-color1, #d32f2f)" },
  ".cm-flow-card > .cm-flow-warning": { borderLeftColor: "var(--jp-warn-color0, #e65100)" },
  ".cm-flow-card code": { fontFamily: "var(--jp-code-font-family, monospace)", fontSize: "0.95em" },
  ".cm-flow-help": { color: "var(--jp-ui-font-color2, #616161)" },
  ".cm-flow-code": { color: "var(--jp-ui-font-color2, #616161)", fontSize: "0.85em" },
};
