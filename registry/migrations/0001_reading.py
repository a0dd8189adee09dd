from django.db import migrations

# Functions, because the database then keeps one plan of each, which fits every question: planning takes longer than answering.
# "OFFSET 0" keeps the planner from turning a look-up by key into a scan of the whole table.
FOUND = """
CREATE FUNCTION registry_found(
    firsts text[], pasts text[], most integer, shown integer, day date, lapsed_months integer, vacated_months integer
) RETURNS TABLE (person_id bigint, number text, name text, standing text, key text, cut boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH fitting AS (
        SELECT found.key, found.person_id, reading
        FROM unnest(firsts, pasts) WITH ORDINALITY AS range (first, past, reading)
        CROSS JOIN LATERAL (
            SELECT key, person_id FROM certification_searchname
            WHERE key >= range.first COLLATE "C" AND key < range.past COLLATE "C"
            ORDER BY key, person_id LIMIT most
        ) AS found
    ), people AS (
        SELECT person_id, min(key) AS key FROM fitting GROUP BY person_id
    ), cut AS (
        SELECT EXISTS (SELECT FROM fitting GROUP BY reading HAVING count(*) >= most) AS cut
    )
    SELECT
        people.person_id,
        certification.number::text,
        (
            SELECT coalesce(
                (
                    SELECT printed_name FROM certification_reissue AS again
                    WHERE again.certification_id = certification.id AND again.recorded_at > term.recorded_at
                    ORDER BY again.recorded_at DESC LIMIT 1
                ), term.printed_name)::text
            FROM certification_term AS term
            WHERE term.certification_id = certification.id AND NOT EXISTS (
                SELECT FROM certification_overturning WHERE term_id = term.id OFFSET 0)
            ORDER BY starts DESC LIMIT 1
        ),
        certification_standing(certification.id, day, 'infinity', lapsed_months, vacated_months),
        people.key::text,
        cut.cut
    FROM people
    CROSS JOIN LATERAL (
        SELECT id, number FROM certification_certification AS held
        WHERE held.person_id = people.person_id OFFSET 0
    ) AS certification
    CROSS JOIN cut
    ORDER BY people.key, certification.id LIMIT shown;
END $$;
"""

PAGE = """
CREATE FUNCTION registry_page(
    asked text, day date, lapsed_months integer, vacated_months integer
) RETURNS TABLE (standing text, terms jsonb, orders jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found bigint;
BEGIN
    SELECT id INTO found FROM certification_certification WHERE number = asked;
    IF found IS NULL THEN RETURN; END IF;
    RETURN QUERY SELECT
        certification_standing(found, day, 'infinity', lapsed_months, vacated_months),
        (
            SELECT jsonb_agg(
                jsonb_build_array(starts, expires_on, coalesce(again.printed_name, fact.printed_name), again.recorded_at)
                ORDER BY starts DESC)
            FROM certification_term AS fact
            LEFT JOIN LATERAL (
                SELECT printed_name, recorded_at FROM certification_reissue AS reissue
                WHERE reissue.certification_id = found AND reissue.recorded_at > fact.recorded_at
                ORDER BY reissue.recorded_at DESC LIMIT 1
            ) AS again ON true
            WHERE fact.certification_id = found AND NOT EXISTS (
                SELECT FROM certification_overturning WHERE term_id = fact.id OFFSET 0)
        ),
        (
            SELECT jsonb_agg(jsonb_build_array(kind, starts, ends, public_reason) ORDER BY starts DESC)
            FROM (
                SELECT 'suspension' AS kind, starts, ends, public_reason FROM certification_suspension AS fact
                WHERE certification_id = found AND NOT EXISTS (
                    SELECT FROM certification_overturning WHERE suspension_id = fact.id OFFSET 0)
                UNION ALL
                SELECT 'revocation', fact.on, NULL, public_reason FROM certification_revocation AS fact
                WHERE certification_id = found AND NOT EXISTS (
                    SELECT FROM certification_overturning WHERE revocation_id = fact.id OFFSET 0)
            ) AS orders
        );
END $$;
"""


class Migration(migrations.Migration):
    """What the registry asks the database: nothing but reading."""

    initial = True
    dependencies = [("certification", "0002_standing")]

    operations = [
        migrations.RunSQL(
            FOUND, "DROP FUNCTION registry_found(text[], text[], integer, integer, date, integer, integer)"
        ),
        migrations.RunSQL(PAGE, "DROP FUNCTION registry_page(text, date, integer, integer)"),
    ]
