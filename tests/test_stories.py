"""The whole line as one story, in a real browser: from the first question to a name on the registry, with everybody's part."""

import os
from datetime import date, timedelta

import pytest
from django.utils import timezone

from certification.models import Certification
from exams.models import Attempt
from tests import factories
from tests.applications.cases import a_minute_passes
from tests.browser import DESK, PHONE, KeyboardVisitor, Post, Visitor
from training_providers import actions as training
from training_providers.models import Approval, Provider

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's own loop runs beside the tests' queries

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAT = "pat.garcia@example.org"


@pytest.fixture
def post(mail_sink):
    return Post(mail_sink)


@pytest.fixture
def school(tia):
    """A provider that may teach, in both languages."""
    provider = Provider(name="Bridges Peer Academy")
    training.save_provider(provider, by=tia)
    for language in ("en", "es"):
        approval = Approval(
            provider=provider, training_type="core", language=language, delivery="online", starts=date(2023, 1, 1)
        )
        training.add_approval(approval, by=tia)
    return provider


WAYS = {
    "in English": (Visitor, {"language": "en"}),
    "in Spanish": (Visitor, {"language": "es"}),
    "by keyboard": (KeyboardVisitor, {"language": "en"}),
    "without JavaScript": (Visitor, {"language": "es", "javascript": False}),
}


@pytest.mark.parametrize(
    "way",
    [
        *(pytest.param(way, marks=pytest.mark.long) for way in ("in English", "in Spanish")),
        "by keyboard",
        "without JavaScript",
    ],
)
def test_from_the_first_question_to_a_name_on_the_registry(
    way, browser, live_server, settings, fresh_cache, post, school, rae, tia, eli
):
    settings.SITE_URL = live_server.url
    kind, options = WAYS[way]
    pat = kind(browser, live_server, screen=PHONE, **options)
    at_the_desk = {"screen": DESK} | options | {"language": "en"}

    pat.opens(pat.address("certification:front"))
    pat_sees_that_they_qualify(pat)
    pat_makes_an_account(pat, post)
    pat_writes_the_application(pat)
    pat_sends_and_pays(pat)
    assert post.told(PAT, "application-submitted")

    reviewer = kind(browser, live_server, **at_the_desk)
    signs_in_at_the_desk(reviewer, rae, post)
    approves_the_next_in_line(reviewer)
    assert post.told(PAT, "application-approved")

    pat_sends_the_training_certificate(pat, school)
    training_desk = kind(browser, live_server, **at_the_desk)
    signs_in_at_the_desk(training_desk, tia, post)
    accepts_the_training(training_desk)

    pat_needs_no_change_and_pays_for_the_exam(pat)
    exam_desk = kind(browser, live_server, **at_the_desk)
    signs_in_at_the_desk(exam_desk, eli, post)
    brings_in_the_results(exam_desk)

    assert post.told(PAT, "exam-passed", "certificate-issued")
    pat_has_the_certificate(pat)
    anybody_finds_them(kind(browser, live_server, screen=PHONE, **options))
    assert [visitor.faults for visitor in (pat, reviewer, training_desk, exam_desk)] == [[]] * 4


# --- what Pat does -----------------------------------------------------------------------------------------------------
def pat_sees_that_they_qualify(pat):
    pat.follows("applications:eligibility")
    pat.sends()
    while pat.number_of('[name="answer"]'):
        pat.fills_in(answer="yes")
        pat.sends()


def pat_makes_an_account(pat, post):
    pat.goes_to('main a[href$="/apply/?checked"]')
    pat.goes_to('main a[href*="/accounts/signup/"]')
    pat.fills_in(email=PAT)
    pat.sends()
    pat.fills_in(code=post.code_for(PAT))
    pat.sends()
    assert pat.is_at("applications:apply")


def pat_writes_the_application(pat):
    pat.sends()
    pat.follows("applications:page", "orientation")
    pat.fills_in(read=True)
    pat.sends()
    pat.fills_in(given_name="Patricia", family_name="García-López", preferred_name="Pat")
    pat.sends()
    pat.fills_in(birth_date=date(1985, 5, 17))
    pat.sends()
    pat.fills_in(phone="(916) 555-0134", no_fixed_address=True, county="06067", language=pat.language)
    pat.sends()
    ahead = timezone.localdate() + timedelta(days=900)
    pat.fills_in(kind="passport", issuer="Mexico", expires_on=ahead, file=factories.picture("passport.png"))
    pat.sends()
    pat.fills_in(kind="equivalency", file=factories.picture("diploma.png"))
    pat.sends()
    pat.fills_in(lived_experience=True, willing_to_share=True, dedication=True)
    pat.sends()
    pat.fills_in(signature="Patricia García-López")
    pat.sends()
    assert pat.is_at("applications:apply")


def pat_sends_and_pays(pat):
    pat.follows("applications:check")
    assert "García-López" in pat.reads()
    pat.follows("applications:pay")
    pat.sends()
    pat.sends()  # on the page that pretends to be a payment service
    assert pat.is_at("applications:sent")


def pat_sends_the_training_certificate(pat, school):
    pat.follows("certification:home")
    pat.follows("training_providers:mine")
    pat.follows("training_providers:send")
    day = timezone.localdate()
    pat.fills_in(
        provider=str(school.pk),
        language=pat.language,
        starts=day - timedelta(days=60),
        ends=day - timedelta(days=30),
        hours="80",
        certificate=factories.picture("certificate.png"),
    )
    pat.sends()
    assert pat.is_at("training_providers:mine")


def pat_needs_no_change_and_pays_for_the_exam(pat):
    pat.follows("certification:home")
    pat.follows("exams:home")
    pat.follows("exams:changes")
    pat.fills_in(needed="no")
    pat.sends()
    pat.follows("exams:pay")
    pat.sends()
    pat.sends()
    assert pat.is_at("exams:home")
    assert Attempt.objects.get().candidate_number in pat.reads()


def pat_has_the_certificate(pat):
    number = Certification.objects.get().number
    pat.follows("certification:home")
    assert number in pat.reads()
    paper = pat.page.request.get(pat.address("certification:certificate", number))
    assert paper.body().startswith(b"%PDF")
    pat.follows("certification:letters")
    assert pat.number_of("main ul a, main li a") >= 7


def anybody_finds_them(somebody):
    """Without an account, by the letters of a name."""
    somebody.opens(somebody.address("registry:search"))
    somebody.fills_in(q="pa garcia lopez")
    somebody.presses("main form[role=search] button")
    somebody.follows("registry:person", Certification.objects.get().number)
    assert "Patricia García-López" in somebody.reads()
    assert somebody.number_of(".standing") == 1
    assert somebody.faults == []


# --- what the desks do -------------------------------------------------------------------------------------------------
def signs_in_at_the_desk(member, user, post):
    member.opens("/admin/")
    member.goes_to('main a[href*="/login/code/"]')
    member.fills_in(email=user.email)
    member.sends()
    member.fills_in(code=post.code_for(user.email))
    member.sends()
    assert member.is_at("admin:index")


def approves_the_next_in_line(reviewer):
    reviewer.presses('.queue form[action$="/next/"] button')
    while reviewer.number_of('button[name="accept"]'):
        reviewer.presses('button[name="accept"]')
    reviewer.presses('form[action$="/approve/"] button')
    assert not reviewer.number_of('form[action$="/approve/"]')
    a_minute_passes()


def accepts_the_training(desk):
    desk.goes_to('.queue a[href*="trainingrecord"]')
    desk.goes_to("#result_list tbody a")
    desk.presses('form[action$="/accept/"] button')


def brings_in_the_results(desk):
    """The vendor's file names the candidate number from the authorization."""
    rows = f"CandidateID,Result,ExamDate\n{Attempt.objects.get().candidate_number},pass,{timezone.localdate()}\n"
    desk.goes_to('a[href*="resultrow"]')
    desk.goes_to('a[href*="import"]')
    desk.fills_in(file=factories.upload("results.csv", rows.encode(), "text/csv"))
    desk.presses("#content form[enctype] button")
    assert Attempt.objects.get().status == Attempt.Status.PASSED
