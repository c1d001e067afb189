"""The compiler: from a syntax tree to a plan (resolve, check, lower), and back (decompile)."""
