"""Who may do what: the access policy of the portal, one row for each address. What no row allows is denied, and a new address without a row is a failing test.

A row says who may *read* an address and who may *send* to it. "May" is about the person: that the page then says "not now" is an answer, not a refusal.
The rows of ``ADMIN`` stand for all addresses that the admin makes for one model; nothing there is ever deleted.
"""

import re

from django.apps import apps

from certification.models import Document
from certification.payments import gateway
from certification.roles import (
    ACCOMMODATION_DESK,
    ADMINISTRATOR,
    EXAM_DESK,
    FINANCE,
    LEAD_REVIEWER,
    REGISTRAR,
    REPORTING,
    REVIEWER,
    TRAINING_DESK,
)
from tests.watch.world import ANONYMOUS, AT_THE_DOOR, ERASED, FRESH, ON_THE_WAY, OWNER, STRANGER, WORDS

STAFF = {
    REVIEWER, LEAD_REVIEWER, TRAINING_DESK, ACCOMMODATION_DESK, EXAM_DESK, REGISTRAR, FINANCE, REPORTING, ADMINISTRATOR,
}  # fmt: skip
# Those with the fewest rights first: they are the first to notice a right that is not asked for.
ROLES = [ANONYMOUS, REPORTING, STRANGER, FRESH, OWNER, *sorted(STAFF - {REPORTING})]
BROWSED = [*ROLES, *ON_THE_WAY, *AT_THE_DOOR]

EVERYBODY = set(ROLES)
SIGNED_IN = EVERYBODY - {ANONYMOUS}
APPLICANTS = {OWNER, STRANGER}
NOBODY = set()
REVIEW = {REVIEWER, LEAD_REVIEWER}
LEAD, TRAINING, ACCOMMODATION, EXAMS = {LEAD_REVIEWER}, {TRAINING_DESK}, {ACCOMMODATION_DESK}, {EXAM_DESK}
REGISTER, MONEY, ADMIN_ROLE = {REGISTRAR}, {FINANCE}, {ADMINISTRATOR}

# --- what anyone may open without signing in ------------------------------------------------------------------------
OPEN = {
    "ready", "certification:front", "certification:complaints", "applications:eligibility", "training_providers:list",
    "registry:search", "registry:person", "reporting:service_times", "demo:people", "demo:mail",
    "applications:upload",
    "account_login", "account_logout", "account_signup", "account_inactive", "account_request_login_code",
    "account_confirm_login_code", "account_email_verification_sent", "account_reset_password",
    "account_confirm_password_reset_code", "account_complete_password_reset", "account_password_reset_completed",
    "mfa_authenticate", "mfa_login_webauthn", "socialaccount_signup", "socialaccount_login_cancelled",
}  # fmt: skip

# --- what reads, and what sends -------------------------------------------------------------------------------------
PAGES = {
    # address                                  may read       may send
    "ready":                                  (EVERYBODY,     NOBODY),
    "payment_heard":                          (NOBODY,        EVERYBODY),  # signed by the payment service
    "certification:front":                    (EVERYBODY,     NOBODY),
    "certification:complaints":               (EVERYBODY,     NOBODY),
    "certification:home":                     (SIGNED_IN,     NOBODY),
    "certification:sign_in_again":            (SIGNED_IN,     NOBODY),
    "certification:details":                  (SIGNED_IN,     NOBODY),
    "certification:contact":                  (SIGNED_IN,     SIGNED_IN),
    "certification:name":                     (SIGNED_IN,     SIGNED_IN),
    "certification:keep_name":                (NOBODY,        SIGNED_IN),
    "certification:letters":                  (SIGNED_IN,     NOBODY),
    "certification:letter":                   ({OWNER},       NOBODY),
    "certification:letter_pdf":               ({OWNER},       NOBODY),
    "certification:dates":                    (SIGNED_IN,     NOBODY),
    "certification:calendar":                 (APPLICANTS,    NOBODY),  # who has a day to come
    "certification:fees":                     (SIGNED_IN,     NOBODY),
    "certification:receipt":                  ({OWNER},       NOBODY),
    "certification:openings":                 (SIGNED_IN,     NOBODY),
    "certification:own_data":                 (SIGNED_IN,     SIGNED_IN),
    "certification:certificate":              ({OWNER},       NOBODY),
    "certification:wallet_card":              ({OWNER},       NOBODY),
    "certification:document identity":        ({OWNER} | REVIEW, NOBODY),
    "certification:document education":       ({OWNER} | REVIEW, NOBODY),
    "certification:document training":        ({OWNER} | TRAINING, NOBODY),
    "certification:document accommodation":   ({OWNER} | ACCOMMODATION, NOBODY),
    "certification:document appeal":          ({OWNER} | LEAD, NOBODY),
    "certification:document name":            ({OWNER} | REGISTER, NOBODY),
    "training_providers:list":                (EVERYBODY,     NOBODY),
    "training_providers:mine":                (SIGNED_IN,     NOBODY),
    "training_providers:send":                (SIGNED_IN,     SIGNED_IN),
    "training_providers:answer":              ({OWNER},       {OWNER}),
    "training_providers:not_me":              (NOBODY,        {OWNER}),
    "registry:search":                        (EVERYBODY,     NOBODY),
    "registry:person":                        (EVERYBODY,     NOBODY),
    "applications:eligibility":               (EVERYBODY,     EVERYBODY),
    "applications:apply":                     (SIGNED_IN,     NOBODY),
    "applications:begin":                     (NOBODY,        SIGNED_IN),
    "applications:page":                      (APPLICANTS,    APPLICANTS),
    "applications:ask":                       (APPLICANTS,    APPLICANTS),
    "applications:ask_no_longer":             (NOBODY,        APPLICANTS),
    "applications:upload":                    (EVERYBODY,     EVERYBODY),  # who holds the link
    "applications:check":                     (SIGNED_IN,     NOBODY),
    "applications:pay":                       (SIGNED_IN,     SIGNED_IN),
    "applications:voucher":                   (SIGNED_IN,     SIGNED_IN),
    "applications:sent":                      (SIGNED_IN,     NOBODY),
    "applications:answer":                    (SIGNED_IN,     SIGNED_IN),
    "applications:withdraw":                  (SIGNED_IN,     SIGNED_IN),
    "applications:keep":                      (NOBODY,        SIGNED_IN),
    "applications:more_time":                 (NOBODY,        SIGNED_IN),
    "applications:messages":                  (SIGNED_IN,     SIGNED_IN),
    "applications:accounts":                  (SIGNED_IN,     SIGNED_IN),
    "exams:home":                             (SIGNED_IN,     NOBODY),
    "exams:changes":                          (SIGNED_IN,     SIGNED_IN),
    "exams:pay":                              (SIGNED_IN,     SIGNED_IN),
    "exams:voucher":                          (SIGNED_IN,     SIGNED_IN),
    "exams:paid":                             (SIGNED_IN,     NOBODY),
    "exams:again":                            (SIGNED_IN,     NOBODY),
    "exams:fee_back":                         ({OWNER},       {OWNER}),
    "discipline:appeal":                      ({OWNER},       {OWNER}),
    "reporting:service_times":                (EVERYBODY,     NOBODY),
    "reporting:about_you":                    (SIGNED_IN,     SIGNED_IN),
    "demo:people":                            (EVERYBODY,     NOBODY),  # only where DEMO is set
    "demo:mail":                              (EVERYBODY,     NOBODY),
    "demo:pay":                               ({OWNER},       {OWNER}),
}  # fmt: skip

# --- one's own account: no address names anybody, so each sees only their own ---------------------------------------
ACCOUNT = {
    "account_login":                          (EVERYBODY,     EVERYBODY),
    "account_logout":                         (EVERYBODY,     EVERYBODY),
    "account_signup":                         (EVERYBODY,     EVERYBODY),
    "account_inactive":                       (EVERYBODY,     NOBODY),
    "account_request_login_code":             (EVERYBODY,     EVERYBODY),
    "account_confirm_login_code":             (EVERYBODY,     EVERYBODY),
    "account_email_verification_sent":        (EVERYBODY,     EVERYBODY),
    "account_reset_password":                 (EVERYBODY,     EVERYBODY),
    "account_confirm_password_reset_code":    (EVERYBODY,     EVERYBODY),
    "account_complete_password_reset":        (EVERYBODY,     EVERYBODY),
    "account_password_reset_completed":       (EVERYBODY,     NOBODY),
    "account_reauthenticate":                 (SIGNED_IN,     SIGNED_IN),
    "account_email":                          (SIGNED_IN,     SIGNED_IN),
    "account_change_password":                (SIGNED_IN,     SIGNED_IN),
    "account_set_password":                   (SIGNED_IN,     SIGNED_IN),
    "mfa_authenticate":                       (EVERYBODY,     EVERYBODY),
    "mfa_login_webauthn":                     (EVERYBODY,     EVERYBODY),
    "mfa_index":                              (SIGNED_IN,     NOBODY),
    "mfa_reauthenticate":                     (SIGNED_IN,     SIGNED_IN),
    "mfa_reauthenticate_webauthn":            (SIGNED_IN,     SIGNED_IN),
    "mfa_activate_totp":                      (SIGNED_IN,     SIGNED_IN),
    "mfa_deactivate_totp":                    (NOBODY,        NOBODY),  # who has none
    "mfa_view_recovery_codes":                (NOBODY,        NOBODY),  # who has none
    "mfa_generate_recovery_codes":            (SIGNED_IN,     SIGNED_IN),
    "mfa_download_recovery_codes":            (NOBODY,        NOBODY),  # who has none
    "mfa_list_webauthn":                      (SIGNED_IN,     NOBODY),
    "mfa_add_webauthn":                       (SIGNED_IN,     SIGNED_IN),
    "mfa_remove_webauthn":                    (NOBODY,        NOBODY),  # of pat, who has none
    "mfa_edit_webauthn":                      (NOBODY,        NOBODY),  # of pat, who has none
    "socialaccount_signup":                   (EVERYBODY,     EVERYBODY),
    "socialaccount_login_cancelled":          (EVERYBODY,     NOBODY),
    "socialaccount_login_error":              (NOBODY,        NOBODY),  # 401
    "socialaccount_connections":              (SIGNED_IN,     SIGNED_IN),
    "usersessions_list":                      (SIGNED_IN,     SIGNED_IN),
}  # fmt: skip

# --- staff: the admin's own addresses of a model, then the acts -----------------------------------------------------
ADMIN = {
    # model                                      may look             may add         may change
    "applications_application":                 (REVIEW,              NOBODY,         NOBODY),
    "applications_reason":                      (LEAD,                LEAD,           LEAD),
    "applications_thread":                      (REVIEW,              NOBODY,         NOBODY),
    "applications_accountpair":                 (LEAD,                NOBODY,         NOBODY),
    "applications_merge":                       (LEAD | REGISTER,     NOBODY,         NOBODY),
    "training_providers_provider":              (TRAINING,            TRAINING,       TRAINING),
    "training_providers_approval":              (TRAINING,            TRAINING,       TRAINING),
    "training_providers_trainingrecord":        (TRAINING,            NOBODY,         NOBODY),
    "training_providers_rosterrow":             (TRAINING,            NOBODY,         NOBODY),
    "exams_accommodationrequest":               (ACCOMMODATION,       NOBODY,         NOBODY),
    "exams_attempt":                            (EXAMS,               NOBODY,         NOBODY),
    "exams_orderfile":                          (EXAMS,               NOBODY,         NOBODY),
    "exams_resultrow":                          (EXAMS,               NOBODY,         NOBODY),
    "discipline_appeal":                        (LEAD,                NOBODY,         NOBODY),
    "discipline_changeappeal":                  (ACCOMMODATION,       NOBODY,         NOBODY),
    "certification_certification":              (REGISTER,            NOBODY,         NOBODY),
    "certification_term":                       (REGISTER,            NOBODY,         NOBODY),
    "certification_suspension":                 (REGISTER,            NOBODY,         NOBODY),
    "certification_revocation":                 (REGISTER,            NOBODY,         NOBODY),
    "certification_surrender":                  (REGISTER,            NOBODY,         NOBODY),
    "certification_overturning":                (REGISTER,            NOBODY,         NOBODY),
    "certification_death":                      (NOBODY,              NOBODY,         NOBODY),
    "certification_reissue":                    (REGISTER,            NOBODY,         NOBODY),
    "certification_namechange":                 (REGISTER,            NOBODY,         NOBODY),
    "certification_hold":                       (LEAD,                NOBODY,         NOBODY),
    "certification_recordshold":                (LEAD,                NOBODY,         NOBODY),
    "certification_charge":                     (MONEY,               NOBODY,         NOBODY),
    "certification_refund":                     (MONEY,               NOBODY,         NOBODY),
    "certification_feerequest":                 (MONEY,               NOBODY,         NOBODY),
    "certification_voucherbatch":               (MONEY,               MONEY,          NOBODY),
    "certification_user":                       (ADMIN_ROLE,          NOBODY,         NOBODY),
    "certification_rolechange":                 (ADMIN_ROLE,          ADMIN_ROLE,     NOBODY),
    "certification_recovery":                   (ADMIN_ROLE,          ADMIN_ROLE,     NOBODY),
    "certification_auditevent":                 (ADMIN_ROLE,          NOBODY,         NOBODY),
    "certification_notice":                     (ADMIN_ROLE,          NOBODY,         NOBODY),
    "certification_standard":                   (ADMIN_ROLE | LEAD,   ADMIN_ROLE,     NOBODY),
    "certification_identitykind":               (ADMIN_ROLE,          ADMIN_ROLE,     ADMIN_ROLE),
    "certification_educationkind":              (ADMIN_ROLE,          ADMIN_ROLE,     ADMIN_ROLE),
    "certification_holiday":                    (ADMIN_ROLE,          ADMIN_ROLE,     ADMIN_ROLE),
    "certification_county":                     (ADMIN_ROLE,          NOBODY,         NOBODY),
    "certification_plan":                       (ADMIN_ROLE,          NOBODY,         NOBODY),
}  # fmt: skip

WITHOUT_HISTORY = {  # facts that never change, and the case page, whose timeline tells what happened and not what was said
    "certification_auditevent", "certification_notice", "certification_county", "certification_plan",
    "applications_application", "applications_thread", "applications_accountpair", "discipline_changeappeal",
    "training_providers_rosterrow",
}  # fmt: skip

ACTS = {
    # act                                                        may read        may send
    "admin:index":                                               (STAFF,          STAFF),
    "admin:login":                                               (STAFF,          STAFF),
    "admin:logout":                                              (SIGNED_IN - STAFF, SIGNED_IN),
    "admin:jsi18n":                                              (STAFF,          NOBODY),
    "admin:save_filter":                                         (NOBODY,         REVIEW),
    "admin:forget_filter":                                       (NOBODY,         NOBODY),  # of pat, who has none
    "admin:autocomplete":                                        (NOBODY,         NOBODY),
    "admin:app_list":                                            (REVIEW | REGISTER, REVIEW | REGISTER),
    "admin:who_applies":                                         ({REPORTING},    NOBODY),
    "admin:applications_application_next":                       (NOBODY,         REVIEW),
    "admin:applications_application_next_second":                (NOBODY,         REVIEW),
    "admin:applications_application_second":                     (REVIEW,         REVIEW),
    "admin:applications_application_settle":                     (NOBODY,         LEAD),
    "admin:applications_application_figures":                    (LEAD,           NOBODY),
    "admin:applications_application_return_all":                 (NOBODY,         LEAD),
    "admin:applications_application_as_person":                  (REVIEW,         NOBODY),
    "admin:applications_application_open":                       (NOBODY,         REVIEW),
    "admin:applications_application_hand_on":                    (NOBODY,         REVIEW),
    "admin:applications_application_act":                        (NOBODY,         REVIEW),
    "admin:applications_application_mark":                       (NOBODY,         REVIEW),
    "admin:applications_application_allow_late":                 (NOBODY,         LEAD),
    "admin:applications_application_propose_denial":             (NOBODY,         REVIEW),
    "admin:applications_application_decide_denial":              (NOBODY,         LEAD),
    "admin:applications_application_extend":                     (NOBODY,         LEAD),
    "admin:applications_application_open_hold":                  (LEAD,           LEAD),
    "admin:applications_application_renew_hold":                 (LEAD,           LEAD),
    "admin:applications_application_end_hold":                   (NOBODY,         LEAD),
    "admin:applications_application_accounts":                   (LEAD,           LEAD),
    "admin:applications_accountpair_plan":                       (LEAD,           LEAD),
    "admin:applications_merge_decide":                           (NOBODY,         LEAD | REGISTER),
    "admin:applications_merge_undo":                             (NOBODY,         LEAD),
    "admin:applications_application_hold_records":               (LEAD,           LEAD),
    "admin:applications_application_release_records":            (NOBODY,         LEAD),
    "admin:certification_notice_post":                           (ADMIN_ROLE,     NOBODY),
    "admin:certification_charge_refund":                         (MONEY,          MONEY),
    "admin:certification_namechange_accept":                     (NOBODY,         REGISTER),
    "admin:certification_namechange_decline":                    (NOBODY,         REGISTER),
    "admin:certification_refund_decide":                         (NOBODY,         MONEY),
    "admin:certification_refund_returned":                       (NOBODY,         MONEY),
    "admin:certification_feerequest_keep":                       (NOBODY,         MONEY),
    "admin:certification_voucherbatch_withdraw":                 (NOBODY,         MONEY),
    "admin:applications_thread_reply":                           (NOBODY,         REVIEW),
    "admin:applications_thread_no_answer":                       (NOBODY,         REVIEW),
    "admin:certification_rolechange_decide":                     (NOBODY,         ADMIN_ROLE),
    "admin:certification_recovery_decide":                       (NOBODY,         ADMIN_ROLE),
    "admin:training_providers_trainingrecord_accept":            (NOBODY,         TRAINING),
    "admin:training_providers_trainingrecord_ask":               (NOBODY,         TRAINING),
    "admin:training_providers_trainingrecord_decline":           (NOBODY,         TRAINING),
    "admin:training_providers_trainingrecord_take_off":          (NOBODY,         TRAINING),
    "admin:training_providers_rosterrow_import":                 (TRAINING,       TRAINING),
    "admin:training_providers_rosterrow_confirm":                (NOBODY,         TRAINING),
    "admin:training_providers_rosterrow_dismiss":                (NOBODY,         TRAINING),
    "admin:exams_accommodationrequest_grant":                    (NOBODY,         ACCOMMODATION),
    "admin:exams_accommodationrequest_refuse":                   (NOBODY,         ACCOMMODATION),
    "admin:exams_attempt_void":                                  (NOBODY,         EXAMS),
    "admin:exams_orderfile_make":                                (NOBODY,         EXAMS),
    "admin:exams_orderfile_download":                            (EXAMS,          NOBODY),
    "admin:exams_resultrow_import":                              (EXAMS,          EXAMS),
    "admin:exams_resultrow_again":                               (NOBODY,         EXAMS),
    "admin:exams_resultrow_settle":                              (NOBODY,         EXAMS),
}  # fmt: skip

# --- rows: who sees those of others, whatever page asks for them ------------------------------------------------------------
SEES = {
    "application": REVIEW,
    "trainingrecord": TRAINING,
    "accommodationrequest": ACCOMMODATION,
    "attempt": EXAMS,
    "document": REVIEW | TRAINING | ACCOMMODATION | REGISTER,
}

# --- steps: the staff who may take each (None: the person, the clock or a partner system), and the letters it may send ------
STEPS = {
    "application: submit": None,
    "application: claim": REVIEW,
    "application: release": REVIEW,
    "application: ask for more": REVIEW,
    "application: answer": None,
    "application: approve": REVIEW,
    "application: deny": LEAD,
    "application: withdraw": None,
    "application: close": None,
    "application: close unanswered": LEAD,
    "application: complete": None,
    "requirement: accept": REVIEW,
    "requirement: ask": REVIEW,
    "requirement: decline": REVIEW,
    "requirement: reopen": None,
    "trainingrecord: accept": TRAINING,
    "trainingrecord: ask for more": TRAINING,
    "trainingrecord: answer": None,
    "trainingrecord: decline": TRAINING,
    "trainingrecord: confirm": TRAINING,
    "trainingrecord: disown": None,
    "trainingrecord: take off": TRAINING,
    "accommodationrequest: request": None,
    "accommodationrequest: grant": ACCOMMODATION,
    "accommodationrequest: refuse": ACCOMMODATION,
    "attempt: authorize": None,
    "attempt: pass": None,
    "attempt: fail": None,
    "attempt: lapse": None,
    "attempt: void": EXAMS,
    "namechange: accept": REGISTER,
    "namechange: decline": REGISTER,
    "namechange: take back": None,
}
_NO_LETTER = set()
TOLD = {
    "application: submit": {"application-submitted"},
    "application: claim": _NO_LETTER,
    "application: release": _NO_LETTER,
    "application: ask for more": {"more-asked", "requirement-declined"},
    "application: answer": {"answer-received"},
    "application: approve": {"application-approved"},
    "application: deny": {"application-denied"},
    "application: withdraw": {"application-withdrawn"},
    "application: close": {"approval-run-out", "application-closed", "draft-closed"},
    "application: close unanswered": {"unanswered-closed"},
    "application: complete": {"certificate-issued"},
    # A mark on the checklist is told with the decision it leads to.
    "requirement: accept": _NO_LETTER,
    "requirement: ask": _NO_LETTER,
    "requirement: decline": _NO_LETTER,
    "requirement: reopen": _NO_LETTER,
    "trainingrecord: accept": {"training-accepted"},
    "trainingrecord: ask for more": {"training-more-asked"},
    "trainingrecord: answer": {"training-answer-received"},
    "trainingrecord: decline": {"training-declined"},
    "trainingrecord: confirm": {"training-by-provider"},
    # The person says it themself.
    "trainingrecord: disown": _NO_LETTER,
    "trainingrecord: take off": _NO_LETTER,
    "accommodationrequest: request": {"accommodation-requested"},
    "accommodationrequest: grant": {"accommodation-granted"},
    "accommodationrequest: refuse": {"accommodation-refused"},
    "attempt: authorize": {"exam-authorized"},
    "attempt: pass": {"exam-passed"},
    # The last attempt ends with one letter of its own, however it ends.
    "attempt: fail": {"exam-failed", "attempt-voided", "attempts-used-up"},
    "attempt: lapse": {"exam-failed", "attempt-voided", "attempts-used-up"},
    "attempt: void": {"exam-failed", "attempt-voided", "attempts-used-up"},
    "namechange: accept": {"name-changed"},
    "namechange: decline": {"name-declined"},
    "namechange: take back": _NO_LETTER,
}

UNNAMED = {
    "<path:object_id>/",
    "(?P<url>.*)$",
    "social/login/cancelled/",
    "social/login/error/",
    "social/signup/",
    "social/connections/",
}

# --- who may read which private words of whom -----------------------------------------------------------------------
_READERS = {
    "preferred": REVIEW | TRAINING | ACCOMMODATION | EXAMS,
    "email": REVIEW | ADMIN_ROLE,
    "phone": REVIEW, "phone, local": REVIEW, "street": REVIEW, "city": REVIEW, "issuer": REVIEW, "former": REVIEW,
    "requirement-note": REVIEW, "second-note": REVIEW, "grounds": REVIEW, "late-reason": REVIEW,
    "question": REVIEW, "reply": REVIEW, "sender": REVIEW,
    "hold-note": LEAD, "hold-end": LEAD, "records-why": LEAD, "records-end": LEAD, "extension": LEAD, "refund-why": MONEY,
    "fee-asked": MONEY, "fee-answer": MONEY,
    "training-words": TRAINING, "roster-name": TRAINING,
    "accommodation": ACCOMMODATION, "refusal": ACCOMMODATION, "decision": ACCOMMODATION, "vendor-codes": ACCOMMODATION,
    "appeal": LEAD, "change-appeal": ACCOMMODATION,
    "new-name": REGISTER,
    "identity-check": ADMIN_ROLE, "new e-mail": ADMIN_ROLE,
}  # fmt: skip
_NEVER_TO_THE_PERSON = {
    "late-reason",
    "second-note",
    "hold-note",
    "hold-end",
    "records-why",
    "records-end",
    "vendor-codes",
    "grounds",
    "roster-name",
    "identity-check",
    "new e-mail",
}


def _canaries():
    for owner, words in WORDS.items():
        for name, text in words.private().items():
            readers = REVIEW if name.startswith("born") else _READERS.get(name, set())
            yield f"{name} of {owner}", (text, readers | (set() if name in _NEVER_TO_THE_PERSON else {owner}))


CANARIES = dict(_canaries()) | {"an erased paper": (ERASED, set())}


# --- how the engine asks the table ----------------------------------------------------------------------------------
def row(name):
    """Who may read and who may send, or None where the table knows no such address."""
    if found := PAGES.get(name) or ACCOUNT.get(name) or ACTS.get(name):
        return found
    parts = re.fullmatch(r"admin:(\w+?)_(changelist|add|change|delete|simple_history|history)", name)
    if not parts or parts[1] not in ADMIN:
        return None
    look, add, change = ADMIN[parts[1]]
    past = NOBODY if parts[1] in WITHOUT_HISTORY else look
    return {
        "changelist": (look, look),
        "history": (past, past),
        "simple_history": (past if hasattr(model_of(parts[1]), "history") else NOBODY, NOBODY),
        "change": (look, change),
        "add": (add, add),
        "delete": (NOBODY, NOBODY),
    }[parts[2]]


def allowed(name, method):
    """The roles that may call ``name`` with ``method``; None where the table knows no such address."""
    found = row(name)
    return found and found[method == "POST"]


def cells(route, world):
    """What to call for one address: (name of the row, address), once for every kind of document."""
    values = arguments(route, world)
    if route.name == "demo:pay":
        return [(route.name, gateway().open(world.rows()["charge"], return_url="/", cancel_url="/"))]
    if route.name not in ("certification:document", "certification:document_page"):
        return [(route.name, route.url(**values))]
    papers = world.rows()["person"].documents.order_by("pk")
    newest = {paper.kind: paper.public_id for paper in papers}
    return [
        (f"certification:document {kind}", route.url(**values | {"public_id": newest[kind]}))
        for kind in Document.Kind.values
    ]


def model_of(name):
    """The model of ``certification_term`` and the like; app names may hold an underscore, model names do not."""
    return apps.get_model(*name.rsplit("_", 1))


def newest_row(route):
    """For a model of which nobody owns a row: the newest, or None for an address of no model."""
    named = re.match(r"admin:(\w+?)_(simple_history|history|change|delete)$", route.name)
    return model_of(named[1])._base_manager.order_by("pk").last() if named else None


def arguments(route, world):
    """What an address of pat's is made of."""
    rows = world.rows()
    model = next((model for model in sorted(rows, key=len, reverse=True) if f"_{model}_" in f"{route.name}_"), None)
    own = rows[model] if model else newest_row(route)
    if route.name.endswith("decide_denial"):
        own = world.people["who may be denied"].applications.get()
    return {
        "pk": own.pk if own else rows["trainingrecord"].pk,
        "object_id": own.pk if own else 1,
        "0": own.pk if own else 1,
        "1": own.history.latest().pk if hasattr(own, "history") else 1,
        "public_id": rows["letter"].public_id,
        "number": rows["certification"].number,
        "page": 1,
        "slug": "identity",
        "token": world.token,
        "verb": "claim",
        "kind": "identity",
        "charge_id": rows["charge"].public_id,
        "fee_id": rows["feerequest"].charge.public_id,
        "hold_pk": rows["hold"].pk,
        "records_pk": rows["recordshold"].pk,
        "reviewer_pk": world.rae.pk,
        "kept_pk": rows["accountpair"].first_id,
        "app_label": "applications",
        "label": "applications.application",
        "key": "abc-def",
        "uidb36": "1",
    }
