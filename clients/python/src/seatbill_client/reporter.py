"""Gathers events, sends them in batches, and keeps each until Seatbill has said what became of it."""

import logging
import time as clock
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import Condition, RLock, Thread, current_thread
from threading import Event as Flag
from types import TracebackType
from typing import Any, Self

from seatbill_client.errors import RefusedError, ReporterClosedError, UndeliveredError
from seatbill_client.events import Event, Rejected, Report
from seatbill_client.retrying import Retrying
from seatbill_client.transport import TOO_LARGE, Answer, Transport

logger = logging.getLogger("seatbill_client")

LARGEST_BATCH = 10_000
"""Seatbill takes no more at once."""

LARGEST_BODY = 16 * 1024 * 1024 - 1024

Waiting = tuple[Event, bytes]


class Reporter:
    """
    Reports usage events in batches, from any number of threads.

    A batch goes when so many events or bytes have been gathered, or when its first event has waited so long; with
    `in_background` a thread of its own sends, else whoever reports or flushes does. What was not taken stays in the
    reporter, in order, until it is: a failure raises with the events that are left, and loses none.
    """

    def __init__(
        self,
        address: str,
        key: str,
        *,
        source: str,
        batch_events: int = 1_000,
        batch_bytes: int = 1_000_000,
        batch_seconds: float = 5.0,
        in_background: bool = False,
        retrying: Retrying | None = None,
        timeout: float = 70.0,
        on_rejected: Callable[[Rejected], None] | None = None,
        on_refused: Callable[[UndeliveredError], None] | None = None,
    ) -> None:
        """
        Take the site, the key, and what the events come from.

        `on_rejected` is told of each event that is not counted. `on_refused` is told when the background thread can not
        go on: it stops then, and everything it had is kept for `flush` and `close`.

        :raises ValueError: if the address, the key or a bound cannot be
        """
        if not 1 <= batch_events <= LARGEST_BATCH:
            raise ValueError(f"batch_events: from 1 to {LARGEST_BATCH}")
        if not 1 <= batch_bytes <= LARGEST_BODY:
            raise ValueError(f"batch_bytes: from 1 to {LARGEST_BODY}")
        self._transport = Transport(address, key, timeout=timeout)
        self._source = source
        self._batch_events, self._batch_bytes, self._batch_seconds = batch_events, batch_bytes, batch_seconds
        self._retrying = retrying or Retrying()
        self._on_rejected, self._on_refused = on_rejected, on_refused
        self._waiting: deque[Waiting] = deque()
        self._bytes = 0
        self._oldest: float | None = None
        self._changed = Condition()
        self._sending = RLock()
        self._stop = Flag()
        self._is_closed = False
        self._thread: Thread | None = None
        if in_background:
            self._thread = Thread(target=self._send_in_background, name="seatbill-reporter", daemon=True)
            self._thread.start()

    def __enter__(self) -> Self:
        """Return the reporter."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Send what is left; of what cannot be sent, raise with it."""
        self.close()

    def __len__(self) -> int:
        """Return how many events wait for an answer."""
        with self._changed:
            return len(self._waiting)

    def report(
        self,
        type: str,  # noqa: A002
        *,
        subject: str,
        data: Mapping[str, Any] | None = None,
        time: datetime | None = None,
        id: str | None = None,  # noqa: A002
        organization: str | None = None,
    ) -> Event:
        """
        Report that something happened, now unless it is said when, and return the event.

        Give an `id` of your own where one is at hand: then also a program that starts anew counts it once.

        :raises ReporterClosedError: if the reporter is closed
        :raises UndeliveredError: if a batch was full and could not be sent; this event is among those that wait
        """
        named = {} if id is None else {"id": id}
        event = Event(
            type=type,
            source=self._source,
            subject=subject,
            time=time or datetime.now(UTC),
            data=data or {},
            organization=organization,
            **named,
        )
        self.add(event)
        return event

    def add(self, event: Event) -> None:
        """
        Report an event that was made before, such as one that was kept after a failure.

        :raises ReporterClosedError: if the reporter is closed
        :raises UndeliveredError: if a batch was full and could not be sent; this event is among those that wait
        """
        written = event.to_json()
        if len(written) > LARGEST_BODY:
            raise ValueError("data: this event is larger than all that may be sent at once")
        with self._changed:
            if self._is_closed:
                raise ReporterClosedError("This reporter is closed: make another one.")
            self._waiting.append((event, written))
            self._bytes += len(written) + 1
            self._oldest = self._oldest or clock.monotonic()
            is_due = self._is_due()
            self._changed.notify_all()
        if is_due and self._thread is None:
            self._send_while(self._is_due)

    def flush(self) -> Report:
        """
        Send everything that waits, and return what became of it.

        :raises RefusedError: if Seatbill refuses it and would again; everything that was not taken is in the error, and
            still waits here
        :raises UndeliveredError: if Seatbill could not be reached for as long as patience lasts; likewise
        """
        return self._send_while(lambda: bool(self._waiting))

    def close(self) -> Report:
        """
        Send everything that waits, take no more, and return what became of what was sent now.

        Where it cannot be sent, the error has the events: keep them. Closing once more tries them again.

        :raises UndeliveredError: as `flush` does
        """
        with self._changed:
            self._is_closed = True
            self._stop.set()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        return self.flush()

    def take_waiting(self) -> list[Event]:
        """Hand over the events that wait, to be kept elsewhere; the reporter forgets them."""
        with self._sending, self._changed:
            events = [event for event, _written in self._waiting]
            self._waiting.clear()
            self._bytes, self._oldest = 0, None
            return events

    def _is_due(self) -> bool:
        waited = clock.monotonic() - self._oldest if self._oldest is not None else 0.0
        return (
            len(self._waiting) >= self._batch_events
            or self._bytes >= self._batch_bytes
            or (bool(self._waiting) and waited >= self._batch_seconds)
        )

    def _send_while(self, wanted: Callable[[], bool]) -> Report:
        """Send batch by batch, one thread at a time, so that order is kept and nothing is sent by two at once."""
        done, at_once = Report(), self._batch_events
        with self._sending:
            while wanted():
                batch = self._next_batch(at_once)
                answer = self._try(batch)
                if answer.status == TOO_LARGE and len(batch) > 1:
                    at_once = max(1, len(batch) // 2)
                    continue
                done += self._settle(batch, answer)
        return done

    def _next_batch(self, at_once: int) -> list[Waiting]:
        """Return the first events that wait, which stay where they are."""
        batch: list[Waiting] = []
        size = 0
        with self._changed:
            for event, written in self._waiting:
                size += len(written) + 1
                if batch and (len(batch) >= at_once or size > self._batch_bytes):
                    break
                batch.append((event, written))
        return batch

    def _try(self, batch: Sequence[Waiting]) -> Answer:
        """Send a batch until it is answered, with pauses, for as long as patience lasts."""
        began, attempt = clock.monotonic(), 0
        while True:
            attempt += 1
            answer = self._transport.send([written for _event, written in batch])
            if not answer.is_worth_another_try:
                return answer
            pause = self._retrying.pause(attempt, asked_for=answer.retry_after)
            if clock.monotonic() + pause > began + self._retrying.patience:
                return answer
            logger.info("Not taken (%s): trying the same again in %.1f s", answer.detail, pause)
            if current_thread() is not self._thread:
                clock.sleep(pause)
            elif self._stop.wait(pause):
                # Whoever closes goes on with it.
                return answer

    def _settle(self, batch: Sequence[Waiting], answer: Answer) -> Report:
        """
        Take a batch that was answered out of what waits, and tell what became of it.

        :raises UndeliveredError: if it was not taken; nothing is taken out then
        """
        if answer.status != 200:
            left = self._list_waiting()
            if answer.is_worth_another_try:
                raise UndeliveredError(f"{len(left)} events could not be delivered: {answer.detail}", left)
            raise RefusedError(answer.status, answer.detail, left)
        report = _read(batch, answer)
        if report is None:
            raise UndeliveredError("What answered is not Seatbill: see what stands in between.", self._list_waiting())
        with self._changed:
            for _event, written in batch:
                self._waiting.popleft()
                self._bytes -= len(written) + 1
            self._oldest = clock.monotonic() if self._waiting else None
        for rejected in report.rejected:
            logger.warning("Event %s was rejected: %s", rejected.event.id, rejected.message)
            if self._on_rejected is not None:
                try:
                    self._on_rejected(rejected)
                except Exception:
                    # The others are to be told of, too.
                    logger.exception("Whoever is told of rejected events failed")
        return report

    def _list_waiting(self) -> list[Event]:
        with self._changed:
            return [event for event, _written in self._waiting]

    def _send_in_background(self) -> None:
        while not self._stop.is_set():
            with self._changed:
                while not self._stop.is_set() and not self._is_due():
                    self._changed.wait(self._until_due())
            if self._stop.is_set():
                return
            try:
                self._send_while(self._is_due)
            except RefusedError as error:
                logger.error("Seatbill refuses the events, and would again: %s", error)  # noqa: TRY400
                if self._on_refused is not None:
                    self._on_refused(error)
                return
            except UndeliveredError as error:
                # They still wait here: the next round tries them again.
                logger.warning("%s", error)

    def _until_due(self) -> float | None:
        """Return how long the oldest event may still wait; None while there is none."""
        if self._oldest is None:
            return None
        return max(0.01, self._oldest + self._batch_seconds - clock.monotonic())


def _read(batch: Sequence[Waiting], answer: Answer) -> Report | None:
    """Return what became of a batch; None if the answer does not speak of it."""
    said = answer.said
    try:
        rejected = [
            Rejected(event=batch[item["index"]][0], reason=str(item["reason"]), message=str(item["message"]))
            for item in said["rejected"]
        ]
        report = Report(accepted=int(said["accepted"]), duplicates=int(said["duplicates"]), rejected=rejected)
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return report if report.accepted + report.duplicates + len(rejected) == len(batch) else None
