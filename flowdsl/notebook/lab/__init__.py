"""The extension of JupyterLab and Jupyter Notebook, and the files that their server delivers.

The files of `labextensions/flowdsl` are installed unchanged under `share/jupyter`; no bundler is needed:

remoteEntry.js  the entry point for JupyterLab           language.js    colours programs
plugin.js       registers the extension in JupyterLab    underlines.js  underlines diagnostics while the user types
words.js        the words of the language, written by `words`

They are not in a folder called `static`, because Jupyter lets browsers cache such files forever.
"""
