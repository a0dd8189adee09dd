from certification.models import Person, Standard


def test_probe(pat, rae):
    assert Standard.objects.count() > 70
    assert Person.objects.get().birth_date.year == 1990
    assert rae.has_perm("applications.review_application")
