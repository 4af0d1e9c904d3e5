"""Which documents of a file may be imported at the same time as which."""

from collections import defaultdict


def assign_lanes(documents, lanes):
    """Spread documents over lanes that can be worked on side by side.

    Documents that may concern the same order are in one lane, in their order: those with the same
    reference, a cancellation and the sale it names, and all of one buyer, for a cancellation that
    names no sale means one of his.

    :param documents: ``(reference, reference of the cancelled sale or empty, buyer or empty)``
        each, in the order of the file.
    :param int lanes: how many at most.
    :return: number of the lane per document, from 0, the lanes about equally long
    :rtype: list[int]
    """
    if lanes <= 1:
        return [0] * len(documents)
    parent = {}

    def root(key):
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for ref, cancels, buyer in documents:
        for other in ("ref", cancels), ("buyer", buyer):
            if other[1]:
                parent[root(other)] = root(("ref", ref))
    groups = defaultdict(list)
    for position, (ref, _cancels, _buyer) in enumerate(documents):
        groups[root(("ref", ref))].append(position)
    load, result = [0] * lanes, [0] * len(documents)
    for positions in groups.values():
        lane = load.index(min(load))
        load[lane] += len(positions)
        for position in positions:
            result[position] = lane
    return result
