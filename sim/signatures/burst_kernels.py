"""The compiled loops of bursts. Import this module late: it imports numba.

Whether flows that are alike come more often than before is a binomial test: of `n` remembered flows
within a radius, `k` are of the last steps, which hold the share `q` of all that is remembered; if
nothing has changed, k is binomial with n and q. Several numbers of last steps are tried and the
least likely counts: the temporal scan statistic of Naus (The distribution of the size of the
maximum cluster of points on a line, JASA 60, 1965), with a sample of the past as its baseline.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.numerics.jit import cached, compiled, read, written
from sim.signatures.kernels import place_in, same
from sim.signatures.radii import HARMFUL, UNMEASURED
from sim.signatures.reach_kernels import FAR, NOTHING, smallest

QUARTER = np.float32(0.25)
"""Of a squared radius: two flows within half of it have nearly the same neighbours."""
CAREFUL, LEAST_SQUARE = np.float32(0.98), np.float32(1e-3)
"""On the safe side of what rounding may do: |l − r| ≥ |l| − |r|, so that two deviations whose norms
differ by more than the radius need not be compared, unless they are tiny."""
ALIKE = 3
"""Flows of the last steps that are like one, itself among them, for it to be tried."""
AGES = 64
"""Steps within which it is told when flows have begun to come; memory hardly reaches farther."""
SUDDEN = 0.8
"""Share of the flows that are like a signature from which they have only just begun to come."""


@compiled
def chance_of(k: int, n: int, share: float) -> float:
    """Probability of at least `k` of `n`, each of which comes with probability `share`."""
    if k <= 0:
        return 1.0
    if share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    term = 1.0
    for j in range(1, k + 1):
        term *= (n - k + j) / j * share
        if j <= n - k:
            term *= 1.0 - share
    for _ in range(k, n - k):
        term *= 1.0 - share
    total = term
    for j in range(k + 1, n + 1):
        term *= (n - j + 1) / j * share / (1.0 - share)
        total += term
    return total


@compiled
def least_chance(
    within: NDArray[np.int64], there: NDArray[np.int64], least: int
) -> tuple[float, int]:
    """The least chance over the numbers of last steps, and which it is; 1 and -1 for none.

    Args:
        within: Flows within the radius, of each number of last steps and of all, shape (H + 1,).
        there: All flows that are remembered, the same way, shape (H + 1,).
        least: Flows without which nothing is a burst.
    """
    best, which = 1.0, -1
    last = within.shape[0] - 1
    for h in range(last):
        if within[h] < least or there[h] == there[last]:
            continue
        chance = chance_of(within[h], within[last], there[h] / there[last])
        if chance < best:
            best, which = chance, h
    return best, which


@compiled
def began(alike: NDArray[np.int64], there: NDArray[np.int64], chance: float) -> int:
    """In how many last steps flows that are alike have begun to come; 0 if they always came.

    The past is parted where it is least likely that as many of them are later by chance.

    Args:
        alike: Flows that are alike, by age in steps and older, shape (AGES,); summed up, written.
        there: All flows of that age or less, shape (AGES,).
        chance: Probability below which they have not always come.
    """
    for age in range(1, AGES):
        alike[age] += alike[age - 1]
    steps = 0
    for age in range(AGES - 1):
        fresh = alike[age] > (alike[age - 1] if age else 0)
        if not fresh or alike[age] < ALIKE - 1 or there[age] == there[AGES - 1]:
            continue
        found = chance_of(alike[age], alike[AGES - 1], there[age] / there[AGES - 1])
        if found < chance:
            chance, steps = found, age + 1
    return steps


@compiled
def latest(
    row: np.int64, ring_steps: NDArray[np.int32], head: int, after: int, slots: NDArray[np.int64]
) -> int:
    """The slots of a ring that hold flows from `after` this step, the latest first.

    Returns:
        How many these are, at most as many as there is room in `slots`.
    """
    count, place = 0, head
    while count < slots.shape[0]:
        place -= 1
        if place < 0:
            place = ring_steps.shape[1] - 1
        if ring_steps[row, place] <= after:
            break
        slots[count] = place
        count += 1
    return count


@compiled
def product(left: NDArray[np.float32], right: NDArray[np.float32]) -> np.float32:
    """The scalar product of two deviations."""
    dot = np.float32(0.0)
    for j in range(left.shape[0]):
        dot += left[j] * right[j]
    return dot


@compiled
def products(
    turned: NDArray[np.float32], right: NDArray[np.float32], count: int, dots: NDArray[np.float32]
) -> None:
    """The scalar products of `count` deviations, a column each, with one: several at a time.

    Each is summed in the order of `product`, so that both find the same.
    """
    for i in range(count):
        dots[i] = np.float32(0.0)
    for j in range(right.shape[0]):
        factor = right[j]
        for i in range(count):
            dots[i] += turned[j, i] * factor


@cached
def emerging(
    rows: NDArray[np.int64],
    ring: NDArray[np.float32],
    ring_scores: NDArray[np.float32],
    ring_steps: NDArray[np.int32],
    ring_truth: NDArray[np.int16],
    ring_squares: NDArray[np.float32],
    head: NDArray[np.int64],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    now: int,
    horizons: NDArray[np.int64],
    tried: int,
    least: int,
    chance: float,
    similarity: np.float32,
    radius: np.float32,
    flows: NDArray[np.float32],
    scores: NDArray[np.float32],
    steps: NDArray[np.int32],
    truth: NDArray[np.int16],
) -> None:
    """Find the flows that have begun to come: for each agent the least likely burst.

    Each of the latest flows is tried as its centre, if the last steps (the least of `horizons`)
    hold others like it, and if none that has been tried is nearly the same.

    Args:
        rows: Agents, shape (k,).
        ring: See `sim.signatures.reach_kernels.remember`.
        ring_scores: Likewise.
        ring_steps: Likewise.
        ring_truth: Likewise.
        ring_squares: Likewise.
        head: Likewise.
        centre: Centres of all agents of the shard, shape (n, D).
        scale: Scales of all agents of the shard, shape (n, D).
        now: The step.
        horizons: Numbers of last steps that are tried, ascending, shape (H,).
        tried: Flows that are tried at most.
        least: Flows without which nothing is a burst.
        chance: Probability below which something is a burst.
        similarity: Lowest cosine.
        radius: Largest relative distance.
        flows: Flows of the burst, written, shape (k, C, D).
        scores: Zero before, written, shape (k, C).
        steps: -1 before, written, shape (k, C).
        truth: Written, shape (k, C).
    """
    slots, features = ring.shape[1], ring.shape[2]
    count = horizons.shape[0]
    deviations, placed = np.empty((slots, features), np.float32), np.empty(slots, np.bool_)
    there, within = np.empty(count + 1, np.int64), np.empty(count + 1, np.int64)
    near, best_near = np.empty(slots, np.int64), np.empty(slots, np.int64)
    late, done = np.empty(slots, np.int64), np.empty(tried, np.int64)
    turned, recent = np.empty((features, slots), np.float32), np.empty(slots, np.float32)
    dots = np.empty(slots, np.float32)
    squared = radius * radius
    closest = CAREFUL * (np.float32(1.0) - radius) * (np.float32(1.0) - radius)
    for k in range(rows.shape[0]):
        row = rows[k]
        lately = latest(row, ring_steps, head[row], now - horizons[0], late)
        for i in range(lately):
            place_in(ring[row, late[i]], centre[row], scale[row], deviations[late[i]])
            recent[i] = ring_squares[row, late[i]]
            for j in range(features):
                turned[j, i] = deviations[late[i], j]
        ready = False
        best, found, tests = chance, 0, 0
        for i in range(min(tried, lately)):
            if ring_steps[row, late[i]] != now:
                break
            wanted, right = deviations[late[i]], ring_squares[row, late[i]]
            near_by = closest if right >= LEAST_SQUARE else NOTHING
            low = right * near_by
            high = right / near_by if near_by > NOTHING else np.float32(np.inf)
            alike, known = 0, 0
            # All of them without a branch: so several are compared at a time.
            products(turned, wanted, lately, dots)
            for other in range(lately):
                alike += int(same(dots[other], recent[other], right, similarity, squared))
            if alike < ALIKE:
                continue
            for other in range(tests):
                m = done[other]
                dot = product(deviations[m], wanted)
                known += int(same(dot, ring_squares[row, m], right, similarity, squared * QUARTER))
            if known > 0:
                continue
            done[tests] = late[i]
            tests += 1
            if not ready:
                ready = True
                there[:] = 0
                placed[:] = False
                for i_late in range(lately):
                    placed[late[i_late]] = True
                for m in range(slots):
                    step = ring_steps[row, m]
                    if step < 0:
                        continue
                    there[count] += 1
                    for h in range(count):
                        there[h] += step > now - horizons[h]
            within[:] = 0
            used = 0
            low, high = max(low, right * FAR), min(high, right / FAR)
            for m in range(slots):
                step, square = ring_steps[row, m], ring_squares[row, m]
                if step < 0 or square < low or square > high:
                    continue
                if not placed[m]:
                    placed[m] = True
                    place_in(ring[row, m], centre[row], scale[row], deviations[m])
                if same(product(deviations[m], wanted), square, right, similarity, squared):
                    near[used] = m
                    used += 1
                    within[count] += 1
                    for h in range(count):
                        within[h] += step > now - horizons[h]
            likely, which = least_chance(within, there, least)
            if likely < best:
                best, found = likely, 0
                for at in range(used):
                    if ring_steps[row, near[at]] > now - horizons[which]:
                        best_near[found] = near[at]
                        found += 1
        for i in range(min(found, flows.shape[1])):
            m = best_near[i]
            for j in range(features):
                flows[k, i, j] = ring[row, m, j]
            scores[k, i] = ring_scores[row, m]
            steps[k, i] = ring_steps[row, m]
            truth[k, i] = ring_truth[row, m]


@cached
def probe(
    agents: NDArray[np.int64],
    which: NDArray[np.int64],
    ring: NDArray[np.float32],
    odd: NDArray[np.bool_],
    known: NDArray[np.bool_],
    ring_steps: NDArray[np.int32],
    squares: NDArray[np.float32],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    centres: NDArray[np.float32],
    since: NDArray[np.int64],
    now: int,
    horizons: NDArray[np.int64],
    age: int,
    settled_least: int,
    settled_much: int,
    tolerance: float,
    least: int,
    chance: float,
    doubtful: float,
    onset: float,
    similarity: np.float32,
    radii: NDArray[np.float32],
    reach: NDArray[np.uint8],
    seen: NDArray[np.int64],
    burst: NDArray[np.bool_],
    sudden: NDArray[np.bool_],
    settled_alike: NDArray[np.int64],
) -> None:
    """What the past of agents says about signatures; see `sim.shard.burst_grounds`.

    Only flows with about the norm of the signature are looked at: |l − r| ≥ |l| − |r|.

    Args:
        agents: Agent of each question, shape (P,).
        which: Signature of each question, shape (P,).
        ring: See `sim.signatures.reach_kernels.remember`.
        odd: Likewise.
        known: Likewise.
        ring_steps: Likewise.
        squares: Likewise.
        centre: Centres of all agents of the shard, shape (n, D).
        scale: Scales of all agents of the shard, shape (n, D).
        centres: Centres of the signatures, shape (S, D).
        since: Step of each signature before which nobody can have seen it, shape (S,).
        now: The step.
        horizons: Numbers of last steps that are tried, ascending, shape (H,).
        age: Steps after which an unsuspected flow is settled.
        settled_least: Settled flows without which nothing can be measured.
        settled_much: Settled flows without which the largest radii are not trusted.
        tolerance: Share of the settled flows that may lie within a harmless radius.
        least: Flows without which nothing is a burst.
        chance: Probability below which something is a burst.
        doubtful: Probability from which nothing has begun to come: suspicious flows that have
            always come are no sighting.
        onset: Probability below which what is like a signature has begun to come to an agent; only
            what was there before is settled then. 0 does not ask.
        similarity: Lowest cosine.
        radii: Radii that are tried, ascending, shape (R,).
        reach: Code of the largest harmless radius, written, shape (P,).
        seen: Recent suspicious flows within it, written, shape (P,). Where such flows have always
            come only those that an accepted signature matches, whose doubt is settled.
        burst: Whether recent flows within it are a burst, written, shape (P,).
        sudden: Whether nearly all flows within it are of the second of the horizons, written,
            shape (P,).
        settled_alike: Settled flows within the least of the radii, written, shape (P,).
    """
    slots, features, count = ring.shape[1], ring.shape[2], radii.shape[0]
    spans = horizons.shape[0]
    wanted = np.empty(features, np.float32)
    squared = radii * radii
    hits = np.empty((5 + spans, count), np.int64)
    calm, marked = 3 + spans, 4 + spans
    there, within = np.empty(spans + 1, np.int64), np.empty(spans + 1, np.int64)
    ages, alike = np.empty(AGES, np.int64), np.empty(AGES, np.int64)
    near, places = np.empty(slots, np.int64), np.empty(slots, np.int64)
    counted = np.int64(-1)
    unsuspected = 0
    for p in range(agents.shape[0]):
        row, s = agents[p], which[p]
        first, aged = np.int32(since[s]), np.int32(now - age)
        right = place_in(centres[s], centre[row], scale[row], wanted)
        low, high = right * FAR, right / FAR
        if row != counted:  # questions about one agent follow each other
            counted = row
            unsuspected = 0
            there[:] = 0
            ages[:] = 0
            for m in range(slots):
                step = ring_steps[row, m]
                there_is = step >= 0
                if there_is:
                    ages[min(now - step, AGES - 1)] += 1
                unsuspected += there_is & ~odd[row, m]
                there[spans] += there_is
                for h in range(spans):
                    there[h] += there_is & (step > now - horizons[h])
            for h in range(1, AGES):
                ages[h] += ages[h - 1]
        used = 0
        alike[:] = 0
        for m in range(slots):
            square, step = squares[row, m], ring_steps[row, m]
            if square < low or square > high or step < 0:
                continue
            place = smallest(
                ring[row, m], square, wanted, right, centre[row], scale[row], similarity, squared
            )
            if place == count:
                continue
            near[used], places[used] = m, place
            used += 1
            if place == 0 and not known[row, m]:
                alike[min(now - step, AGES - 1)] += 1
        ago = began(alike, ages, onset) if onset > 0.0 else 0
        if ago > 0:
            begun = np.int32(now - ago + 1)
            first, aged = min(first, begun), min(aged, begun)
        settled, calm_ones = 0, unsuspected
        for m in range(slots):
            step = ring_steps[row, m]
            old = (step < first) | ((step < aged) & ~odd[row, m])
            settled += (step >= 0) & old & ~known[row, m]
        hits[:] = 0
        for i in range(used):
            m, place = near[i], places[i]
            step = ring_steps[row, m]
            old = step < first or (step < aged and not odd[row, m])
            hits[0, place] += old and not known[row, m]
            lately = odd[row, m] and step > now - horizons[spans - 1]
            hits[1, place] += lately
            hits[marked, place] += lately and known[row, m]
            hits[2, place] += 1
            hits[calm, place] += not odd[row, m]
            for h in range(spans):
                hits[3 + h, place] += step > now - horizons[h]
        for place in range(1, count):
            for kind in range(5 + spans):
                hits[kind, place] += hits[kind, place - 1]
        against = 0
        if settled < settled_least:  # nothing is old enough: what is not suspicious must do
            against, settled = calm, calm_ones
        largest = -1
        for place in range(count):
            if hits[against, place] <= tolerance * settled:
                largest = place
        if settled < settled_much:
            largest = min(largest, 2)
        use = largest if largest >= 0 else 1
        within[spans] = hits[2, use]
        for h in range(spans):
            within[h] = hits[3 + h, use]
        likely, _ = least_chance(within, there, least)
        burst[p] = likely < chance
        sudden[p] = hits[4, use] >= SUDDEN * hits[2, use]
        seen[p] = hits[1, use] if likely < doubtful else hits[marked, use]
        reach[p] = UNMEASURED if settled < settled_least else HARMFUL + 1 + largest
        settled_alike[p] = hits[against, 0]


_INTS, _FLOATS = read(types.int64, 1), read(types.float32, 2)
_FLOWS, _FLAGS, _STEPS = read(types.float32, 3), read(types.boolean, 2), read(types.int32, 2)
_NUMBERS = (types.int64, types.float64, types.float32)
SIGNATURES = {
    "emerging": (
        emerging,
        (
            _INTS,
            _FLOWS,
            _FLOATS,
            _STEPS,
            read(types.int16, 2),
            _FLOATS,
            _INTS,
            _FLOATS,
            _FLOATS,
            types.int64,
            _INTS,
            types.int64,
            *_NUMBERS,
            types.float32,
            written(types.float32, 3),
            written(types.float32, 2),
            written(types.int32, 2),
            written(types.int16, 2),
        ),
    ),
    "probe": (
        probe,
        (
            _INTS,
            _INTS,
            _FLOWS,
            _FLAGS,
            _FLAGS,
            _STEPS,
            _FLOATS,
            _FLOATS,
            _FLOATS,
            _FLOATS,
            _INTS,
            types.int64,
            _INTS,
            types.int64,
            types.int64,
            types.int64,
            types.float64,
            types.int64,
            types.float64,
            types.float64,
            types.float64,
            types.float32,
            read(types.float32, 1),
            written(types.uint8, 1),
            written(types.int64, 1),
            written(types.boolean, 1),
            written(types.boolean, 1),
            written(types.int64, 1),
        ),
    ),
}
"""What is compiled, by name: the kernel and the types of its arguments."""
LATER = ("emerging", "probe")
"""Not called before there are signatures, or bursts of what was not there before."""
