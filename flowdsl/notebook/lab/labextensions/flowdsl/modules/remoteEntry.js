// The door of the extension, written by hand: JupyterLab asks it for the extension, and it fetches the modules beside it.
//
// JupyterLab loads extensions as containers of webpack's module federation. A container is an object with two methods,
// `init(scope)` and `get(module)`; `scope` holds the libraries that JupyterLab shares. That is little enough to do without
// a bundler, so what is installed is what is in the repository.
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

  // A library as JupyterLab itself uses it: the version that is loaded already, else the newest.
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
