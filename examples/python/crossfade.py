"""Crossfade in front of your own two implementations: decide, run, report, and compare once the caller has its answer.

Decisions come through a stock OpenFeature client. What happened goes to Crossfade's two ingest routes, in batches from a
thread of its own. Nothing but the standard library and OpenFeature is needed; copy this file and change what you like.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, Full, Queue
from typing import Any

from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext

MOST_WAITING = 10_000
MOST_IN_A_BATCH = 500
MOST_SHADOWS = 64
ATTEMPTS = int(os.environ.get("CROSSFADE_ATTEMPTS", "6"))


class CallerError(Exception):
    """The caller's own fault (bad input, a missing file): shown, and never counted in an error rate."""


class Crossfade:
    """Runs each call on the path that Crossfade decides, and tells it what came of that."""

    def __init__(self, flags: OpenFeatureClient, reporter: Reporter) -> None:
        self._flags = flags
        self._reporter = reporter
        self._shadows = ThreadPoolExecutor(max_workers=4, thread_name_prefix="shadow")
        self._room = threading.BoundedSemaphore(MOST_SHADOWS)

    def call(
        self,
        feature: str,
        operation: str,
        unit: str,
        legacy: Callable[[], Any],
        candidate: Callable[[], Any],
    ) -> Any:
        """One call for `unit`. Both implementations must give something that JSON can hold."""
        context = EvaluationContext(targeting_key=unit)
        # When Crossfade cannot be asked, the answer is the default: legacy, and no shadow.
        decision = self._flags.get_boolean_details(feature, False, context)
        shadow = self._flags.get_boolean_value(f"{feature}.shadow", False, context)
        report = {"feature": feature, "operation": operation, "unit": unit}

        if not decision.value:
            served = attempt(legacy)
            self._observe(report, "legacy", served)
        else:
            served = attempt(candidate)
            fall_back = served["outcome"] == "error" and decision.flag_metadata.get("fallback", False)
            self._observe(report, "candidate", served, fallback=bool(fall_back))
            if fall_back:
                served = attempt(legacy)
                self._observe(report, "legacy", served)
                shadow = False  # Both sides have run already.
        if shadow:
            other = legacy if decision.value else candidate
            self._run_shadow(report, decision.value, served, other)
        if served["error"] is not None:
            raise served["error"]
        return served["result"]

    def close(self) -> None:
        """Waits for what is under way and sends what is left."""
        self._shadows.shutdown()
        self._reporter.close()

    def _run_shadow(self, report: dict, on_candidate: bool, served: dict, other: Callable[[], Any]) -> None:
        # The caller waits for none of this: when there is no room, this call is simply not compared.
        if not self._room.acquire(blocking=False):
            return

        def run() -> None:
            try:
                shadowed = attempt(other)
                legacy, candidate = (shadowed, served) if on_candidate else (served, shadowed)
                item = {name: report[name] for name in ("feature", "operation")}
                self._reporter.compare(item | {"legacy": side(legacy), "candidate": side(candidate)})
            finally:
                self._room.release()

        self._shadows.submit(run)

    def _observe(self, report: dict, path: str, attempted: dict, fallback: bool = False) -> None:
        kind = type(attempted["error"]).__name__ if attempted["error"] is not None else None
        observed = {name: attempted[name] for name in ("outcome", "latency_ms")}
        self._reporter.observe(report | observed | {"path": path, "fallback": fallback, "error_kind": kind})


def attempt(implementation: Callable[[], Any]) -> dict:
    """Runs one side, and keeps what came of it and how long it took."""
    result, error, outcome = None, None, "ok"
    began = time.perf_counter()
    try:
        result = implementation()
    except CallerError as wrong:
        error, outcome = wrong, "caller_error"
    except Exception as wrong:
        error, outcome = wrong, "error"
    latency_ms = (time.perf_counter() - began) * 1000
    return {"outcome": outcome, "latency_ms": latency_ms, "result": result, "error": error}


def side(attempted: dict) -> dict:
    return {name: attempted[name] for name in ("outcome", "latency_ms", "result")}


class Reporter:
    """Sends observations and comparisons in batches. A batch that may not have arrived is sent again under the same key,
    and so counts once."""

    def __init__(self, url: str, token: str, every_seconds: float = 1.0) -> None:
        self._url, self._token, self._every = url.rstrip("/"), token, every_seconds
        self._queues = {route: Queue(MOST_WAITING) for route in ("observations", "comparisons")}
        self._closing = threading.Event()
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="crossfade-reporter", daemon=True)
        self._thread.start()

    def observe(self, observation: dict) -> None:
        self._put("observations", observation)

    def compare(self, comparison: dict) -> None:
        self._put("comparisons", comparison)

    def close(self) -> None:
        """Sends what is left."""
        self._closing.set()
        self._thread.join()

    def _put(self, route: str, item: dict) -> None:
        now = time.time()
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03}Z"
        try:
            self._queues[route].put_nowait(item | {"at": at})
        except Full:
            self.lost += 1  # Better than to keep a caller waiting, or to fill the memory.

    def _run(self) -> None:
        while not self._closing.wait(self._every):
            self._send_all()
        self._send_all()

    def _send_all(self) -> None:
        for route, queue in self._queues.items():
            while batch := take(queue):
                self._send(route, batch)

    def _send(self, route: str, batch: list[dict]) -> None:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        body = json.dumps(batch).encode()
        for turn in range(ATTEMPTS):
            pause = min(30.0, 0.5 * 2**turn) * random.uniform(0.5, 1.0)
            request = urllib.request.Request(f"{self._url}/api/v1/{route}", body, headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    # What was wrong with single items; the others were counted.
                    self.lost += len(json.load(answer)["rejected"])
                    return
            except urllib.error.HTTPError as refused:
                if refused.code != 429 and refused.code < 500:
                    break  # It would be refused again.
                pause = float(refused.headers.get("Retry-After") or pause)
            except OSError:
                pass  # It may have arrived or not: the key tells.
            if turn + 1 < ATTEMPTS:
                time.sleep(pause)
        self.lost += len(batch)


def take(queue: Queue) -> list[dict]:
    batch: list[dict] = []
    try:
        while len(batch) < MOST_IN_A_BATCH:
            batch.append(queue.get_nowait())
    except Empty:
        pass
    return batch
