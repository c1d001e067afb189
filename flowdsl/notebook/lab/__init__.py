"""The extension of JupyterLab and Jupyter Notebook, and the files that their server delivers.

`labextensions/flowdsl` is installed as it stands, under `share/jupyter`; no bundler is needed:

remoteEntry.js  the door that JupyterLab knocks at     language.js    the colours of a program
plugin.js       what JupyterLab is told                underlines.js  asks the kernel for errors while somebody types
words.js        every word; `words` makes it

They do not lie in a folder called `static`: of what does, Jupyter tells browsers that it never changes.
"""
