"""The metrics of `/metrics`, in a registry of their own."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# Seconds. A turn takes about a millisecond; the long buckets show a slow disk or database.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """Turns by channel and outcome, their duration, the queue, the store and the knowledge."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._by_labels: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._turns = Counter(
            "policybot_turns", "Turns answered", ["channel", "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "policybot_turn_seconds",
            "From message to durable reply",
            ["channel"],
            registry=registry,
            buckets=_BUCKETS,
        )
        self._refused = Counter(
            "policybot_refused", "Messages not taken", ["channel", "reason"], registry=registry
        )
        self._queue = Gauge("policybot_queue", "Messages that wait", registry=registry)
        self._ready = Gauge("policybot_ready", "1 when turns can be served", registry=registry)
        self._store = Gauge("policybot_store_up", "1 when it takes writes", registry=registry)
        self._store_bytes = Gauge(
            "policybot_store_bytes", "What it takes on the disk", registry=registry
        )
        self._problems = Gauge(
            "policybot_knowledge_problems",
            "What keeps a newer knowledge from being served",
            registry=registry,
        )
        self._effects = Gauge(
            "policybot_knowledge_effects",
            "What the last reload changed: questions by group, supports, facts, regressions",
            ["kind"],
            registry=registry,
        )
        self._knowledge = Gauge(
            "policybot_knowledge_info", "Knowledge version", ["version"], registry=registry
        )

    def turn(self, channel: str, outcome: str, seconds: float) -> None:
        """Count a turn and its duration."""
        key = (channel, outcome)
        if key not in self._by_labels:
            # Cached, because finding a metric by its labels costs more than incrementing it.
            self._by_labels[key] = (self._turns.labels(*key), self._seconds.labels(channel))
        turns, duration = self._by_labels[key]
        turns.inc()
        duration.observe(seconds)

    def refused(self, channel: str, reason: str) -> None:
        """Count a message that was not processed; `reason` is "rate", "busy" or "store"."""
        self._refused.labels(channel, reason).inc()

    def store_size(self, size: int) -> None:
        """Set the size of the store in bytes."""
        self._store_bytes.set(size)

    def effects(self, counts: Mapping[str, int]) -> None:
        """Set what the last reload changed, by kind."""
        for kind, count in counts.items():
            self._effects.labels(kind).set(count)

    def state(self, queue: int, ready: bool, store: bool, problems: int, version: str) -> None:
        """Set the gauges; called before each scrape."""
        self._queue.set(queue)
        self._ready.set(1 if ready else 0)
        self._store.set(1 if store else 0)
        self._problems.set(problems)
        self._knowledge.clear()
        self._knowledge.labels(version).set(1)
