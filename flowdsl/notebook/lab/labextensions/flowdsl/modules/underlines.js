// Underlines diagnostics while the user types. Half a second after the last key press, the text of the cell is sent to
// the kernel over a comm; the kernel replies with diagnostics. It replies only after `%load_ext flowdsl` has run in it.
//
// Request: {id, text}
// Reply:   {id, diagnostics: [{start, end, severity, code, message, help}]}; offsets are UTF-16 units, as in editors.

const TARGET = "flowdsl.lint";
const PAUSE = 500; // milliseconds after the last key press
const BUSY = 1000; // milliseconds until the next request to a busy kernel

// The editor extensions for programs: request diagnostics, underline them, explain them. Editors outside notebooks have
// no kernel, so they send no requests.
export function underlines({ notebook, state, view }, notebooks) {
  const { RangeSet, StateEffect, StateField } = state;
  const { Decoration, EditorView, ViewPlugin, hoverTooltip, tooltips } = view;
  const setMarks = StateEffect.define();
  const linters = new Set(); // one for each open editor of a program

  const marks = StateField.define({
    create: () => RangeSet.empty,
    update: (known, change) =>
      change.effects.filter((effect) => effect.is(setMarks)).reduce((_, { value }) => value, known.map(change.changes)),
    provide: (field) => EditorView.decorations.from(field),
  });

  const mark = (doc, diagnostic) => {
    const { from, to } = place(doc, diagnostic);
    const severity = diagnostic.severity === "warning" ? "warning" : "error";
    const attributes = { "aria-description": diagnostic.message };
    return Decoration.mark({ class: `cm-flow-diagnostic cm-flow-${severity}`, attributes, diagnostic }).range(from, to);
  };

  const linter = ViewPlugin.fromClass(
    class {
      constructor(editor) {
        this.editor = editor;
        this.requested = null; // the text of the last request
        linters.add(this);
        this.wait(PAUSE);
      }

      update({ docChanged, geometryChanged }) {
        if (docChanged || (geometryChanged && this.requested !== this.editor.state.doc)) this.wait(PAUSE);
      }

      destroy() {
        clearTimeout(this.timer);
        linters.delete(this);
        if (this.widget) delete this.widget.getTokens;
      }

      wait(time) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.request(), time);
      }

      // The notebook that this editor is a cell of.
      get panel() {
        return notebooks.find((panel) => panel.node.contains(this.editor.dom));
      }

      // JupyterLab adds all words of an editor to the kernel's completions, even names in quotes and %%flow. It must add
      // none for programs, because the kernel already returns every valid completion.
      completeFromKernelOnly() {
        this.widget ??= this.panel?.content.widgets.find(({ editor }) => editor?.editor === this.editor)?.editor;
        if (this.widget) this.widget.getTokens = () => [];
      }

      request() {
        this.completeFromKernelOnly();
        const kernel = this.panel?.sessionContext.session?.kernel;
        const { doc } = this.editor.state;
        if (!kernel || kernel.status === "dead" || this.requested === doc) return;
        if (kernel.status !== "idle") {
          this.wait(BUSY);
          return;
        }
        this.requested = doc;
        connectionTo(kernel).request(doc.toString(), (diagnostics) => this.receive(doc, diagnostics));
      }

      // Ignores a reply about an outdated text. After no reply (null), the same text may be requested again.
      receive(doc, diagnostics) {
        if (diagnostics === null && this.requested === doc) this.requested = null;
        if (diagnostics === null || this.editor.state.doc !== doc || !linters.has(this)) return;
        const ranges = doc.length ? diagnostics.map((diagnostic) => mark(doc, diagnostic)) : [];
        this.editor.dispatch({ effects: setMarks.of(RangeSet.of(ranges, true)) });
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

  // The cell that has just run may have loaded the extension into a kernel that had refused the comm.
  notebook.NotebookActions.executed.connect((_, { notebook: content, cell }) => {
    if (!/flow/i.test(cell.model?.sharedModel.getSource() ?? "")) return;
    for (const each of linters) {
      const panel = each.panel;
      if (panel?.content !== content || !panel.sessionContext.session?.kernel) continue;
      connectionTo(panel.sessionContext.session.kernel).refused = false;
      each.wait(0);
    }
  });

  return [marks, linter, tip, tooltips({ parent: document.body }), EditorView.baseTheme(LOOKS)];
}

// The range of a diagnostic in a text that is not empty. An underline below spaces alone is not visible, so the range
// then starts at the last character before them.
function place(doc, { start, end }) {
  const to = Math.max(1, Math.min(end, doc.length));
  let from = Math.max(0, Math.min(start, to - 1));
  while (from > 0 && !doc.sliceString(from, to).trim()) from -= 1;
  return { from, to };
}

// One connection for each kernel.
const connections = new WeakMap();

function connectionTo(kernel) {
  if (!connections.has(kernel)) connections.set(kernel, new Connection(kernel));
  return connections.get(kernel);
}

// Sends texts to one kernel over a comm and passes on the diagnostics, or null if there will be no reply.
class Connection {
  constructor(kernel) {
    this.kernel = kernel;
    this.refused = false; // true while the kernel has not loaded FlowDSL
    this.last = 0;
    this.waiting = new Map();
  }

  request(text, receive) {
    if (this.refused) {
      receive(null);
      return;
    }
    if (!this.comm || this.comm.isDisposed) this.open();
    this.last += 1;
    this.waiting.set(this.last, receive);
    this.comm.send({ id: this.last, text }).done.catch(() => {});
  }

  open() {
    this.close(); // ends requests from before a restart of the kernel
    this.comm = this.kernel.createComm(TARGET);
    this.comm.onMsg = ({ content: { data } }) => {
      const receive = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      receive?.(data.diagnostics);
    };
    this.comm.onClose = () => {
      this.refused = true;
      this.close();
    };
    this.comm.open({}).done.catch(() => {});
  }

  close() {
    const unanswered = [...this.waiting.values()];
    this.waiting.clear();
    this.comm = undefined;
    for (const receive of unanswered) receive(null);
  }
}

// The tooltip that describes the diagnostics below the pointer.
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

// One line of a tooltip; text in backticks is shown as code.
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
