"""Measurement: how much of a worker's CPU the job queue takes: its own process, forking, and what surrounds a job."""

from bench.ground import Run
from bench.measures import MEASURES, Figures
from bench.shoot import Plan, Shooting


@MEASURES.register("rq_share")
def measure_rq_share(run: Run) -> Figures:
    """Return the queue's share of the CPU that a worker and its children use for a shoot.

    A job tells what was used between its first and its last line; everything else that the worker's processes
    use is the queue's: the parent that waits, the fork, fetching the job, and putting its end down.
    """
    with Shooting(run, Plan(run.letters, worker_module="bench.timed_worker")) as shooting:
        shot = shooting.send()
        jobs = run.processes.lines("slice worked", *shooting.workers)
    worked = sum(job["cpu"] for job in jobs)
    queue = shot.cpu.total - worked
    return {
        "letters": run.letters,
        "jobs": len(jobs),
        "worker_cpu_seconds": round(shot.cpu.total, 3),
        "queue_cpu_seconds": round(queue, 3),
        "parent_cpu_seconds": round(shot.cpu.parents, 3),
        "queue_ms_per_job": round(queue / max(len(jobs), 1) * 1000, 1),
        "ratio_queue": round(queue / shot.cpu.total, 4),
    }
