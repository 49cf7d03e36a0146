"""A clock of the wall that is turned back lengthens nothing in the file."""

import os

import pytest

from support.clock import Timeline
from support.waiting import until

pytestmark = pytest.mark.fake

LEASE = "/v1/database/creds/app"
STATIC = "/v1/secret/data/a"


def test_a_clock_that_went_back_lengthens_no_life(
        lives, upstream, moved, tokens):
    upstream.now = tokens.now = moved.now
    env = moved.environment()
    tokens.ttl = 7200
    first = lives.start(env=env)
    first.get(LEASE)
    left = Timeline(moved, first).advance(600)["token"]["expires_in_s"]
    remaining = first.get(LEASE).json["lease_duration"]
    assert first.get(STATIC).status == 200
    first.stop()
    upstream.close_port()
    moved.advance(-86400)
    second = lives.start(env=env)
    assert second.get(LEASE).json["lease_duration"] <= remaining
    assert second.status()["token"]["expires_in_s"] <= left


def test_a_clock_turned_back_in_a_run_lengthens_no_life(
        lives, upstream, moved, tokens):
    upstream.now = tokens.now = moved.now
    env = {**moved.environment(), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    tokens.ttl = 7200
    moved.advance(36000)
    first = lives.start(env=env)
    first.get(LEASE)
    number = os.stat(lives.file).st_ino
    moved.advance(-36000)
    first.get("/v1/database/creds/other")
    until(lambda: os.stat(lives.file).st_ino != number, 30, "another file")
    first.stop()
    upstream.close_port()
    moved.advance(1800)
    second = lives.start(env=env)
    assert second.get(LEASE).json["lease_duration"] <= 1800
    assert second.status()["token"]["expires_in_s"] <= 5400
