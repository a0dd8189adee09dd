"""The people one can sign in as: staff, and one person for every state that the line reaches.

Each life below is told as a generator: ``yield 30`` means that what follows happened 30 days ago. ``play`` acts out all lives together, day by
day, through the same actions as the pages, with the clock set to each day; letters leave on the day they are written.
"""

import heapq
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from django.test.utils import override_settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications import actions as applications
from applications.rules import PAGES
from certification import notices, roles
from certification.actions import propose_role_change, set_role
from certification.models import Hold, Notice, Person, Standard, User
from certification.queries import today
from certification.steps import record
from discipline.actions import file_appeal
from exams import actions as exams
from exams.models import Attempt
from training_providers import actions as training

from . import providers
from .cast import PEOPLE, STAFF, Actor, Days, Persona, sign_up


def life(what: Any, given: str, family: str, language: str = "en") -> Callable:
    """Add a person to the cast whose life is the function below."""

    def add(function: Callable[["Actor"], Days]) -> Callable[["Actor"], Days]:
        PEOPLE.append(Persona(given.lower(), what, given, family, language, life=function))
        return function

    return add


# --- lives ----------------------------------------------------------------------------------------------------------
@life(_("New here: began to apply and is half done"), "Nadia", "Brooks")
def half_done(me: "Actor") -> Days:
    yield 3
    me.signs_up()
    me.writes("orientation", "name", "birth", "contact", "identity")
    me.asks_for_a_diploma("records@school.example")


@life(_("Sent an application, which waits for review"), "Sam", "Ortega")
def waiting(me: "Actor") -> Days:
    yield from filed(me, 4)
    yield 1
    me.asks("My diploma has my old name on it. Do you need a paper about that?")


@life(_("Sent an application, whose review is late"), "Olga", "Petrova")
def waiting_too_long(me: "Actor") -> Days:
    yield from filed(me, 41)
    yield 9
    me.asks("I have not heard from you. Is anything missing?")


@life(_("Application is in review"), "Ivy", "Chen")
def in_review(me: "Actor") -> Days:
    yield from filed(me, 9)
    yield 2
    applications.claim(me.application, by=me.staff["reviewer"])
    me.has_accepted("name", "age")
    me.is_written_to("Which school gave you your diploma? We cannot read its name.")
    yield 1.5
    me.asks("It is Northgate High School in Fresno.")
    me.is_written_to("Thank you. That is all we need.")


@life(_("Drawn by lot to be read twice; the reviewer reads it second"), "Dora", "Quinn")
def drawn(me: "Actor") -> Days:
    yield from filed(me, 12)
    yield 9
    me.is_drawn()
    applications.claim(me.application, by=me.staff["lead"])


@life(_("Was asked for more"), "Marco", "Reyes", "es")
def asked_for_more(me: "Actor") -> Days:
    yield from asked(me, 12, "id-unreadable")


@life(_("Was asked for more, and one part was declined"), "Rita", "Gomes")
def declined_in_part(me: "Actor") -> Days:
    yield from asked(me, 14, "id-unreadable", "diploma-not-equal")


@life(_("A denial is proposed; the lead reviewer decides"), "Paul", "Grant")
def denial_proposed(me: "Actor") -> Days:
    yield from filed(me, 18)
    yield 7
    me.is_to_be_denied()


@life(_("Was denied, and appealed"), "Dan", "Holt")
def denied(me: "Actor") -> Days:
    yield from filed(me, 40)
    yield 30
    denial = me.is_to_be_denied()
    yield 28
    applications.decide_denial(denial, by=me.staff["lead"], agreed=True)
    yield 20
    letter = Notice.objects.get(recipient=me.user, name="application-denied")
    file_appeal(letter, by=me.user, text="My school closed. I have asked the county for another paper.")


@life(_("Took the application back"), "Wanda", "Lee")
def withdrawn(me: "Actor") -> Days:
    yield from filed(me, 25)
    yield 11
    applications.withdraw(me.application, by=me.user)


@life(_("Approved; no training yet"), "Tess", "Nguyen")
def approved_only(me: "Actor") -> Days:
    yield from approved(me, 30)
    yield 3
    me.is_on_a_roster("Theresa Nguyen")


@life(_("Approval ran out before the exam"), "Cleo", "Marsh")
def ran_out(me: "Actor") -> Days:
    yield from approved(me, 400)
    yield 15
    applications.close_run_out_approvals()


@life(_("Sent a training certificate"), "Theo", "Wright")
def training_sent(me: "Actor") -> Days:
    yield from approved(me, 60)
    yield 5
    me.sends_training()


@life(_("Was asked about a training certificate"), "Tara", "Singh")
def training_asked(me: "Actor") -> Days:
    yield from approved(me, 55)
    yield 10
    me.sends_training(hours=72)
    yield 6
    words = "Your certificate says 72 hours. Please send one that shows all 80 hours, or tell us where the others were."
    training.ask(me.training, words=words, by=me.staff["training"])


@life(_("Training was declined"), "Todd", "Baker")
def training_declined(me: "Actor") -> Days:
    yield from approved(me, 70)
    yield 12
    me.sends_training("Second Wind Training")
    yield 8
    words = "This provider was not approved any more on the first day of your class."
    training.decline(me.training, words=words, by=me.staff["training"])


@life(_("The provider told us of the training"), "Lena", "Voss")
def told_by_provider(me: "Actor") -> Days:
    yield from approved(me, 48)
    yield 9
    me.is_on_a_roster(me.name)


@life(_("The provider told us of a training that is not theirs"), "Nick", "Adler")
def told_of_another(me: "Actor") -> Days:
    yield from approved(me, 52)
    yield 12
    me.is_on_a_roster(me.name)
    yield 7
    training.disown(me.training, by=me.user)


@life(_("Asked for a change in the exam"), "Ana", "Flores", "es")
def change_asked(me: "Actor") -> Days:
    yield from trained(me, 60)
    yield 4
    me.asks_for_a_change("Time and a half, and a room of my own.")


@life(_("A change in the exam was granted"), "Abel", "Kim")
def change_granted(me: "Actor") -> Days:
    yield from trained(me, 75)
    yield 20
    request = me.asks_for_a_change("Large print, and more time.")
    yield 13
    decision = "You get large print and time and a half."
    exams.grant(request, decision=decision, vendor_codes="LP18, T150", by=me.staff["accommodation"])


@life(_("A change in the exam was refused"), "Ruth", "Cohen")
def change_refused(me: "Actor") -> Days:
    yield from trained(me, 80)
    yield 25
    request = me.asks_for_a_change("I would like to take the exam over several days.")
    yield 16
    decision = "The exam is given on one day. We can offer more breaks: tell us if they would help."
    exams.refuse(request, decision=decision, by=me.staff["accommodation"])


@life(_("Went to pay for the exam and stopped"), "Rosa", "Diaz", "es")
def unpaid(me: "Actor") -> Days:
    yield from trained(me, 65)
    yield 2
    me.needs_no_change()
    exams.open_checkout(me.application, by=me.user)


@life(_("Authorized to take the exam, paid with a voucher"), "Ed", "Moss")
def authorized(me: "Actor") -> Days:
    yield from trained(me, 50)
    yield 26
    me.needs_no_change()
    me.pays_for_the_exam_with_a_voucher()


@life(_("Missed the exam, and asked for the fee back"), "Noel", "Park")
def missed(me: "Actor") -> Days:
    yield from ready(me, 45)
    yield 6
    me.sat("no show")
    yield 3
    me.asks_for_the_fee_back("The road was closed by the fire that day. I called the center from the car.")


@life(_("Failed the exam once"), "Faye", "Lind")
def failed_once(me: "Actor") -> Days:
    yield from ready(me, 90)
    yield 9
    me.sat("fail")


@life(_("Used up all attempts"), "Usha", "Patel")
def used_up(me: "Actor") -> Days:
    yield from ready(me, 150)
    for ago in (80, 45, 10):
        yield ago
        me.sat("fail")
        yield ago - 5
        if ago > 10:
            me.pays_for_the_exam()


@life(_("An attempt was voided: something went wrong in the exam"), "Vic", "Stone")
def voided(me: "Actor") -> Days:
    yield from ready(me, 85)
    yield 14
    attempt = me.attempt
    exams.void(attempt, kind=Attempt.Void.IRREGULARITY, by=me.staff["exam"], why="the power went out at the center")


@life(_("Passed; a hold keeps the certificate back"), "Hugo", "Silva")
def held(me: "Actor") -> Days:
    yield from ready(me, 95)
    yield 21
    applications.open_hold(
        me.person,
        kind=Hold.Kind.DUPLICATE,
        note="Somebody of nearly the same name was certified in 2023: compare the papers.",
        review_on=today() + timedelta(days=30),
        by=me.staff["lead"],
    )
    yield 6
    me.sat("pass")


@life(_("Certified peer"), "Carmen", "Vega", "es")
def certified(me: "Actor") -> Days:
    yield from asked(me, 190, "diploma-unreadable")
    yield 183
    me.answers_what_was_asked()
    yield 180
    me.is_approved(claimed=True)
    yield from after_approval(me, 180)
    yield 120
    me.sat("fail")
    yield 110
    me.pays_for_the_exam()
    yield 98
    me.sat("pass")
    yield 2
    me.asks_for_a_name("Vega Morales")


@life(_("Came back with a second account; the registrar decides to make them one"), "Wanda-Mae", "Lee")
def second_account(me: "Actor") -> Days:
    yield 8
    first: Any = Person.objects.get(user__email="wanda@example.org")
    me.born = first.birth_date
    yield from filed(me, 8)
    yield 5
    mine: Any = me.person
    for one, other in ((mine, first), (first, mine)):
        applications.answer_about_accounts(one, has_another=True, address=other.user.email)
    yield 4
    applications.propose_merge(mine, first, by=me.staff["lead"])


# --- chapters that lives share -----------------------------------------------------------------------------------------
def filed(me: "Actor", ago: int) -> Days:
    yield ago
    me.signs_up()
    me.writes(*(page.slug for page in PAGES))
    me.pays(applications.open_checkout(me.application, by=me.user))


def asked(me: "Actor", ago: int, *reasons: str) -> Days:
    yield from filed(me, ago)
    yield ago - 4
    reviewer = me.staff["reviewer"]
    applications.claim(me.application, by=reviewer)
    for reason in reasons:
        me.has_refused(reason)
    me.has_accepted()
    applications.ask_for_more(me.application, by=reviewer)


def approved(me: "Actor", ago: int) -> Days:
    yield from filed(me, ago)
    yield ago - 10
    me.is_approved()


def trained(me: "Actor", ago: int) -> Days:
    yield from approved(me, ago)
    yield from training_accepted(me, ago)


def ready(me: "Actor", ago: int) -> Days:
    yield from approved(me, ago)
    yield from after_approval(me, ago)


def training_accepted(me: "Actor", ago: int) -> Days:
    yield ago - 15
    me.sends_training()
    yield ago - 20
    training.accept(me.training, by=me.staff["training"])


def after_approval(me: "Actor", ago: int) -> Days:
    yield from training_accepted(me, ago)
    yield ago - 24
    me.needs_no_change()
    me.pays_for_the_exam()


# --- all of it ---------------------------------------------------------------------------------------------------------
def play(password: str) -> None:
    """Let everybody come and act, in the order of the days. Nothing is mailed: the addresses are nobody's."""
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        staff = {persona.login: _hire(persona, password) for persona in STAFF}
        providers.approve_all(by=staff["training"])
        draw_no_lots()
        _act_out([(persona.life, Actor(persona, password, staff)) for persona in PEOPLE if persona.life])
        _leave_staff_work(staff)


def draw_no_lots() -> None:
    """No file is drawn by lot to be read twice: whoever walks the line alone would wait for somebody else, and another lot would tell another story."""
    loaded = Standard.objects.filter(key="review.blind_second_percent")
    first = loaded.earliest("effective_from")
    begins = first.effective_from + timedelta(days=1)
    if not loaded.filter(effective_from=begins).exists():
        said = {"key": first.key, "unit": first.unit, "citation": "demonstration", "basis": first.basis}
        record(Standard(**said, value="0", effective_from=begins), by=None, why="for the demonstration")


def _hire(persona: Persona, password: str) -> User:
    user = sign_up(persona, password)
    set_role(user, persona.role, grant=True)
    return User.objects.get(pk=user.pk)


def _act_out(lives: list) -> None:
    now = timezone.now()
    tales = [telling(actor) for telling, actor in lives]
    coming = [(-next(tale), number) for number, tale in enumerate(tales)]
    heapq.heapify(coming)
    while coming:
        day, number = heapq.heappop(coming)
        with time_machine.travel(now + timedelta(days=day)):
            following = next(tales[number], None)
            _hand_over_letters()
        if following is not None:
            heapq.heappush(coming, (-following, number))


def _hand_over_letters() -> None:
    for pk in Notice.objects.unsent().order_by("pk").values_list("pk", flat=True):
        notices.deliver(pk)


def _leave_staff_work(staff: dict[str, User]) -> None:
    """A change of role that waits for the second administrator, and a row of results that fits nobody."""
    propose_role_change(
        staff["reviewer"], role=roles.TRAINING_DESK, grant=True, reason="Helps out in July.", by=staff["administrator"]
    )
    raw = f"CandidateID,Result,ExamDate,Areas\n0000000000,pass,{today()},\n".encode()
    exams.import_file("results-of-a-stranger.csv", raw, by=staff["exam"])
