"""Several people doing something in the same moment, each in an application context and transaction of their own."""

from collections.abc import Callable
from threading import Barrier, Thread

from flask import Flask

from webapp.core.database import db


def at_once(app: Flask, *calls: Callable[[], object]) -> list[object]:
    """Return what each call returned or raised; all begin together, each in a thread of its own."""
    start, answers = Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        with app.app_context():
            start.wait(timeout=10)
            try:
                answers[place] = call()
            except Exception as error:
                answers[place] = error
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return list(answers)
