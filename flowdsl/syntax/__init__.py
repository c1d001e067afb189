"""The syntax: keywords, the syntax tree, the parser and the printer, and program files."""
