"""What RQ calls: ids in, one call each."""

from webapp.jobs.slices import work_slice


def work(lane: str) -> None:
    """Do what is due in a lane for one slice of time; safe to run any number of times at once."""
    work_slice(lane)
