"""A clock of the wall that is turned back lengthens nothing in the file."""

import os

import pytest

from support.clock import Timeline
from support.lives import Lives
from support.waiting import until

pytestmark = pytest.mark.fake

LEASE = "/v1/database/creds/app"
STATIC = "/v1/secret/data/a"


@pytest.fixture
def lives(daemons, tokens, approle_files, folder):
    """One daemon after another."""
    return Lives(daemons, tokens, approle_files, folder)


def get(daemon, path):
    """Read a path that is there."""
    reply = daemon.client().get(path)
    assert reply.status == 200, reply.body
    return reply


def test_a_clock_that_went_back_lengthens_no_life(
        lives, upstream, moved, tokens):
    upstream.now = tokens.now = moved.now
    env = moved.environment()
    tokens.ttl = 7200
    first = lives.start(env=env)
    get(first, LEASE)
    left = Timeline(moved, first).advance(600)["token"]["expires_in_s"]
    remaining = get(first, LEASE).json["lease_duration"]
    assert get(first, STATIC).status == 200
    first.stop()
    upstream.close_port()
    moved.advance(-86400)
    second = lives.start(env=env)
    assert get(second, LEASE).json["lease_duration"] <= remaining
    assert second.status()["token"]["expires_in_s"] <= left


def test_a_clock_turned_back_in_a_run_lengthens_no_life(
        lives, upstream, moved, tokens):
    upstream.now = tokens.now = moved.now
    env = {**moved.environment(), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    tokens.ttl = 7200
    moved.advance(36000)
    first = lives.start(env=env)
    get(first, LEASE)
    number = os.stat(lives.file).st_ino
    moved.advance(-36000)
    get(first, "/v1/database/creds/other")
    until(lambda: os.stat(lives.file).st_ino != number, 30, "another file")
    first.stop()
    upstream.close_port()
    moved.advance(1800)
    second = lives.start(env=env)
    assert get(second, LEASE).json["lease_duration"] <= 1800
    assert second.status()["token"]["expires_in_s"] <= 5400
