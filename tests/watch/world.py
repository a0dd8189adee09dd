"""One complete world, made through the real actions: two people with everything, people on the way, and every member of staff.

Every private value is a string that stands nowhere else (``Words``), so a page that shows it to the wrong person gives itself away.
"""

import re
from datetime import date, timedelta
from uuid import uuid4

import time_machine
from allauth.mfa.totp.internal import auth as totp_auth
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from applications import actions as applications
from applications.models import AccountPair, Application, Reason, SecondReading, Thread
from applications.rules import REQUIREMENTS, page_named
from certification import actions, name_changes, notices, refunds, unsent, vouchers
from certification.models import (
    Certification,
    Death,
    Document,
    FeeRequest,
    Hold,
    NameChange,
    Notice,
    Overturning,
    RecordsHold,
    Recovery,
    Refund,
    Reissue,
    Revocation,
    RoleChange,
    Standard,
    Surrender,
    Suspension,
    Term,
    VoucherBatch,
)  # fmt: skip
from certification.roles import ROLES as STAFF_ROLES
from certification.signing import signed
from certification.steps import record
from discipline.actions import file_appeal
from discipline.models import ChangeAppeal
from exams import actions as exams
from exams.models import Attempt, OrderFile, ResultRow
from reporting.actions import keep_demographics
from tests import factories
from training_providers import actions as training
from training_providers.models import Approval, Provider
from training_providers.rosters import Line

ANONYMOUS, FRESH, OWNER, STRANGER = "anonymous", "fresh account", "pat", "max"
WRITING, PAYING, ASKED, APPROVED = "who writes", "who may pay", "who is asked for more", "who is approved"
ANSWERING, NEEDING, BOOKING, SITTING = "who answers", "who needs a change", "who may book", "who may sit"
ON_THE_WAY = (WRITING, PAYING, ASKED, ANSWERING, APPROVED, NEEDING, BOOKING, SITTING)
SIGNING_UP, CODE_SENT, RESETTING, NEW_PASSWORD = "who signs up", "who gets a code", "who forgot", "who chooses anew"
SECOND_STEP, KNOWN = "who shows a second step", "who has a password"
AT_THE_DOOR = (SIGNING_UP, CODE_SENT, RESETTING, NEW_PASSWORD, SECOND_STEP, KNOWN)
ERASED = "0e4a5ed0-0000-4000-8000-000000000001"  # a paper that was erased: no page names it any more
PASSPHRASE = "nine quiet otters under the bridge"

PRIVATE = (
    "preferred", "former", "street", "city", "issuer", "requirement-note", "late-reason", "second-note", "grounds", "training-words", "roster-name", "accommodation",
    "refusal", "decision", "vendor-codes", "hold-note", "hold-end", "records-why", "records-end", "refund-why", "appeal", "change-appeal", "identity-check",
    "extension", "question", "reply", "new-name", "fee-asked", "fee-answer", "unsent",
)  # fmt: skip


class Words:
    """The private words of one person: ``words.street`` and so on. ``born`` and ``phone`` differ from person to person too."""

    def __init__(self, name, born, phone):
        self.born, self.phone, self.email = born, phone, f"{name}.canary@example.org"
        self.new_email = f"{name}.again.canary@example.org"
        self.sender = f"{name}.school.canary@example.org"
        for word in PRIVATE:
            setattr(self, word.replace("-", "_"), f"Zq{name}{word.replace('-', '')}")

    def private(self):
        """All of it by name, as it might be written on a page, in a header or in a file."""
        local = f"({self.phone[2:5]}) {self.phone[5:8]}-{self.phone[8:]}"
        shown = {
            f"born, as {style}": self.born.strftime(style)
            for style in ("%Y-%m-%d", "%B %-d, %Y", "%b. %-d, %Y", "%m/%d/%Y")
        }
        said = {word: getattr(self, word.replace("-", "_")) for word in PRIVATE}
        return (
            said
            | shown
            | {"email": self.email, "new e-mail": self.new_email, "sender": self.sender}
            | {"phone": self.phone, "phone, local": local}
        )


WORDS = {
    OWNER: Words(OWNER, date(1957, 11, 23), "+19165550117"),
    STRANGER: Words(STRANGER, date(1961, 2, 14), "+14155550163"),
}


class World:
    """Everybody by role, and the rows of ``owner`` that an address may name."""

    def __init__(self):
        self.sent = []
        self.users = {ANONYMOUS: None, FRESH: factories.user("fresh@example.org")}
        self.users |= {role: factories.staff(role) for role in STAFF_ROLES}
        self.rae, self.lee = self.users["reviewer"], self.users["lead reviewer"]
        self.provider = training.save_provider(Provider(name="Casa de Canarios"), by=self.users["training desk"])
        self.provider = Provider.objects.get(name="Casa de Canarios")
        self.approval = Approval(
            provider=self.provider, training_type="core", language="en", delivery="online", starts=date(2023, 1, 1)
        )
        training.add_approval(self.approval, by=self.users["training desk"])
        self._allows_extensions()
        self.people = {}
        for name, family in ((OWNER, "Doe"), (STRANGER, "Nobody")):
            self.people[name] = self._whole_life(name, family, WORDS[name])
        self._people_on_the_way()
        self._work_of_the_desks()
        self.users |= {name: person.user for name, person in self.people.items()}
        self._two_accounts()
        self._accounts()
        self._rows = {owner: self._rows_of(owner) for owner in WORDS}
        self._facts()

    def user(self, role):
        """Who signs in as ``role``; None for nobody."""
        user = self.users.get(role)
        return type(user).objects.get(pk=user.pk) if user else None

    def enter(self, role, client):
        """Bring ``client`` to where ``role`` stands: outside, in the middle of a door of the accounts, or signed in."""
        if role in AT_THE_DOOR:
            with override_settings(ACCOUNT_RATE_LIMITS=False):
                getattr(self, "_" + role.removeprefix("who ").replace(" ", "_"))(client)
        elif user := self.user(role):
            client.force_login(user)
            client.get(reverse("ready"))  # the first request of a session writes down when it began

    def rows(self, owner=OWNER):
        """One row of each model that belongs to ``owner``, by the name of the model."""
        return self._rows[owner]

    def _rows_of(self, owner):
        person = self.people[owner]
        application = person.applications.latest("begun_at")
        return {
            "application": application,
            "accommodationrequest": application.accommodation_request,
            "attempt": application.attempts.latest("number"),
            "trainingrecord": person.training_records.latest("pk"),
            "rosterrow": person.roster_rows.latest("pk"),
            "charge": person.charges.latest("pk"),
            "certification": Certification.objects.get(person=person),
            "feerequest": FeeRequest.objects.get(charge__person=person, decided_at=None),
            "refund": Refund.objects.filter(charge__person=person).latest("pk"),
            "hold": Hold.objects.filter(person=person).latest("pk"),
            "recordshold": RecordsHold.objects.filter(person=person).latest("pk"),
            "letter": Notice.objects.get(recipient=person.user, name="accommodation-refused"),
            "notice": Notice.objects.get(recipient=person.user, name="application-approved"),
            "document": person.documents.filter(kind=Document.Kind.IDENTITY).latest("pk"),
            "appeal": person.appeals.get(notice__name="hold-opened"),
            "changeappeal": ChangeAppeal.objects.get(person=person, notice__name="accommodation-refused"),
            "orderfile": OrderFile.objects.latest("pk"),
            "resultrow": ResultRow.objects.filter(attempt__application=application).first(),
            "term": Term.objects.get(certification__person=person),
            "reissue": Reissue.objects.filter(certification__person=person).latest("pk"),
            "namechange": person.name_changes.latest("pk"),
            "rolechange": RoleChange.objects.first(),
            "voucherbatch": VoucherBatch.objects.first(),
            "recovery": Recovery.objects.first(),
            "user": person.user,
            "person": person,
            "thread": Thread.objects.get(pk=person.pk),
            "accountpair": self.pair,
            "merge": self.merge,
        }

    # --- lives -----------------------------------------------------------------------------------------------------
    def _whole_life(self, name, family, words):
        """From the first page to the certificate, with a request for more, a denial that was not agreed, a hold and two appeals."""
        person = self._person(name, family, words)
        if name == OWNER:
            self._loses_a_paper(person)
        application = self._filed_long_ago(person, words)
        self._reviewed(application, words)
        applications.open_by_name(application, by=self.lee, reason="hold")
        self.deliver()
        self._trained(person, words)
        self._granted(application, words)
        applications.extend_approval(application, 3, reason=words.extension, by=self.lee)
        self._misses_two(application, words)
        hold = applications.open_hold(
            person, kind=Hold.Kind.FACTS, note=words.hold_note, review_on=_in(30), by=self.lee
        )
        self._sits(application, "fail")
        self._sits(application, "pass")
        applications.end_hold(hold, by=self.lee, reason=words.hold_end)
        applications.open_hold(person, kind=Hold.Kind.DUPLICATE, note=words.hold_note, review_on=_in(30), by=self.lee)
        released = actions.hold_records(person, reason=words.records_why, by=self.lee)
        actions.release_records(released, reason=words.records_end, by=self.lee)
        actions.hold_records(person, reason=words.records_why, by=self.lee)
        self._paid_twice(application, words)
        self.deliver()
        for name, text, kind in (
            ("accommodation-refused", words.change_appeal, Document.Kind.ACCOMMODATION),
            ("hold-opened", words.appeal, Document.Kind.APPEAL),
        ):
            notice = Notice.objects.filter(recipient=person.user, name=name).latest("pk")
            file_appeal(notice, by=person.user, text=text, document=factories.document(person, kind))
        self._speak(person, words)
        self._asks_for_a_name(person, words)
        unsent.keep(person.user, "messages:text", words.unsent, writer="a window", seen="")
        self.deliver()
        return person

    def _asks_for_a_name(self, person, words):
        """It was declined, and the certificate printed again all the same."""
        change = factories.asked_name_change(person, family_name=words.new_name)
        name_changes.decline(change, reason=NameChange.Reason.UNREADABLE, by=self.users["registrar"])
        actions.reissue(person, by=self.users["registrar"], why="test")
        keep_demographics(person, {"ancestry": ["asian", "white"], "gender": "nonbinary", "veteran": "no"})

    def _misses_two(self, application, words):
        """Two exams missed, and their fees asked back: one stays with us, the other is to be answered."""
        for answered in (True, False):
            self._sits(application, "no show")
            fee = application.person.charges.filter(purpose="exam").latest("pk")
            asked = exams.ask_fee_back(fee, text=words.fee_asked, by=application.person.user)
            if answered:
                refunds.keep(asked, answer=words.fee_answer, by=self.users["finance"])

    def _paid_twice(self, application, words):
        """Two payments by mistake: the return of the first is refused by the payment service, that of the second is to be decided."""
        fee = application.person.charges.filter(purpose="application").first()
        teller, other = self.users["finance"], factories.staff("finance")
        for way in ("refused", "open"):
            factories.pay(fee)
            mistaken = application.person.charges.filter(purpose="mistaken").latest("pk")
            refund = refunds.propose(mistaken, cause="mistaken", why=words.refund_why, by=other)
            if way == "refused":
                refunds.decide_refund(refund, agreed=True, by=teller)
                record(refund, by=None, why="refused by the payment service", refused_at=timezone.now())
        factories.pay(fee)

    def _speak(self, person, words):
        """A question and its answer, thanks that need none, and a question that waits."""
        seen = self.asks(person, words.question)
        applications.write_to_person(person, words.reply, mark=uuid4(), seen=seen.pk, by=self.rae)
        seen = self.asks(person, "Thank you.")
        applications.need_no_answer(person, "nothing_asked", mark=uuid4(), seen=seen.pk, by=self.rae)
        self.asks(person, words.question)

    def asks(self, person, text):
        return applications.write_to_office(person, text, mark=uuid4())

    def _loses_a_paper(self, person):
        paper = factories.document(person, Document.Kind.IDENTITY)
        Document.objects.filter(pk=paper.pk).update(public_id=ERASED, deleted_at=timezone.now())

    def _people_on_the_way(self):
        writes = self.people[WRITING] = factories.person("Wren", "Writer")
        with time_machine.travel(timezone.now() - timedelta(days=170)):
            applications.withdraw(self.filed(writes), by=writes.user)
        with time_machine.travel(timezone.now() - timedelta(days=160)):  # long enough to be warned
            factories.draft(writes, without=("education", "ethics"))
        self.token = self._asks_a_school(writes)
        factories.draft(self._on_the_way(PAYING, "Paz", "Paying"))
        asked = self._on_the_way(ASKED, "Ash", "Asked")
        self._ask_for_more(self.filed(asked), "Please send another one.")
        self._on_a_roster(asked, asked.legal_name)
        self._says_not_me(factories.person("Nora", "Named"))
        answering = self._on_the_way(ANSWERING, "Andy", "Answering")
        self._ask_for_more(self.filed(answering), "Please send another one.")
        self._sends_another_paper(answering)
        approved = self._on_the_way(APPROVED, "Ava", "Approved")
        self.approve(self._filed_long_ago(approved))
        self.send_training(approved)
        training.ask(approved.training_records.get(), words="Which days?", by=self.users["training desk"])
        applications.open_by_name(approved.applications.get(), by=self.lee, reason="check")
        factories.asked_name_change(approved)
        needing = self._on_the_way(NEEDING, "Nell", "Needing")
        application = self.filed(needing)
        self.approve(application)
        self.send_training(needing)
        self._on_a_roster(needing, "Somebody Else")
        exams.answer_change_question(application, needed=True, text="More time.", document=None, by=needing.user)
        for name, given in ((BOOKING, "Bo"), (SITTING, "Sid")):
            application = factories.ready_for_exam(self._on_the_way(name, given, "Ready"))
            self._sits(application, "no show")
            application = Application.objects.get(pk=application.pk)
        paid = exams.open_checkout(application, by=application.person.user)
        for _time in range(2):
            factories.pay(paid)
        exams.make_order_file(by=self.users["exam desk"])
        denied = self.people["who may be denied"] = factories.person("Dan", "Denied")
        application = self.filed(denied)
        applications.claim(application, by=self.rae)
        self.refuse(application, "diploma-not-equal", "")
        applications.propose_denial(application, by=self.rae, grounds="It is none.")
        self.people["who never answers"] = silent = factories.person("Sal", "Silent")
        with time_machine.travel(timezone.now() - timedelta(days=90)):
            self._ask_for_more(self.filed(silent), "Please send another one.")
            self.deliver()
        applications.remind()
        applications.warn_or_close_drafts()
        self.people["who waits"] = waits = factories.person("Wade", "Waiting")
        applications.open_by_name(self.filed(waits), by=self.rae, reason="asked")
        applications.write_to_person(waits, "Is this your school?", mark=uuid4(), seen=None, by=self.rae)
        self.asks(writes, "Which diploma do you take?")
        self.deliver()

    def _asks_a_school(self, person):
        """For the diploma; returns the token of the link, which only the mail holds."""
        draft, page = person.applications.open().get(), page_named("education")
        link = applications.ask_other(draft, page, "school@example.org", language="es", by=person.user)
        return Notice.objects.get(key=f"document-asked:{link.pk}").context["values"]["token"]

    def _on_the_way(self, name, given, family):
        self.people[name] = factories.person(given, family)
        return self.people[name]

    def _work_of_the_desks(self):
        """A case in hand at each turn of a review: all accepted, something asked for, something declined; and one that answered."""
        for given, reason in (("Cora", ""), ("Cleo", "id-unreadable"), ("Clay", "diploma-not-equal")):
            application = self.filed(factories.person(given, "Claimed"))
            applications.claim(application, by=self.rae)
            if reason:
                self.refuse(application, reason, "")
            self.accept_the_rest(application)
        late = self.filed(factories.person("Lana", "Late"))
        self._ask_for_more(late, "")
        self._sends_another_paper(late.person)
        applications.answer(late, by=late.person.user)
        self.refuse(late, "diploma-unreadable", "")
        undoable = self.filed(factories.person("Cody", "Claimed"))
        applications.claim(undoable, by=self.rae)
        self.accept_the_rest(undoable)
        applications.propose(undoable, "approve", by=self.rae)
        self._second_readings()
        self._hands_out_vouchers()
        self.deliver()

    def _hands_out_vouchers(self):
        """A batch of which one is used, by somebody on the way to the exam."""
        made = {"purpose": "exam", "payer": "County of Canaries", "valid_through": _in(90), "note": "Contract 7"}
        _batch, codes = vouchers.make(**made, count=3, by=self.users["finance"])
        application = factories.ready_for_exam(factories.person("Vera", "Voucher"))
        vouchers.pay(exams.open_checkout(application, by=application.person.user), codes[0])

    def _second_readings(self):
        """One that each who reviews has begun, and one that a lead must settle."""
        for reader, other in ((self.rae, self.lee), (self.lee, self.rae)):
            drawn = self.filed(factories.person("Dora", "Drawn"))
            record(SecondReading(application=drawn), by=None, why="test")
            applications.claim(drawn, by=other)
            applications.deal_second(by=reader)
        differs = self.filed(factories.person("Dina", "Differs"))
        applications.claim(differs, by=self.rae)
        self.accept_the_rest(differs)
        self._read_twice(differs, factories.staff("reviewer"), identity="declined")
        applications.propose(Application.objects.get(pk=differs.pk), "approve", by=self.rae)

    def _two_accounts(self):
        """Accounts of one person: alike, asked about, named by both; a merge to decide and one to undo, an undoing to decide, and one that is done."""
        other, alike = factories.staff("lead reviewer"), factories.person("Ana", "Alike", birth_date=date(1979, 8, 30))
        self._twin(alike)
        applications.ask_about_accounts(alike, self._twin(alike), by=self.lee)
        self.pair = AccountPair.objects.get(first=self._one_with_two()[0])
        self.merge, made, leaving, undone = (
            applications.propose_merge(*self._one_with_two(), by=other) for _time in range(4)
        )
        for merge in (made, leaving, undone):
            applications.decide_merge(merge, agreed=True, by=self.lee)
        for merge in (leaving, undone):
            undoing = applications.propose_undoing(merge, by=other)
        applications.decide_merge(undoing, agreed=True, by=self.lee)

    def _twin(self, person):
        return factories.person(person.given_name, person.family_name, birth_date=person.birth_date)

    def _one_with_two(self):
        """Two accounts, each of which named the other; on the second hangs a draft."""
        kept = factories.person("Tia", "Twice", birth_date=date(1975, 5, 4))
        merged = self._twin(kept)
        applications.begin(merged.user)
        for one, named in ((kept, merged), (merged, kept)):
            applications.answer_about_accounts(one, has_another=True, address=named.user.email)
        return kept, merged

    def _accounts(self):
        """What one administrator proposed and another decides."""
        other, user = factories.staff("administrator"), self.people[OWNER].user
        actions.propose_role_change(user, role="reporting", grant=True, reason="New in the office", by=other)
        words = WORDS[OWNER]
        actions.propose_recovery(user, new_email=words.new_email, identity_check=words.identity_check, by=other)

        self.users[KNOWN] = known = factories.user(f"known{factories.next_number()}@example.org")
        known.password = PBKDF2PasswordHasher().encode(PASSPHRASE, "salt", iterations=1)  # wrong tries by the thousand
        known.save(update_fields=["password"])
        totp_auth.TOTP.activate(self.users[KNOWN], totp_auth.generate_totp_secret())

    # --- doors: what somebody did before they stand there ------------------------------------------------------------
    def _signs_up(self, client):
        client.post(reverse("account_signup"), {"email": "new.here@example.org"})

    def _gets_a_code(self, client):
        client.post(reverse("account_request_login_code"), {"email": self.users[KNOWN].email})

    def _forgot(self, client):
        client.post(reverse("account_reset_password"), {"email": self.users[KNOWN].email})

    def _chooses_anew(self, client):
        self._forgot(client)
        self.deliver()
        told = next(message for message in reversed(self.sent) if message.to == [self.users[KNOWN].email])
        code = re.search(r"^\d{4}-\d{4}$", told.body, re.MULTILINE)[0]
        client.post(reverse("account_confirm_password_reset_code"), {"code": code})

    def _shows_a_second_step(self, client):
        client.post(reverse("account_login"), {"login": self.users[KNOWN].email, "password": PASSPHRASE})

    def _has_a_password(self, client):
        for device in (Client(), client):
            device.force_login(self.user(KNOWN))  # as stored now: the right password, once given, is hashed anew
            key = device.session.session_key
            UserSession.objects.create(user=self.users[KNOWN], session_key=key, ip="192.0.2.1", user_agent="")

    def _facts(self):
        """Every kind of order against max, each overturned as wrong from the start."""
        certification, day, by = self.rows(STRANGER)["certification"], timezone.localdate(), self.users["registrar"]
        with signed(by, "test"):
            for model, more in (
                (Suspension, {"starts": day, "public_reason": "safety"}),
                (Revocation, {"on": day, "public_reason": "safety"}),
                (Surrender, {"on": day}),
                (Death, {"on": day, "source": "a mistaken letter"}),
            ):
                fact = model.objects.create(certification=certification, recorded_by=by, **more)
                Overturning.objects.create(
                    **{model.overturned_by: fact}, recorded_by=by, reason="It was somebody else."
                )

    def _person(self, name, family, words):
        person = factories.person(name.title(), family, birth_date=words.born, preferred_name=words.preferred)
        factories.rename(person.user, words.email)
        return person

    def filed(self, person, words=None):
        """An application of ``person``, paid and filed, with their private words in it."""
        if words is None:
            return factories.filed_application(person)
        return factories.filed_application(
            person,
            name={"former_names": words.former},
            contact={"phone": words.phone, "address_line1": words.street, "city": words.city},
            identity={"issuer": words.issuer},
        )

    def _filed_long_ago(self, person, words=None):
        """The same, so long ago that our review of it is late."""
        with time_machine.travel(timezone.now() - timedelta(days=40)):
            return self.filed(person, words)

    def _allows_extensions(self):
        said = {"unit": "yes or no", "citation": "program rule", "basis": "text", "effective_from": _in(0)}
        record(Standard(key="application.extension", value="yes", **said), by=None, why="test")

    def _reviewed(self, application, words):
        self._read_twice(application, self.lee, note=words.second_note)
        self._ask_for_more(application, words.requirement_note)
        self._somebody_sends(application, words)
        self._sends_another_paper(application.person, identity={"issuer": words.issuer})
        applications.answer(application, by=application.person.user)
        self.refuse(application, "diploma-unreadable", words.requirement_note)
        asked_late = application.requirements.get(kind="education")
        applications.allow_late_request(asked_late, by=self.lee, reason=words.late_reason)
        application.refresh_from_db()
        self.refuse(application, "diploma-not-equal", words.requirement_note)
        denial = applications.propose_denial(application, by=self.rae, grounds=words.grounds)
        applications.decide_denial(denial, by=self.lee, agreed=False)
        self.approve(application, claimed=True)

    def _read_twice(self, application, reader, *, note="", **differing):
        """Drawn by lot, and read by ``reader``, who puts the ``differing`` lines elsewhere than all others: accepted."""
        marks = dict.fromkeys(REQUIREMENTS, "accepted") | differing
        drawn = record(SecondReading(application=application), by=None, why="test")
        record(drawn, by=reader, why="test", reader=reader, marks=marks, note=note, read_at=timezone.now())

    def _somebody_sends(self, application, words):
        """A better photo ID, by somebody who was asked for it."""
        owner, page = application.person, page_named("identity")
        link = applications.ask_other(application, page, words.sender, language="en", by=owner.user)
        applications.take_from_other(link, factories.document(owner))

    def _sends_another_paper(self, person, **changes):
        answers = factories.answers(person, **changes)["identity"]
        applications.save_page(person.applications.get(), page_named("identity"), answers, by=person.user)

    def _ask_for_more(self, application, note):
        applications.claim(application, by=self.rae)
        self.refuse(application, "id-unreadable", note)
        self.accept_the_rest(application)
        applications.ask_for_more(application, by=self.rae)

    def refuse(self, application, code, note):
        reason = Reason.objects.get(code=code)
        requirement = application.requirements.get(kind=reason.requirement)
        applications.refuse_requirement(requirement, reason, note=note, by=self.rae)

    def accept_the_rest(self, application, statuses=("waiting",)):
        for requirement in application.requirements.filter(status__in=statuses):
            applications.accept_requirement(requirement, by=self.rae)

    def approve(self, application, *, claimed=False):
        if not claimed:
            applications.claim(application, by=self.rae)
        self.accept_the_rest(application, ("waiting", "more_asked", "declined"))
        applications.approve(application, by=self.rae)

    def send_training(self, person):
        return training.submit_record(
            person,
            provider=self.provider,
            language="en",
            starts=_in(-60),
            ends=_in(-40),
            hours=80,
            document=factories.document(person, Document.Kind.TRAINING),
            by=person.user,
        )

    def _on_a_roster(self, person, name):
        """A provider names ``person`` by their code, and so ``name`` it is."""
        line = Line(2, name, person.portal_code, person.portal_code, _in(-60), _in(-40), 80)
        facts = {"provider": self.provider, "language": "en", "mark": "test", "by": self.users["training desk"]}
        training.take_roster([line], **facts)

    def _says_not_me(self, person):
        self.filed(person)
        self._on_a_roster(person, person.legal_name)
        training.disown(person.training_records.get(), by=person.user)

    def _trained(self, person, words):
        self._on_a_roster(person, words.roster_name)
        desk, sent = self.users["training desk"], self.send_training(person)
        training.ask(sent, words=words.training_words, by=desk)
        training.answer(sent, by=person.user, hours=80)
        training.accept(sent, by=desk)

    def _granted(self, application, words):
        desk, user = self.users["accommodation desk"], application.person.user
        paper = factories.document(application.person, Document.Kind.ACCOMMODATION)
        request = exams.answer_change_question(
            application, needed=True, text=words.accommodation, document=paper, by=user
        )
        exams.refuse(request, decision=words.refusal, by=desk)
        exams.grant(request, decision=words.decision, vendor_codes=words.vendor_codes, by=desk)

    def _sits(self, application, result):
        """The next attempt, paid, and its result in the vendor's file beside a row that fits nobody."""
        application.refresh_from_db()
        application = Application.objects.get(pk=application.pk)
        factories.pay(exams.open_checkout(application, by=application.person.user))
        number = application.attempts.get(status=Attempt.Status.AUTHORIZED).candidate_number
        lines = [f"{number},{result},{_in(0)}", f"nobody-{number},{result},{_in(0)}"]
        raw = "\n".join(["CandidateID,Result,ExamDate", *lines]).encode()
        exams.import_file("results.csv", raw, by=self.users["exam desk"])

    # --- more of everything, for tests that count -------------------------------------------------------------------
    def adds_more(self, name, family="More"):
        """One more person with everything, one who waits, and one more row of every list."""
        words = Words(f"{name}{factories.next_number()}", date(1970, 3, 9), "+19165550191")
        person = self._whole_life(name, family, words)
        self.filed(factories.person(name, "Waiting"))
        provider = Provider(name=f"{name} {factories.next_number()} Training")
        training.save_provider(provider, by=self.users["training desk"])
        approval = Approval(
            provider=provider, training_type="core", language="en", delivery="online", starts=date(2023, 1, 1)
        )
        training.add_approval(approval, by=self.users["training desk"])
        other = factories.staff("administrator")
        actions.propose_role_change(person.user, role="reporting", grant=True, reason="New", by=other)
        actions.propose_recovery(person.user, new_email=words.new_email, identity_check="Compared", by=other)
        self._hands_out_vouchers()
        self.deliver()

    def adds_to(self, owner):
        """More letters to ``owner``, and more said."""
        for number in range(3):
            self.asks(self.people[owner], f"And question {number}?")
            notices.notify(self.user(owner), "hold-ended", {"kind": "facts"}, key=f"more:{owner}:{number}")
        self.deliver()

    def deliver(self):
        """Hand every waiting notice over, as the worker does; ``sent`` keeps what went out."""
        before = len(mail.outbox)
        for pk in Notice.objects.unsent().order_by("pk").values_list("pk", flat=True):
            notices.deliver(pk)
        self.sent += mail.outbox[before:]


def _in(days):
    return timezone.localdate() + timedelta(days=days)
