"""Every letter arrives, whatever dies on its way: the worker, Redis, the mail server."""

from functools import partial

import pytest

from certification.models import Notice
from tests.processes import eventually

from .portal import kill_whoever_sends_from

SOON = 300  # seconds: the longest a letter may be late once what was away is back
short, long = pytest.mark.short, pytest.mark.long


def kills_on_the_way(letters, kills, worker):
    """Kills at even distances, by turns after a letter is taken and before it, and each fifth of the whole worker."""
    child, whole = partial(kill_whoever_sends_from, worker=worker), lambda port: worker.kill()
    return {
        (("asked", "taken")[number % 2], letters * number // (kills + 1)): whole if number % 5 == 0 else child
        for number in range(1, kills + 1)
    }


def all_told(portal, worker, *, seconds=SOON):
    """Sweep until no row is unsent; answers how often each was told, and under how many Message-IDs at most."""
    portal.sweeps_until_all_is_out(worker, seconds=seconds)
    return portal.mail.told()


# --- the worker dies ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("letters", "kills"), [pytest.param(120, 2, marks=short), pytest.param(10_000, 20, marks=long)]
)
def test_a_worker_killed_while_it_sends_misses_nobody_and_repeats_at_most_the_letter_in_hand(
    portal, worker, letters, kills
):
    portal.mail.fates = kills_on_the_way(letters, kills, worker)
    with portal.writes_letters(letters) as writing:
        assert writing.wait(600) == 0
    times, ids = all_told(portal, worker, seconds=letters)
    assert portal.mail.fates == {}
    assert len(times) == letters
    assert 0 < times.total() - letters <= kills
    assert ids == 1


def test_sweeps_at_once_tell_everybody_once(portal, worker):
    times, _ids = swept_at_once(portal, worker)
    assert set(times.values()) == {1}


def swept_at_once(portal, worker):
    portal.only_writes_letters(50)
    for _ in range(8):
        portal.sweep()
    return all_told(portal, worker)


# --- Redis dies --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("letters", "kills"), [pytest.param(120, 1, marks=short), pytest.param(3_000, 10, marks=long)])
def test_a_redis_that_is_killed_and_emptied_loses_no_letter(portal, worker, letters, kills):
    some = letters // (2 * kills + 3)
    with portal.writes_letters(letters) as writing:
        for kill in range(kills):
            written(some * (2 * kill + 1))
            portal.kill_redis()
            written(some * (2 * kill + 2))
            portal.start_redis()
        written(some * (2 * kills + 1))
        portal.redis().flushall()
        assert writing.wait(600) == 0
    assert Notice.objects.count() == letters
    eventually(lambda: worker.keep_running() or not portal.redis().llen("celery"), SOON)
    assert Notice.objects.unsent().exists(), "no message was lost, so that nothing was tried"
    times, _ids = all_told(portal, worker)
    assert set(times.values()) == {1}
    assert len(times) == letters


def written(number):
    """Wait until so many letters are written in all: counted from the last stop, the writer could be done before the last one."""
    eventually(lambda: Notice.objects.count() >= number)


# --- the mail server is away -------------------------------------------------------------------------------------------
def test_a_mail_server_that_is_away_loses_no_letter(portal, worker):
    portal.mail.stop()
    with portal.writes_letters(20) as writing:
        assert writing.wait(60) == 0
    portal.sweep()
    eventually(lambda: not portal.redis().llen("celery"))
    assert Notice.objects.unsent().count() == 20
    portal.mail.start()
    times, _ids = all_told(portal, worker)
    assert (len(times), times.total()) == (20, 20)


# --- whether any of it would be seen -----------------------------------------------------------------------------------
@long
def test_a_sender_that_says_so_first_is_found_to_miss_somebody(portal, naive_worker):
    worker = naive_worker("marks_first")
    portal.mail.fates = {("asked", 10): partial(kill_whoever_sends_from, worker=worker)}
    portal.only_writes_letters(20)
    all_told(portal, worker)
    worker.process.terminate()  # and it does what it has in hand
    assert worker.process.wait(60) == 0
    times, _ids = portal.mail.told()
    assert len(times) == 19


@long
def test_a_sender_that_holds_no_row_is_found_to_repeat_itself(portal, naive_worker):
    times, _ids = swept_at_once(portal, naive_worker("holds_no_row"))
    assert set(times.values()) != {1}
