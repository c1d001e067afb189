"""The extension of JupyterLab: the word lists go in; the module of JavaScript that holds them comes out.

`labextensions/flowdsl` is installed as it stands; JupyterLab finds it there, no bundler is needed. `remoteEntry.js` is
its door, `language.js` colours, `underlines.js` asks the kernel what is wrong, `words.js` is written by `make docs`.
"""
