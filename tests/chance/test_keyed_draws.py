"""Keyed chance: one key gives one number everywhere, and different keys give numbers with nothing in common."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from flowdsl.chance import keyed_draws
from flowdsl.chance.keyed_draws import key

numbers = st.integers(0, 2**64 - 1)
MANY = 20_000


def reference_mix(state: np.uint64) -> np.uint64:
    """splitmix64 in numpy's wrapping 64-bit arithmetic, from its authors' paper."""
    with np.errstate(over="ignore"):
        z = state + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.uint64(z ^ (z >> np.uint64(31)))


def reference_hash(data: bytes) -> int:
    with np.errstate(over="ignore"):
        state = np.uint64(0xCBF29CE484222325)
        for byte in data:
            state = (state ^ np.uint64(byte)) * np.uint64(0xD6E8FEB86659FD93)
            state = state ^ (state >> np.uint64(32))
    return int(reference_mix(state))


def test_splitmix_reference_values() -> None:
    """The stream of state 1234567 is the published one, so any splitmix64 of another language reproduces a draw."""
    assert [keyed_draws.draw(1234567, k) for k in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@given(numbers, st.integers(0, 1000))
def test_draws_are_what_64_bit_hardware_computes(key: int, k: int) -> None:
    """Python's unbounded integers give what wrapping machine arithmetic gives."""
    with np.errstate(over="ignore"):
        state = np.uint64(key) + np.uint64(k) * np.uint64(0x9E3779B97F4A7C15)
    assert keyed_draws.draw(key, k) == int(reference_mix(state))


@given(st.text())
def test_texts_hash_by_their_utf8_bytes(text: str) -> None:
    """Any text, in any script, hashes as its bytes do, on machine arithmetic too."""
    data = text.encode("utf-8")
    assert keyed_draws.hash_text(text) == reference_hash(data) == keyed_draws.hash_bytes(data, 0, len(data))


def test_pinned_values() -> None:
    """These never change: a plan simulated years ago must give the same rows today."""
    assert hex(keyed_draws.hash_text("")) == "0xc3817c016ba4ff30"
    assert hex(keyed_draws.hash_text("c42")) == "0x8b7eedec33f73588"
    assert hex(keyed_draws.hash_text("Zoé")) == "0xf4e58e95549daed2"
    assert hex(key()) == "0xcbf29ce484222325"
    assert hex(key(7, 0, "c42", "email", "Launch", "open", 1)) == "0xd21a43d02700aeb6"


def test_the_parts_and_order_of_a_key_count() -> None:
    """Keys that differ in a part, the order or the number of parts are different keys."""
    keys = [
        key("a", "b"), key("b", "a"), key("ab"), key("ab", ""), key("a", "b", 0),
        key(1), key("1"), key(0), key(), key(-1), key("a\0"), key("a"),
    ]  # fmt: skip
    assert len(set(keys)) == len(keys)


def test_a_key_grows_by_its_last_part() -> None:
    """A caller may keep the key of a contact and extend it."""
    assert keyed_draws.extend(key(5, "c42"), 3) == key(5, "c42", 3)


def test_a_draw_is_never_a_longer_key() -> None:
    """The k-th number of a key and the key one level below it do not coincide."""
    base = key("c42")
    drawn = {keyed_draws.draw(base, k) for k in range(1000)}
    assert drawn.isdisjoint(keyed_draws.extend(base, part) for part in range(1000))


STREAMS: dict[str, Callable[[int], int]] = {
    "k-th draws of one key": lambda i: keyed_draws.draw(key("c42"), i),
    "first draws of numbered contacts": lambda i: keyed_draws.draw(key(7, f"new-{i}"), 0),
    "the same draw under other seeds": lambda i: keyed_draws.draw(key(i, "c42"), 3),
    "hashes of numbers as texts": lambda i: keyed_draws.hash_text(str(i)),
    "hashes of e-mail addresses": lambda i: keyed_draws.hash_text(f"user{i}@example.org"),
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
@pytest.mark.parametrize("shift", [56, 28, 0])
def test_numbers_are_uniform(stream: Callable[[int], int], shift: int) -> None:
    """The top, middle and low bits of every kind of stream fall evenly into 256 boxes (chi-square)."""
    counts = np.bincount([stream(i) >> shift & 0xFF for i in range(MANY)], minlength=256)
    assert 1e-4 < stats.chisquare(counts).pvalue < 1 - 1e-4


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
def test_neighbours_are_independent(stream: Callable[[int], int]) -> None:
    """A number says nothing about the next of its stream (chi-square on pairs, 16 by 16)."""
    tops = np.array([stream(i) >> 60 for i in range(MANY)])
    table = np.zeros((16, 16))
    np.add.at(table, (tops[:-1], tops[1:]), 1)
    assert stats.chi2_contingency(table).pvalue > 1e-4


@pytest.mark.parametrize("name", ["mix", "hash", "extend"])
def test_one_bit_changes_half_of_the_bits(name: str) -> None:
    """Avalanche: flipping any input bit flips each output bit about every other time."""
    functions: dict[str, Callable[[int], int]] = {
        "mix": keyed_draws.mix,
        "hash": lambda n: keyed_draws.hash_bytes(n.to_bytes(8, "little"), 0, 8),
        "extend": lambda n: keyed_draws.extend(key("x"), n),
    }
    function = functions[name]
    flips = np.zeros((64, 64))
    for i in range(400):
        start = keyed_draws.draw(99, i)
        before = function(start)
        for bit in range(64):
            change = before ^ function(start ^ 1 << bit)
            flips[bit] += [change >> out & 1 for out in range(64)]
    assert np.abs(flips / 400 - 0.5).max() < 0.14  # 5.6 standard deviations


def test_shares_are_kept() -> None:
    """30% of contacts are hit by a share of 30%, none by 0%, all by 100%."""
    drawn = [keyed_draws.draw(key(f"c{i}"), 0) for i in range(MANY)]
    hit = sum(keyed_draws.hits(number, keyed_draws.share(0.3)) for number in drawn)
    assert stats.binomtest(hit, MANY, 0.3).pvalue > 1e-4
    assert not any(keyed_draws.hits(number, keyed_draws.share(0)) for number in (0, *drawn))
    assert all(keyed_draws.hits(number, keyed_draws.share(1)) for number in (2**64 - 1, *drawn))


@given(numbers, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_hits_whoever_a_smaller_one_hits(number: int, one: float, other: float) -> None:
    """Two variants under one seed differ only where they differ: 12% of opens holds the clickers of 10%."""
    low, high = sorted((one, other))
    assert keyed_draws.hits(number, keyed_draws.share(low)) <= keyed_draws.hits(number, keyed_draws.share(high))


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_impossible_shares_are_refused(probability: float) -> None:
    """A share outside 0 to 1 is a ValueError."""
    with pytest.raises(ValueError, match="share"):
        keyed_draws.share(probability)


def test_arms_are_picked_by_their_shares() -> None:
    """A split sends contacts down its arms in proportion, and everybody somewhere, though the parts round."""
    shares = [0.1, 0.2, 1 / 3, 0.3666666666666667, 0.0]
    thresholds = keyed_draws.arms(shares)
    counts = np.bincount([keyed_draws.pick(keyed_draws.draw(3, i), thresholds) for i in range(MANY)], minlength=5)
    assert counts.sum() == MANY
    assert counts[4] == 0
    assert stats.chisquare(counts[:4], np.array(shares[:4]) * MANY).pvalue > 1e-4
    assert keyed_draws.pick(2**64 - 1, keyed_draws.arms([0.1] * 10)) == 9


@pytest.mark.parametrize("shares", [[], [0.5, 0.4], [1.5, -0.5], [float("nan")]])
def test_arms_that_do_not_add_up_are_refused(shares: list[float]) -> None:
    """Shares that are not a whole are a ValueError."""
    with pytest.raises(ValueError, match="add up"):
        keyed_draws.arms(shares)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**46))
def test_scaling_is_exact(fraction: int, size: int) -> None:
    """The fraction of a size is exact, though no step needs more than 63 bits."""
    assert keyed_draws.scaled(fraction, size) == fraction * size // 2**32
    assert (size >> 16) * fraction + ((size & 0xFFFF) * fraction >> 16) < 2**63


@given(numbers, st.integers(1, 10_000))
def test_whole_numbers_stay_below(number: int, size: int) -> None:
    """A whole number below a size is never the size itself."""
    assert 0 <= keyed_draws.below(number, size) < size


@given(numbers)
def test_doubt_stays_between_its_bounds(number: int) -> None:
    """`40% to 45%` is believed to be no less and no more."""
    assert 0.4 <= keyed_draws.between(number, 0.4, 0.45) <= 0.45
    assert keyed_draws.between(number, 0.4, 0.4) == 0.4
