"""The extension of JupyterLab and Jupyter Notebook, and the files that their server delivers.

`labextensions/flowdsl` is installed as it stands, under `share/jupyter`; no bundler is needed:

remoteEntry.js  the door that JupyterLab knocks at     language.js    the colours of a program
plugin.js       registers all of it in JupyterLab      underlines.js  gets errors from the kernel while somebody types
words.js        every word; `words` makes it

They are not in a folder called `static`, because Jupyter lets browsers cache such files forever.
"""
