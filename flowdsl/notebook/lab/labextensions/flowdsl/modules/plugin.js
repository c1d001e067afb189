// Registers FlowDSL in JupyterLab: the language `flow`, its file type, and the editor extensions for programs.

import { MIME, highlighter, startsProgram } from "./language.js";
import { underlines } from "./underlines.js";

const HEAD_LENGTH = 200; // %%flow must be within this many characters from the start of a cell

// A branching path in a rounded square, in the colour of JupyterLab's file icons.
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 22 22">
  <g class="jp-icon-contrast1 jp-icon-selectable" stroke="none" fill="#1976d2">
    <path d="M7 3h8a2 2 0 0 1 2 2v2a2 2 0 0 1-2 2h-3v2h4a2 2 0 0 1 2 2v1h-2v-1H6v1H4v-1a2 2 0 0 1 2-2h4V9H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z"/>
    <rect x="2" y="14" width="6" height="5" rx="1.5"/>
    <rect x="14" y="14" width="6" height="5" rx="1.5"/>
  </g>
</svg>`;

export function plugin(shared) {
  const { IEditorLanguageRegistry, IEditorExtensionRegistry, EditorExtensionRegistry } = shared.codemirror;
  const { INotebookTracker } = shared.notebook;
  return {
    id: "flowdsl:plugin",
    description: "Colours FlowDSL in cells and files, and underlines diagnostics while you type.",
    autoStart: true,
    requires: [IEditorLanguageRegistry, IEditorExtensionRegistry],
    optional: [INotebookTracker],
    activate(app, languages, extensions, notebooks) {
      const support = new shared.language.LanguageSupport(highlighter(shared.language));
      languages.addLanguage({ name: "flow", displayName: "FlowDSL", mime: MIME, extensions: ["flow"], support });
      addFileType(app, shared.ui);
      const watch = notebooks ? underlines(shared, notebooks) : [];
      extensions.addExtension({
        name: "flowdsl:programs",
        factory: ({ model }) =>
          EditorExtensionRegistry.createImmutableExtension(programs(shared.state, support, watch, model)),
      });
    },
  };
}

function addFileType(app, { LabIcon }) {
  app.docRegistry.addFileType({
    name: "flow",
    displayName: "FlowDSL file",
    extensions: [".flow"],
    mimeTypes: [MIME],
    contentType: "file",
    fileFormat: "text",
    icon: new LabIcon({ name: "flowdsl:file", svgstr: ICON }),
  });
}

// Treats a cell as FlowDSL if its text begins with %%flow, in a notebook of any language. Every change is checked,
// because the user may add or remove %%flow. JupyterLab itself colours editors whose language is FlowDSL (files, and
// cells of the FlowDSL kernel).
function programs({ Compartment, EditorState, Prec }, support, watch, model) {
  const PLAIN = [];
  const WHOLE = [watch];
  const CELL = [Prec.highest(support), watch];
  const extensionsOf = (text) => (startsProgram(text) ? CELL : model?.mimeType === MIME ? WHOLE : PLAIN);
  const kind = new Compartment();
  return [
    kind.of(extensionsOf(model?.sharedModel?.getSource?.().slice(0, HEAD_LENGTH) ?? "")),
    EditorState.transactionExtender.of((change) => {
      if (!change.docChanged && !change.effects.length) return null;
      const next = extensionsOf(change.newDoc.sliceString(0, HEAD_LENGTH));
      return next === kind.get(change.startState) ? null : { effects: kind.reconfigure(next) };
    }),
  ];
}
