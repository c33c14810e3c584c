"""The ground under the database tests: a real PostgreSQL, and a database of one's own for each test."""

import psycopg
import pytest

from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.postgres


def tables(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("run", [1, 2])
def test_each_test_gets_an_empty_database(postgres_database: str, run: int) -> None:
    assert tables(postgres_database) == 0
    with psycopg.connect(postgres_database) as connection:
        connection.execute("CREATE TABLE left_behind (id integer)")
    assert tables(postgres_database) == 1


def test_a_database_can_be_copied_from_a_template(postgres_server: PostgresServer) -> None:
    template = postgres_server.create()
    with psycopg.connect(postgres_server.dsn(template)) as connection:
        connection.execute("CREATE TABLE law (id integer)")
    copy = postgres_server.create(template)
    assert tables(postgres_server.dsn(copy)) == 1
    postgres_server.drop(copy)
    postgres_server.drop(template)


def test_the_server_listens_on_no_network(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
