"""Made-up programs of nested blocks with labels and jumps at all places: a random number generator goes in, a text
comes out. Most of the texts are sound; who uses them leaves out those that are not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

BLOCKS = ("if", "if else", "chain", "split", "repeat")


@dataclass
class _Text:
    """A text in the making: its lines, and the labels that stand in it or are still to come."""

    random: Random
    left: int
    lines: list[str] = field(default_factory=list)
    past: list[str] = field(default_factory=list)
    coming: list[str] = field(default_factory=list)
    count: int = 0

    def block(self, depth: int) -> None:
        for _ in range(self.random.randint(1, 3)):
            if self.left <= 0:
                break
            self.left -= 1
            self.labels(0.15)
            self.step(depth)
        self.labels(0.35)
        if self.random.random() < 0.12:
            self.lines.append(self.random.choice(["exit", 'exit "done"']))
            self.labels(0.3)

    def labels(self, chance: float) -> None:
        """Labels that were jumped to from above, or new ones for jumps back; sometimes several."""
        while self.random.random() < chance:
            if self.coming and self.random.random() < 0.8:
                name = self.coming.pop(self.random.randrange(len(self.coming)))
            else:
                name = self.new()
            self.lines.append(f'label "{name}"')
            self.past.append(name)

    def new(self) -> str:
        self.count += 1
        return f"l{self.count}"

    def step(self, depth: int) -> None:
        kind = self.random.choice(["do", "do", "wait", "jump", "jump", *(BLOCKS * 2 if depth else ())])
        match kind:
            case "wait":
                self.lines.append("wait 1 day")
            case "jump":
                self.jump()
            case "if" | "if else" | "chain":
                self.branches(kind, depth)
            case "split":
                self.lines.append("split")
                for share in (30, 50, 20) if self.random.random() < 0.5 else (40, 60):
                    self.lines.append(f"{share}%")
                    self.inner(depth)
                self.lines.append("end")
            case "repeat":
                self.lines.append(f"repeat {self.random.randint(1, 3)} times")
                self.inner(depth)
                self.lines.append("end")
            case _:
                self.lines.append(f'then do "{self.random.choice("xyz")}"')

    def branches(self, kind: str, depth: int) -> None:
        self.lines.append('then if plan is "a"')
        self.inner(depth)
        for _ in range(self.random.randint(1, 3) if kind == "chain" else 0):
            self.lines.append('otherwise if plan is "b"')
            self.inner(depth)
        if kind == "if else" or self.random.random() < 0.5:
            self.lines.append("otherwise")
            self.inner(depth)
        self.lines.append("end")

    def inner(self, depth: int) -> None:
        before = len(self.lines)
        self.block(depth - 1)
        if len(self.lines) == before:
            self.lines.append('then do "z"')

    def jump(self) -> None:
        """A jump, forward or back; where it must not always jump, inside an `if`."""
        if self.past and self.random.random() < 0.4:
            said = f'wait 1 day go to "{self.random.choice(self.past)}" at most {self.random.randint(1, 2)} times'
        else:
            name = self.random.choice(self.coming) if self.coming and self.random.random() < 0.5 else self.new()
            if name not in self.coming:
                self.coming.append(name)
            said = f'go to "{name}"' + self.random.choice(["", "", " at most 2 times"])
        self.lines += [said] if self.random.random() < 0.1 else ['then if plan is "j"', said, "end"]


def program(random: Random) -> str:
    """The text of a made-up program.

    >>> program(Random(1)).splitlines()[0]
    'flow "F"'
    """
    text = _Text(random, random.randint(3, 14), ['flow "F"', "when joins program"])
    text.block(3)
    for name in text.coming:
        text.lines.append(f'label "{name}"')
        if random.random() < 0.5:
            text.lines.append('then do "last"')
    return "\n".join(text.lines) + "\n"
