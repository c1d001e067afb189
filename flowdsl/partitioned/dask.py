"""Simulates pieces on the workers of Dask, and adds their counts in a tree. Only this module imports Dask.

Workers must be able to read the folders of the tables. A piece is a pure function of its files, and writes its own
files atomically: if a worker dies, others repeat its pieces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol, TypeVar

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.partitioned.part import Done, Job, Piece, added, live
from flowdsl.sim.config import Progress

BRANCHES = 8  # of the tree
R = TypeVar("R")
S = TypeVar("S")
AHEAD = 2  # tasks in the queue of each thread of a worker


class Future(Protocol):
    """A task on a worker."""

    @property
    def key(self) -> Any: ...
    @property
    def status(self) -> Any: ...
    def result(self) -> Any: ...


class Client(Protocol):
    """The part of Dask's Client that is used here."""

    def submit(self, task: Callable[..., Any], /, *about: Any, pure: bool, key: str | None = ...) -> Future: ...
    def scatter(self, data: Sequence[Any], *, broadcast: bool) -> Sequence[Future]: ...
    def nthreads(self) -> Mapping[str, int]: ...
    def cancel(self, futures: Sequence[Future], *, force: bool = ...) -> None: ...


def live_on(client: Client | str | None, job: Job, pieces: Sequence[Piece], report_fraction: Progress | None) -> Done:
    """Simulates all pieces on a client's workers; None: the current client, or new workers on this machine.

    Raises RunError if Dask is not installed, and what any piece raises.
    """
    with _client(client) as ours:
        leaves = [
            ours.submit(live, job, piece, pure=False, key=f"flowdsl-{id(job)}-{piece.number}") for piece in pieces
        ]
        try:
            if report_fraction is not None:
                _follow(leaves, pieces, report_fraction)
            level = leaves
            while len(level) > 1:
                groups = [level[first : first + BRANCHES] for first in range(0, len(level), BRANCHES)]
                level = [ours.submit(added, group, pure=False) for group in groups]
            done: Done = level[0].result()
            return done
        except BaseException:
            ours.cancel(leaves, force=True)
            raise


def each_on(
    client: Client | str | None, task: Callable[[S, int], R], shared: S, numbers: Iterable[int], ahead: int = AHEAD
) -> Iterator[R]:
    """Runs a task for each number with shared data on a client's workers; results are in the order of the numbers.

    Numbers are taken when workers become free, some ahead for each. Raises RunError if Dask is not installed.
    """
    with _client(client) as ours:
        (there,) = ours.scatter([shared], broadcast=True)
        coming, waiting = iter(numbers), deque[Future]()
        most = ahead * max(sum(ours.nthreads().values()), 1)
        try:
            waiting.extend(ours.submit(task, there, number, pure=False) for number in islice(coming, most))
            while waiting:
                done = waiting.popleft().result()
                waiting.extend(ours.submit(task, there, number, pure=False) for number in islice(coming, 1))
                yield done
        finally:
            ours.cancel(list(waiting), force=True)


def _follow(leaves: Sequence[Future], pieces: Sequence[Piece], report_fraction: Progress) -> None:
    from distributed import as_completed

    rows = {leaf.key: piece.rows for leaf, piece in zip(leaves, pieces, strict=True)}
    contacts, before = sum(rows.values()) or 1, 0
    for leaf in as_completed(leaves):  # type: ignore[no-untyped-call]
        if leaf.status == "error":
            return  # the error is raised when its result is read
        before += rows[leaf.key]
        report_fraction(before / contacts)


@contextmanager
def _client(client: Client | str | None) -> Iterator[Client]:
    """A client: the given one or that of an address, the current one, or a new one."""
    try:
        from distributed import Client, get_client
    except ImportError:
        lesson = RUNS["E723"]
        raise RunError([Diagnostic("E723", "Dask is not installed", reason=lesson.why, example=lesson.right)]) from None
    if client is not None and not isinstance(client, str):
        yield client
        return
    if client is None:
        try:
            there = get_client()
        except ValueError:
            there = None
        if there is not None:
            yield there
            return
    # of our own: its dashboard takes any port, for another cluster may have the usual one
    with Client(client) if client is not None else Client(dashboard_address=":0") as own:  # type: ignore[no-untyped-call]
        yield own
