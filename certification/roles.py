"""Who may do what: staff roles with the least rights each needs. ``load_program`` makes the groups from this table."""

REVIEWER = "reviewer"
LEAD_REVIEWER = "lead reviewer"
TRAINING_DESK = "training desk"
ACCOMMODATION_DESK = "accommodation desk"
EXAM_DESK = "exam desk"
REGISTRAR = "registrar"
FINANCE = "finance"
REPORTING = "reporting"
ADMINISTRATOR = "administrator"

_REVIEW = [
    "applications.view_application",
    "applications.review_application",
    "applications.view_thread",
    "applications.answer_thread",
    "certification.open_identity_document",
    "certification.open_education_document",
]

ROLES = {
    REVIEWER: _REVIEW,
    LEAD_REVIEWER: [
        *_REVIEW,
        "applications.decide_denial",
        "applications.allow_late_request",
        "applications.close_unanswered",
        "applications.release_any_application",
        "applications.extend_approval",
        "applications.view_figures",
        "applications.settle_reading",
        "applications.view_accountpair",
        "applications.propose_merge",
        "applications.view_merge",
        "applications.decide_merge",
        "applications.view_reason",
        "applications.add_reason",
        "applications.change_reason",
        "certification.manage_holds",
        "certification.view_hold",
        "certification.hold_records",
        "certification.view_recordshold",
        "certification.view_standard",
        "discipline.view_appeal",
        "certification.open_appeal_document",
    ],
    TRAINING_DESK: [
        "training_providers.view_provider",
        "training_providers.add_provider",
        "training_providers.change_provider",
        "training_providers.view_approval",
        "training_providers.add_approval",
        "training_providers.change_approval",
        "training_providers.view_trainingrecord",
        "training_providers.review_trainingrecord",
        "training_providers.view_rosterrow",
        "training_providers.confirm_roster",
        "certification.open_training_document",
    ],
    ACCOMMODATION_DESK: [
        "exams.view_accommodationrequest",
        "exams.decide_accommodationrequest",
        "certification.open_accommodation_document",
        "discipline.view_changeappeal",
    ],
    EXAM_DESK: [
        "exams.view_attempt",
        "exams.import_results",
        "exams.send_orders",
        "exams.void_attempt",
    ],
    REGISTRAR: [
        "certification.view_certification",
        "certification.view_term",
        "certification.view_suspension",
        "certification.view_revocation",
        "certification.view_surrender",
        "certification.view_overturning",
        "certification.view_reissue",
        "certification.view_namechange",
        "certification.decide_namechange",
        "certification.open_name_document",
        "applications.view_merge",
        "applications.decide_merge",
    ],
    FINANCE: [
        "certification.view_charge",
        "certification.view_refund",
        "certification.view_feerequest",
        "certification.view_voucherbatch",
        "certification.issue_vouchers",
        "certification.propose_refund",
        "certification.decide_refund",
    ],
    REPORTING: ["reporting.count_demographics"],
    ADMINISTRATOR: [
        "certification.view_user",
        "certification.view_standard",
        "certification.add_standard",
        "certification.view_rolechange",
        "certification.propose_rolechange",
        "certification.decide_rolechange",
        "certification.view_recovery",
        "certification.propose_recovery",
        "certification.decide_recovery",
        "certification.view_county",
        "certification.view_plan",
        "certification.view_identitykind",
        "certification.add_identitykind",
        "certification.change_identitykind",
        "certification.view_educationkind",
        "certification.add_educationkind",
        "certification.change_educationkind",
        "certification.view_holiday",
        "certification.add_holiday",
        "certification.change_holiday",
        "certification.view_auditevent",
        "certification.view_notice",
    ],
}
