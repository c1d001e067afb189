"""Drawings: boxes, lines and labels, put together by diagrams and written as SVG; plots write them as PNG."""
