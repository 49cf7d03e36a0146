"""What cannot be written does not stay: the file goes, the cache goes on."""

import errno

import pytest

from faults.preload import Fault
from support.lives import Lives
from support.waiting import until

pytestmark = [pytest.mark.fake, pytest.mark.plain]

LEASE = "/v1/database/creds/app"


@pytest.mark.parametrize("calls,only_files", [
    (("fdatasync",), True), (("write",), True),
    (("fdatasync", "unlinkat"), False)], ids=lambda cell: str(cell))
def test_a_revocation_that_cannot_be_written_takes_the_file_along(
        daemons, tokens, upstream, approle_files, folder, calls, only_files):
    lives = Lives(daemons, tokens, approle_files, folder)
    fault = Fault(folder, calls, code=errno.EIO, every=1,
                  only_files=only_files, switched=True)
    first = lives.start(env=fault.environment())
    size = lives.size()
    lease = first.client().get(LEASE).json["lease_id"]
    until(lambda: lives.size() > size, 30, "the entry to be written")
    fault.switch(True)
    reply = first.client().put("/v1/sys/leases/revoke", {"lease_id": lease})
    assert reply.status == 204
    assert fault.counts()[1] > 0
    assert not lives.file.exists() or lives.size() == 0
    again = first.client().get(LEASE).json["lease_id"]
    assert again != lease
    assert first.client().get(LEASE).json["lease_id"] == again
    lives.kill(first)
    upstream.close_port()
    second = lives.daemons.start(lives.config())
    assert second.status()["persist"]["restored"] == 0


def test_a_file_that_cannot_be_replaced_goes(
        daemons, tokens, approle_files, folder):
    lives = Lives(daemons, tokens, approle_files, folder)
    lives.start().stop()
    fault = Fault(folder, ("renameat",), code=errno.EIO, every=1)
    second = lives.start(env=fault.environment())
    assert not lives.file.exists()
    assert second.client().get(LEASE).status == 200
    second.stop()
    assert list(lives.folder.iterdir()) == []
    third = lives.start()
    assert third.status()["persist"]["restored"] == 0
