"""Which symbol follows which two: a value that is usual, but not here."""

from __future__ import annotations

from typing import Any

from detectors.compiling import compiled
from detectors.series.memory import CONTEXT, SYMBOLS
from detectors.series.tail import judge


@compiled
def context(state: Any, value: float) -> float:
    """How rare this value is after the two before it, all three as one of six parts of the range so far; then learn it."""
    extent = state.high - state.low
    place = (value - state.low) / extent * SYMBOLS if extent > 0.0 else 0.0
    symbol = int(min(max(place, 0.0), SYMBOLS - 1.0))
    start = (int(state.symbols[0]) * SYMBOLS + int(state.symbols[1])) * SYMBOLS
    total = 0
    for other in range(start, start + SYMBOLS):
        total += state.contexts[other]
    rarity = (total + 0.5 * SYMBOLS) / (state.contexts[start + symbol] + 0.5) if total > 0 else 1.0
    surprise = judge(state, CONTEXT, state.count, rarity)
    learn_context(state, start, symbol)
    return surprise


@compiled
def learn_context(state: Any, start: int, symbol: int) -> None:
    """Count what came after a context; the counts of a full one are halved, so that it keeps learning."""
    if state.contexts[start + symbol] == 255:
        for place in range(start, start + SYMBOLS):
            state.contexts[place] //= 2
    state.contexts[start + symbol] += 1
    state.symbols[0] = state.symbols[1]
    state.symbols[1] = symbol
