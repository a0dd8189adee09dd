"""The questions that anybody may ask themselves before applying: WIC 14045.15(a), and nothing more."""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Question:
    """``words`` ask for a yes; ``no`` says what a no means and what can be done. Figures stand as names of ``Standards``."""

    name: str
    words: str | Promise
    no: str | Promise
    hint: str | Promise = ""
    title: str | Promise = ""  # stands as the heading where the words of the law are too long for one

    def asked(self, standards):
        """The question as put on the day of ``standards``."""
        years = standards.eligibility_min_age
        return replace(self, words=str(self.words) % {"years": years}, no=str(self.no) % {"years": years})


QUESTIONS = (
    Question(
        "age",
        _("Will you be %(years)s or older on the day you submit your application?"),
        _("You can apply from the day you turn %(years)s. Come back then. You will be welcome."),
    ),
    Question(
        "education",
        _("Do you have a high school diploma, a GED or something equal to it?"),
        _(
            "The law asks for a diploma or something equal to it. Work experience cannot take its place. "
            "An adult school near you can help you earn one, often for free."
        ),
        hint=_("A diploma from another country can count too."),
    ),
    Question(
        "lived_experience",
        _(
            "Do you self-identify as having lived experience with the process of recovery from mental illness, substance use "
            "disorder, or both, either as a consumer of these services or as the parent or family member of the consumer?"
        ),
        _("The law says that peer support specialists have this experience. There is other work that helps people."),
        hint=_("These are the words of the law. We never ask which of these it is, and we never ask for your story."),
        title=_("Lived experience"),
    ),
    Question(
        "willing_to_share",
        _("Are you willing to share your experience?"),
        _("Sharing is part of this work: when it helps the other person, and only as much as you choose."),
        hint=_("In your work, when it helps the other person."),
    ),
    Question(
        "dedication",
        _("Do you have a strong dedication to recovery?"),
        _("The law asks for this. You can come back at any time."),
    ),
    Question(
        "ethics",
        _("Will you agree in writing to follow the Code of Ethics?"),
        _("Everyone who is certified signs the Code of Ethics. You can read it first and then decide."),
        hint=_("You can read it before you sign."),
    ),
)
