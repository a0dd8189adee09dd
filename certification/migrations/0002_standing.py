from django.db import migrations

# "OFFSET 0" keeps the planner from turning the look-up of one overturning into a scan of all of them.
STANDING = """
CREATE FUNCTION certification_standing(
    asked bigint, day date, known_at timestamptz, lapsed_months integer, vacated_months integer
) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    last_day date;
BEGIN
    IF EXISTS (
        SELECT FROM certification_revocation fact
        WHERE fact.certification_id = asked AND fact.on <= day AND fact.recorded_at <= known_at AND NOT EXISTS (
            SELECT FROM certification_overturning o WHERE o.revocation_id = fact.id AND o.recorded_at <= known_at OFFSET 0)
    ) THEN RETURN 'revoked'; END IF;
    IF EXISTS (
        SELECT FROM certification_surrender fact
        WHERE fact.certification_id = asked AND fact.on <= day AND fact.recorded_at <= known_at AND NOT EXISTS (
            SELECT FROM certification_overturning o WHERE o.surrender_id = fact.id AND o.recorded_at <= known_at OFFSET 0)
    ) THEN RETURN 'surrendered'; END IF;
    IF EXISTS (
        SELECT FROM certification_death fact
        WHERE fact.certification_id = asked AND fact.on <= day AND fact.recorded_at <= known_at AND NOT EXISTS (
            SELECT FROM certification_overturning o WHERE o.death_id = fact.id AND o.recorded_at <= known_at OFFSET 0)
    ) THEN RETURN 'no longer certified'; END IF;
    IF EXISTS (
        SELECT FROM certification_suspension fact
        WHERE fact.certification_id = asked AND fact.starts <= day AND (fact.ends IS NULL OR fact.ends > day)
            AND fact.recorded_at <= known_at AND NOT EXISTS (
            SELECT FROM certification_overturning o WHERE o.suspension_id = fact.id AND o.recorded_at <= known_at OFFSET 0)
    ) THEN RETURN 'suspended'; END IF;
    SELECT max(fact.expires_on) INTO last_day
    FROM certification_term fact
    WHERE fact.certification_id = asked AND fact.starts <= day AND fact.recorded_at <= known_at AND NOT EXISTS (
        SELECT FROM certification_overturning o WHERE o.term_id = fact.id AND o.recorded_at <= known_at OFFSET 0);
    RETURN CASE
        WHEN last_day IS NULL THEN 'not yet certified'
        WHEN last_day >= day THEN 'active'
        WHEN (last_day + make_interval(months => lapsed_months))::date >= day THEN 'lapsed'
        WHEN (last_day + make_interval(months => vacated_months))::date >= day THEN 'expired'
        ELSE 'vacated'
    END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("certification", "0001_initial")]

    operations = [
        migrations.RunSQL(
            STANDING, "DROP FUNCTION certification_standing(bigint, date, timestamptz, integer, integer)"
        )
    ]
