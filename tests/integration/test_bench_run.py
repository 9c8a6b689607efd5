"""The bench of sending, small: its shoot is a real one that arrives whole, and its judgements can fail."""

import json
import socket
import threading
import time
from pathlib import Path

import pytest

from bench.ground import Ground
from bench.measures.stages import find_doubled
from bench.processes import wait_for_port
from bench.run import load_measures, run_measures, summarize
from bench.sink import EARLY, Sink, Talk, Tally
from webapp.demo.ports import any_free_port

PROMISED = {
    *("letters", "sent", "accepted", "is_balanced", "letters_per_second", "letter_bytes"),
    *(
        "seconds_first_letter",
        "seconds_freezing",
        "worker_cpu_us_per_letter",
        "build_cpu_us",
        "worker_peak_mb",
    ),
    *(
        "database_bytes_per_letter",
        "ratio_smtp_source",
        "ratio_smtp_source_cpu",
        "ratio_naive",
        "ratio_best_loop",
    ),
}
LETTER = (
    b"MAIL FROM:<a@example.org>\r\nRCPT TO:<%b@example.org>\r\nDATA\r\n..\r\n text\r\n.not the end\r\n.\r\n"
)
EMPTY = b"RCPT TO:<p3@example.org>\r\nDATA\r\n.\r\n"


@pytest.mark.slow
def test_the_bench_sends_a_shoot_and_says_what_the_table_asks_for(
    services_environment: dict[str, str], services_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load_measures()
    ground = Ground(
        {name: services_environment[name] for name in ("DATABASE_URL", "REDIS_URL")}, services_folder
    )

    run_measures(ground, ["shoot", "stages"], letters=40, runs=1)

    shoot, stages = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert shoot.keys() >= PROMISED
    assert (shoot["bench"], shoot["sent"], shoot["accepted"], shoot["is_balanced"]) == ("shoot", 40, 40, True)
    assert ground.faults == []
    assert shoot["ratio_naive"] > 0 < shoot["worker_cpu_us_per_letter"]
    assert stages["bench"] == "stages"
    assert stages["build_cpu_us"] == shoot["build_cpu_us"], "both look at the same shoot"


def test_a_line_shows_medians_and_every_value() -> None:
    runs = [{"rate": rate, "sink": "own", "source": None} for rate in (5, 1, 3)]
    assert summarize("shoot", runs) == {
        "bench": "shoot",
        "runs": 3,
        "rate": 3,
        "sink": "own",
        "source": None,
        "values": {"rate": [5, 1, 3]},
    }


def test_a_stage_that_has_doubled_is_told_in_a_sentence() -> None:
    reference = {"ratio_build": 0.5, "ratio_carry": 0.5, "ratio_record": 0.1}
    built, recorded = find_doubled({"ratio_build": 1.01, "ratio_carry": 0.99}, reference)
    assert "build costs 1.01 times" in built
    assert "no longer log" in recorded


def test_a_small_stage_may_cost_more_at_the_start_of_a_short_shoot() -> None:
    assert find_doubled({"ratio_claim": 0.05}, {"ratio_claim": 0.01}) == []
    assert len(find_doubled({"ratio_claim": 0.07}, {"ratio_claim": 0.01})) == 1


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_sink_counts_letters_however_their_bytes_are_cut(tmp_path: Path, size: int) -> None:
    tally = Tally(tmp_path / "tally")
    sink = Sink(tally, 0.0, (), b"impatient")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        talk = Talk(theirs, sink)
        assert ours.recv(4096).startswith(b"220 ")
        said = b"EHLO me\r\n" + LETTER % b"p1" + LETTER % b"impatient" + LETTER % b"p2" + EMPTY + b"QUIT\r\n"
        for at in range(0, len(said), size):
            talk.read(said[at : at + size])
        theirs.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: ours.recv(4096), b""))
    assert (tally.letters, tally.watched) == (4, 1)
    assert answers.count(b"354 ") == answers.count(b"250 2.0.0 ") == 4


def test_a_sink_far_away_answers_nothing_sooner_than_that(tmp_path: Path) -> None:
    seconds = 0.05
    sink, port = Sink(Tally(tmp_path / "tally"), 0.0, (), b"", away=seconds), any_free_port()
    threading.Thread(target=sink.serve, args=(port,), daemon=True).start()
    wait_for_port(port)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        for answer, said in ((b"220 ", b"EHLO me\r\n"), (b"250", LETTER % b"p1"), (b"250 2.1.0", b"")):
            assert client.recv(4096).startswith(answer)
            assert time.monotonic() - began >= seconds - EARLY, "half a millisecond early is told as due"
            began = time.monotonic()
            client.sendall(said)
