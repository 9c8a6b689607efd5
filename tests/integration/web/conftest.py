"""The world of the matrix, which tests that leave it as it was hand on to each other."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.integration.web.matrix import StandingWorld, World


@pytest.fixture(scope="session")
def standing_world() -> StandingWorld:
    """The world of this process."""
    return StandingWorld()


@pytest.fixture
def world(app: Flask, kept_database: Session, standing_world: StandingWorld) -> Iterator[World]:
    """Two programmes and another event, for a test that changes nothing of them."""
    yield standing_world.enter(app)
    standing_world.leave()


@pytest.fixture
def world_to_spend(world: World, standing_world: StandingWorld) -> Iterator[World]:
    """Two programmes and another event, for a test that changes them."""
    yield world
    standing_world.forget()
