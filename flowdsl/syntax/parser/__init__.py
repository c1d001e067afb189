"""The parser: reads a Source into a Program and Diagnostics, for any text.

A text is split into declarations at the words in column 1 that begin one. Each declaration is parsed separately
(lalr.py), so that an error in one does not affect the others. tokens splits text into tokens, table has the parse table
made from the grammar, lalr decides what is a keyword at each place, recovery and expected report errors, builders make
the nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowdsl.diagnostics.catalogue.reading import READING
from flowdsl.diagnostics.diagnostic import MOST_SHOWN, Diagnostic, Fix
from flowdsl.diagnostics.input_checks import half_character, printable
from flowdsl.diagnostics.source import Source
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.syntax import ast, keywords
from flowdsl.syntax.parser.comments import attach
from flowdsl.syntax.parser.context import ParseContext
from flowdsl.syntax.parser.lalr import LalrParser, TooDeep
from flowdsl.syntax.parser.recovery import close, recover
from flowdsl.syntax.parser.tokens import Token, tokenize

_SICK = {
    "MIXED": ("E119", "this text begins and ends with different quotes"),
    "SINGLE": ("E119", "write texts in double quotes"),
    "UNCLOSED": ("E102", "this quote is not closed on its line"),
}


def parse(source: Source) -> tuple[ast.Program, list[Diagnostic]]:
    """Parse a text: the program, and every syntax error; with errors the program is partial. Never raises.

    >>> program, diagnostics = parse(Source("when member joins program then send chat"))
    >>> len(program.declarations), diagnostics
    (1, [])
    """
    reading = ParseContext(source)
    half = half_character(source.text)
    if half >= 0:
        said = f"`{printable(source.text[half])}` is half of a character"
        reading.add("E123", said, source.span(half, half + 1))
    tokens, comments = tokenize(source)
    declarations = []
    for chunk in chunks(tokens):
        if reading.is_full:
            break
        declaration = _declaration(reading, chunk)
        if declaration is not None:
            declarations.append(declaration)
    program = ast.Program(
        tuple(declarations), (source,), attach(tokens, comments, declarations), bool(reading.diagnostics)
    )
    return program, _shown(reading)


def _shown(reading: ParseContext) -> list[Diagnostic]:
    """The diagnostics in the order of the text; if parsing stopped at the hundredth, a last one says so."""
    diagnostics = reading.in_order()
    if len(diagnostics) < MOST_SHOWN:
        return diagnostics
    known = READING["E199"]
    place = diagnostics[MOST_SHOWN - 1].span
    note = Diagnostic("E199", f"reading stopped after {MOST_SHOWN} diagnostics", place, reason=known.why)
    return [*diagnostics[:MOST_SHOWN], note]


def merge(programs: Iterable[ast.Program]) -> ast.Program:
    """One program made of several, in their order.

    >>> one, _ = parse(Source("param pause 3 days"))
    >>> two, _ = parse(Source("param rest 1 hour"))
    >>> [each.name.text for each in merge([one, two]).declarations]
    ['pause', 'rest']
    """
    all_of_them = tuple(programs)
    return ast.Program(
        tuple(declaration for program in all_of_them for declaration in program.declarations),
        tuple(source for program in all_of_them for source in program.sources),
        ast.Comments(inside=tuple(line for program in all_of_them for line in program.comments.inside)),
        any(program.partial for program in all_of_them),
    )


def chunks(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens of each declaration; those that belong to none make a bare sentence."""
    words = {keywords.say(each) for each in keywords.DECLARATIONS}
    short = words - {keywords.say("flow"), keywords.say("campaign")}  # no `when` can belong to one of these
    begin = 0
    for index, token in enumerate(tokens):
        if token.column != 1 or index == begin or token.kind != "WORD":
            continue
        if token.text in words or (token.text == keywords.say("when") and tokens[begin].text in short):
            yield tokens[begin:index]
            begin = index
    if tokens[begin:]:
        yield tokens[begin:]


def _declaration(reading: ParseContext, tokens: list[Token]) -> ast.Declaration | None:
    """The declaration that some tokens make; None if nothing of it can be used."""
    walk = LalrParser(reading, mended(reading, tokens))
    at = 0
    try:
        while at < len(walk.tokens) and not reading.is_full:
            at = _step(walk, at)
        close(walk, silent=reading.is_full)
    except TooDeep:
        token = walk.tokens[min(at, len(walk.tokens) - 1)]
        reading.add("E106", "blocks and parentheses are nested more than 64 deep here", reading.span(token, token))
        close(walk, silent=True)
    return walk.node


def _step(walk: LalrParser, at: int) -> int:
    """Take the token at a position, or note why it does not fit; returns the next position."""
    token = walk.tokens[at]
    if token.kind == "NOISE":
        span = walk.reading.span(token, token)
        fixes = [Fix(span, "", "leave it out")]
        walk.reading.add("E109", f"`{walk.reading.written(span)}` means nothing outside of quotes", span, fixes=fixes)
        return at + 1
    terminal, value, width = walk.read(at)
    if walk.take(terminal, value, token, walk.tokens[at + width - 1]):
        return at + width
    return recover(walk, at)


def mended(reading: ParseContext, tokens: list[Token]) -> list[Token]:
    """The tokens with one token for each quoted text, with any quotes; wrong quotes are noted."""
    mended = []
    for token in tokens:
        if token.kind in _SICK and not reading.is_full:
            code, message = _SICK[token.kind]
            span = reading.span(token, token)
            quoted = '"' + token.text.replace("\\", "\\\\").replace('"', '\\"') + '"'
            fixes = [suggested_fix(span, quoted)] if token.kind != "UNCLOSED" else []
            reading.add(code, message, span, fixes=fixes)
        mended.append(token._replace(kind="TEXT") if token.kind in _SICK else token)
    return mended
