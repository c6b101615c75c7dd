"""How Postgres goes about the queries of a slate, by its own word."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommendations.queries import spaces
from recommendations.queries.candidates import NEAREST_EXACT, UNLEARNT
from recommendations.queries.fetching import fetch, keep_plans
from tests.recommendations.worlds import NOW

pytestmark = pytest.mark.django_db

PARAMETERS = {
    "workspace": 1,
    "space": 1,
    "user": 1,
    "tastes": ["[1,0,0]"],
    "vector": "[1,0,0]",
    "barred": "{1,2,3}",
    "most": 10,
    "now": NOW,
}


def test_a_connection_keeps_one_plan_for_each_query(settings):
    assert fetch("SHOW plan_cache_mode", {}) == [("force_generic_plan",)]
    other = connection.copy()
    settings.PREPARED_STATEMENTS = False
    try:
        other.ensure_connection()
        with other.cursor() as cursor:
            cursor.execute("SHOW plan_cache_mode")
            assert cursor.fetchone() == ("auto",)
        settings.PREPARED_STATEMENTS = True
        keep_plans(connection=other)
        with other.cursor() as cursor:
            cursor.execute("SHOW plan_cache_mode")
            assert cursor.fetchone() == ("force_generic_plan",)
    finally:
        other.close()


@pytest.mark.parametrize(
    "sql",
    [UNLEARNT, *(sql.replace("{among}", "") for sql in (NEAREST_EXACT, spaces.NEAREST_EXACT))],
)
def test_what_is_barred_is_looked_up_in_a_hash_table_by_any_plan(sql):
    plan = "\n".join(row[0] for row in fetch(f"EXPLAIN {sql}", PARAMETERS))
    assert "hashed SubPlan" in plan, plan


def test_a_query_that_is_planned_anew_reads_the_same_rows():
    sql = "SELECT one FROM unnest(%(numbers)s::bigint[]) AS one WHERE one > %(least)s"
    parameters = {"numbers": "{3,1,2}", "least": 1}
    with CaptureQueriesContext(connection) as queries:
        assert fetch(sql, parameters, is_planned_anew=True) == fetch(sql, parameters)
    assert len(queries) == 2
