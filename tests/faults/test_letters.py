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


# --- the worker dies ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("letters", "kills"), [pytest.param(300, 2, marks=short), pytest.param(10_000, 20, marks=long)]
)
def test_a_worker_killed_while_it_sends_misses_nobody_and_repeats_at_most_the_letter_in_hand(
    portal, worker, letters, kills
):
    portal.mail.fates = kills_on_the_way(letters, kills, worker)
    times, ids = sent_by(worker, portal, letters)
    assert portal.mail.fates == {}
    assert len(times) == letters
    assert 0 < times.total() - letters <= kills
    assert ids == 1


def test_a_sender_that_says_so_first_is_found_to_miss_somebody(portal, naive_worker):
    worker = naive_worker("marks_first")
    portal.mail.fates = {("asked", 10): partial(kill_whoever_sends_from, worker=worker)}
    times, _ids = sent_by(worker, portal, 20)
    assert (len(times), times.total()) == (19, 19)


def sent_by(worker, portal, letters):
    """Queue so many letters, wait until no row is unsent and nothing in hand, and answer what the mail server was told."""
    queue(portal, letters)
    portal.sweeps_until_all_is_out(worker, seconds=SOON)
    portal.awaits_idle(worker)
    return portal.mail.told()


def queue(portal, letters):
    with portal.queues_letters(letters) as queueing:
        assert queueing.wait(600) == 0


# --- sweeps at once ----------------------------------------------------------------------------------------------------
def test_sweeps_at_once_tell_everybody_once(portal, worker):
    times = swept_at_once_by(worker, portal)
    assert set(times.values()) == {1}


def test_a_sender_that_holds_no_row_is_found_to_repeat_itself(portal, naive_worker):
    times = swept_at_once_by(naive_worker("holds_no_row"), portal)
    assert set(times.values()) != {1}


def swept_at_once_by(worker, portal):
    worker.kill()
    queue(portal, 50)
    portal.redis().flushall()
    for _ in range(8):
        portal.sweep()
    worker.start()
    eventually(lambda: not Notice.objects.unsent().exists())
    portal.awaits_idle(worker)
    return portal.mail.told()[0]


# --- Redis dies --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("letters", "kills"), [pytest.param(300, 1, marks=short), pytest.param(10_000, 10, marks=long)]
)
def test_a_redis_that_is_killed_and_emptied_loses_no_letter(portal, worker, letters, kills):
    pause = letters // (kills + 2)
    with portal.queues_letters(letters) as queueing:
        for _ in range(kills):
            written(pause)
            portal.kill_redis()
            written(pause // 2)
            portal.start_redis()
        written(pause // 2)
        portal.redis().flushall()
        assert queueing.wait(600) == 0
    assert Notice.objects.count() == letters
    eventually(lambda: not portal.redis().llen("celery"), SOON)
    portal.awaits_idle(worker)
    assert Notice.objects.unsent().exists(), "no message was lost, so that nothing was tried"
    portal.sweeps_until_all_is_out(worker, seconds=SOON)
    times, _ids = portal.mail.told()
    assert set(times.values()) == {1}
    assert len(times) == letters


def written(more):
    """Wait until so many more letters are written."""
    before = Notice.objects.count()
    eventually(lambda: Notice.objects.count() >= before + more)


# --- the mail server is away -------------------------------------------------------------------------------------------
def test_a_mail_server_that_is_away_loses_no_letter(portal, worker):
    portal.mail.stop()
    queue(portal, 30)
    portal.sweep()
    eventually(lambda: not portal.redis().llen("celery"))
    assert Notice.objects.unsent().count() == 30
    portal.mail.start()
    portal.sweeps_until_all_is_out(worker, seconds=SOON)
    times, _ids = portal.mail.told()
    assert (len(times), times.total()) == (30, 30)
