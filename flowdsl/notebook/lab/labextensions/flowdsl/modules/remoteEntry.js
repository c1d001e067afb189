// The entry point of the extension, written by hand. JupyterLab loads it, and it imports the modules beside it.
//
// JupyterLab loads extensions as containers of webpack's module federation. A container is an object with two methods,
// `init(scope)` and `get(module)`; `scope` holds the libraries that JupyterLab shares. This is simple
// enough without a bundler, so the files in the repository are installed unchanged.
(() => {
  "use strict";

  const here = document.currentScript.src;
  const SHARED = {
    codemirror: "@jupyterlab/codemirror",
    language: "@codemirror/language",
    notebook: "@jupyterlab/notebook",
    state: "@codemirror/state",
    ui: "@jupyterlab/ui-components",
    view: "@codemirror/view",
  };
  let scope = {};

  // The version of a library that JupyterLab has already loaded, or else the newest.
  const library = async (name) => {
    const versions = Object.entries(scope[name] ?? {});
    if (!versions.length) throw new Error(`FlowDSL: JupyterLab does not share ${name}`);
    const newest = ([a, x], [b, y]) =>
      Number(Boolean(y.loaded)) - Number(Boolean(x.loaded)) || b.localeCompare(a, "en", { numeric: true });
    return (await versions.sort(newest)[0][1].get())();
  };

  const libraries = async () => {
    const loaded = await Promise.all(Object.values(SHARED).map(library));
    return Object.fromEntries(Object.keys(SHARED).map((name, at) => [name, loaded[at]]));
  };

  const container = {
    init(shared) {
      scope = shared;
    },
    async get() {
      const [{ plugin }, shared] = await Promise.all([import(new URL("plugin.js", here)), libraries()]);
      const made = { __esModule: true, default: plugin(shared) };
      return () => made;
    },
  };
  (window._JUPYTERLAB ??= {}).flowdsl = container;
})();
