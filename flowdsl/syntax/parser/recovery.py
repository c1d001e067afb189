"""Error recovery: reports why the parser cannot continue, and finds the position at which it can.

First, small repairs that are probably intended are tried (a misspelled keyword, missing quotes, a missing `then`), so
that nothing is lost. If none fits, the unreadable part is replaced by a hole in the grammar, and everything up to the
next start of a statement is skipped (panic mode).
"""

from __future__ import annotations

from itertools import pairwise

from flowdsl.diagnostics.diagnostic import Fix
from flowdsl.diagnostics.source import Span
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.syntax import ast, keywords
from flowdsl.syntax.keywords import Keyword
from flowdsl.syntax.parser import expected
from flowdsl.syntax.parser.context import Item
from flowdsl.syntax.parser.lalr import LalrParser
from flowdsl.syntax.parser.table import END, HOLES
from flowdsl.syntax.parser.terminals import BEGINNINGS, BLOCKS, CLAUSES, HEADS, NAMED, PHRASE, SURE
from flowdsl.syntax.parser.tokens import Token

MOST_QUOTED = 6  # words that may be one name
JOINED = (
    "`otherwise` and `if` are one keyword, on one line or on two, and need no `end` of their own; for a block inside"
    " the other write `otherwise then if … end`"
)


def recover(walk: LalrParser, at: int) -> int:
    """Note why the token at a position does not fit; returns the position at which to continue."""
    terminal, value, width = walk.read(at)
    token = walk.tokens[at]
    if walk.stuck is token:  # a second diagnostic at the same place adds nothing
        return _panic(walk, at + 1)
    walk.stuck = token
    span = walk.reading.span(token, walk.tokens[at + width - 1])
    if terminal in ("END", "OTHERWISE", "OTHERWISE_IF") and not _has_block(walk, terminal):
        return _without_block(walk, at, terminal, width, span)
    if terminal in CLAUSES and walk.can("THEN"):
        return _late(walk, at + width, terminal, span)
    if terminal == "STRAY" or (terminal == "AND" and walk.can("THEN")):
        return _stray(walk, at, span)
    repaired = _repair(walk, at, terminal, value, span)
    if repaired is not None:
        return repaired
    if walk.last and terminal in BEGINNINGS and (token.first or terminal in SURE):
        expected.tell_end(walk, walk.tokens[at - 1])
    else:
        expected.add_missing(walk, terminal, span)
    if walk.last in NAMED and walk.can("TEXT"):
        walk.feed("TEXT", ast.Text("", span=span), token, token)  # so that the rest is parsed normally
        walk.stuck = None
        return at
    return _panic(walk, at)


def _late(walk: LalrParser, after: int, terminal: str, span: Span) -> int:
    """A clause after the first step."""
    word = walk.reading.written(span).casefold()
    hint = ""
    if terminal == "WHEN":
        hint = 'one flow has one `when`; another flow begins with `flow "Name"` at the start of a line'
    walk.reading.add("E105", f"`{word}` stands before the first step of a flow, not here", span, reason=hint)
    return _panic(walk, after)


def _stray(walk: LalrParser, at: int, span: Span) -> int:
    """A comma or `and` between sentences."""
    word = walk.reading.written(span)
    around = [each.kind for each in walk.tokens[max(at - 1, 0) : at + 2]]
    if word == "," and around == ["NUMBER", "COMMA", "NUMBER"]:
        message, fix = "numbers are written without commas between their digits", Fix(span, "", "leave out the comma")
        walk.reading.add("E109", message, span, reason="a comma joins the items of a list", fixes=[fix])
        return at + 2
    walk.reading.add(
        "E109",
        f"`{word}` is not needed here",
        span,
        reason="clauses and steps follow each other without commas and `and`; both only join the items of a list",
        fixes=[Fix(span, "", f"leave out `{word}`")],
    )
    return at + 1


def _has_block(walk: LalrParser, terminal: str) -> bool:
    wanted = BLOCKS if terminal == "END" else {"IF"}
    if not any(opened in wanted for opened, _, _ in walk.open):
        return False
    innermost = next((opened for opened, _, _ in reversed(walk.open) if opened in BLOCKS), "")
    # a second `otherwise`: what precedes it is complete, and yet it does not fit
    return terminal == "END" or (innermost == "IF" and not (walk.can("END") and not walk.can(terminal)))


def _has_joined(tokens: list[Token]) -> bool:
    """Whether an `otherwise` and an `if` on the next line were joined to one keyword."""
    words = [keywords.say("otherwise"), keywords.say("if")]
    return any([one.text, two.text] == words and two.first for one, two in pairwise(tokens))


def _without_block(walk: LalrParser, at: int, terminal: str, width: int, span: Span) -> int:
    word = walk.reading.written(span).casefold()
    message = f"`{word}` closes nothing here" if terminal == "END" else f"`{word}` has no `if` before it here"
    fixes = [Fix(span, "", f"leave out `{word}`")] if terminal == "END" else []
    reason = JOINED if terminal == "END" and _has_joined(walk.tokens[:at]) else ""
    walk.reading.add("E104", message, span, reason=reason, fixes=fixes)
    after = at + width
    if terminal == "OTHERWISE_IF" and walk.can("IF"):
        walk.feed("IF", None, walk.tokens[at], walk.tokens[at])
    elif terminal == "OTHERWISE" and after < len(walk.tokens) and walk.read(after)[0] in PHRASE and walk.can("THEN"):
        walk.feed("THEN", None, walk.tokens[at], walk.tokens[at])
    return after


# --- small repairs ----------------------------------------------------------------------------------------------------


def _repair(walk: LalrParser, at: int, terminal: str, value: Item, span: Span) -> int | None:
    token = walk.tokens[at]
    if terminal in ("WORD", "FOREIGN"):
        return _misspelt(walk, at, token, span) or _quoted(walk, at, token) or _then(walk, at, span)
    if not isinstance(value, ast.Number) or terminal not in ("NUMBER", "RATE"):
        return None
    if walk.can("PERCENT") and not walk.can("WORD"):
        text = token.text
        fixes = [suggested_fix(span, f"{text}%")]
        walk.reading.add("E121", f"a share is a percentage: `{text}%`", span, fixes=fixes)
        walk.feed("PERCENT", ast.Percent(value.value, span=span), token, token)
        return at + 1
    if walk.can("N_TIMES"):
        fixes = [suggested_fix(span, f"{token.text} times")]
        walk.reading.add("E120", f"after `{token.text}` must come `times`", span, fixes=fixes)
        walk.feed("N_TIMES", value, token, token)
        return at + 1
    return None


def _misspelt(walk: LalrParser, at: int, token: Token, span: Span) -> int | None:
    """Read a word as the keyword that it is similar to, if that keyword fits here."""
    shortest = 4 if walk.can("THEN") else 2  # `send` is rather an action without `then` than an `end`
    fitting = tuple(
        keyword.words[0]
        for known in walk.words.values()
        for keyword in known
        if len(keyword.words) == 1
        and len(keyword.words[0]) >= shortest
        and (keyword.id not in keywords.DECLARATIONS or token.column == 1)
        and walk.can(keyword.terminal)
    )
    meant = keywords.near(token.text, among=fitting) or _instead(walk, token)
    if meant is None:
        return None
    keyword = next(each for each in walk.words[meant.split()[0]] if " ".join(each.words) == meant)
    if not walk.can(keyword.terminal):
        return None
    fixes = [suggested_fix(span, meant)]
    walk.reading.add("E117", f"`{token.text}` should probably be `{meant}`", span, fixes=fixes)
    walk.tokens[at : at + 1] = [token._replace(text=word) for word in keyword.words]
    read = walk.read(at)
    if not walk.can(read[0]):
        return at + len(keyword.words)
    walk.feed(read[0], read[1], token, token)
    return at + read[2]


def _instead(walk: LalrParser, token: Token) -> str | None:
    meant = keywords.INSTEAD["en"].get(token.text)
    return meant if meant and walk.can(keywords.terminal(meant.replace(" ", "_"))) else None


def _quoted(walk: LalrParser, at: int, token: Token) -> int | None:
    """Read words as the name that must be quoted here."""
    if not walk.can("TEXT") or walk.can("THEN") or walk.last in PHRASE:
        return None
    last = at
    while last + 1 < min(len(walk.tokens), at + MOST_QUOTED):
        following = walk.tokens[last + 1]
        is_glued = following.start == walk.tokens[last].end  # Europe/Paris
        is_word = following.kind == "WORD" and not following.first and not keywords.is_keyword(following.text)
        if not is_word and not is_glued:
            break
        last += 1
    span = walk.reading.span(token, walk.tokens[last])
    name = walk.reading.source.text[span.start : span.end]
    fixes = [suggested_fix(span, f'"{name}"')]
    walk.reading.add("E118", f'write a name in quotes: `"{name}"`', span, fixes=fixes)
    walk.feed("TEXT", ast.Text(name, span=span), token, walk.tokens[last])
    return last + 1


def _then(walk: LalrParser, at: int, span: Span) -> int | None:
    """Read an action without its `then`."""
    if not walk.can("THEN") or not walk.last or (walk.head in NAMED and len(walk.states) < 4):
        return None
    before = Span(span.file, span.start, span.start, span.line, span.column)
    fixes = [Fix(before, "then ", "put `then` before the action")]
    walk.reading.add("E107", f"an action begins with `then`: `then {walk.reading.written(span)} …`", span, fixes=fixes)
    walk.feed("THEN", None, walk.tokens[at], walk.tokens[at])
    return at


# --- panic mode -------------------------------------------------------------------------------------------------------


def _panic(walk: LalrParser, at: int) -> int:
    """Skip to the next statement that can follow a hole, and cut the stack back to there."""
    impossible: set[str] = set()
    count = len(walk.tokens)
    for index in range(at, count):
        token = walk.tokens[index]
        keyword = _beginning(walk, index, token) if token.kind == "WORD" else None
        if keyword is None or keyword.terminal in impossible:
            continue
        if walk.can("THEN") and _is_diagnostic_of_its_own(walk, keyword.terminal):
            return index
        if _resume(walk, keyword.terminal, token):
            return index
        impossible.add(keyword.terminal)
    walk.lost = True
    return count


def _is_diagnostic_of_its_own(walk: LalrParser, terminal: str) -> bool:
    """Whether it is a clause between steps or a superfluous `end`, which is reported even while skipping."""
    if terminal in ("END", "OTHERWISE", "OTHERWISE_IF"):
        return not _has_block(walk, terminal)
    return terminal in CLAUSES and not walk.can(terminal)


def _beginning(walk: LalrParser, at: int, token: Token) -> Keyword | None:
    """The keyword at a position if it begins a statement."""
    for keyword in walk.words.get(token.text, ()):
        if keyword.terminal in BEGINNINGS and (token.first or keyword.terminal in SURE) and walk.stands(at, keyword):
            return keyword
    return None


def _resume(walk: LalrParser, terminal: str, token: Token) -> bool:
    """Cut the stack back as little as needed and insert a hole, so that the terminal fits. False if it never does."""
    if walk.can(terminal):
        return True
    lowest = 1 if walk.head in HEADS else 0  # the beginning of a declaration is always kept
    for height in range(len(walk.states), lowest, -1):
        if height < len(walk.states) and _is_whole(walk.values[height]):
            return False
        below = walk.states[:height]
        for hole in HOLES:
            if _fits_behind(walk, below, hole, terminal):
                walk.cut(height)
                walk.feed(hole, None, token, token)
                return True
    return False


def _is_whole(value: Item) -> bool:
    """Whether a value is a list of complete statements: these are always kept."""
    return isinstance(value, list) and bool(value) and isinstance(value[-1], ast.Sentence)


def _fits_behind(walk: LalrParser, below: list[int], hole: str, terminal: str) -> bool:
    """Whether a terminal could follow a hole."""
    states = walk.behind(hole, below)
    return states is not None and walk.can(terminal, states)


# --- the end of a declaration -----------------------------------------------------------------------------------------


def close(walk: LalrParser, silent: bool = False) -> None:
    """Parses to the end of the declaration: everything that is still open is reported and closed."""
    last = walk.tokens[-1]
    for _ in range(4 * len(walk.states) + 8):
        if walk.can(END):
            walk.feed(END, None, last, last)
            return
        if walk.can("END") and walk.open:
            _missing_end(walk, silent)
            walk.feed("END", None, last, last)
            continue
        if not silent and not walk.lost:
            expected.tell_end(walk, last)
        silent = True
        if not _resume(walk, END, last) and not _resume(walk, "END", last):
            return


def _missing_end(walk: LalrParser, silent: bool) -> None:
    opener, token, _ = next(each for each in reversed(walk.open) if each[0] in BLOCKS)
    if silent:
        return
    span = walk.reading.span(token, token)
    after = walk.tokens[-1].end
    place = walk.reading.source.span(after, after)
    fixes = [Fix(place, "\nend" if not token.first else f"\n{' ' * (token.column - 1)}end", "put `end` here")]
    alone = sum(1 for each in walk.open if each[0] in BLOCKS) == 1
    walk.reading.add("E103", f"this `{opener.lower()}` has no `end`", span, fixes=fixes if alone else ())
