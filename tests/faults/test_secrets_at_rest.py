"""A stolen copy of the database holds no credential; a wrong key says so and harms nothing."""

import base64
import subprocess

import pytest

SECRETS = {"api_key": "sk-live-7c1f0d52aa", "api_secret": "shhh-94b0e1d7c3",
           "access_token": "tok-5be0a2f19d", "webhook_secret": "whs-a81c44e6b2"}
OTHER = "other:" + base64.b64encode(b"another-key-another-key-another!").decode()


@pytest.fixture
def connection(erp):
    """A connection with all of its secrets stored."""
    ask = erp.user("admin")
    vals = {"name": "At rest", "vendor": "rest_shop", "environment": "production",
            "base_url": "https://shop.example", **SECRETS}
    found = ask("xb.connection", "search", [("name", "=", "At rest")])
    return found[0] if found else ask("xb.connection", "create", vals)


def test_dump_holds_no_credential(erp, connection):
    dump = subprocess.run(
        [erp.place.pg.binaries / "pg_dump", "-d", erp.name], env=erp.place.pg.environment(),
        capture_output=True, check=True).stdout
    assert b"At rest" in dump
    for value in SECRETS.values():
        plain = value.encode()
        assert plain not in dump
        assert base64.b64encode(plain).rstrip(b"=")[:-1] not in dump
        assert plain.hex().encode() not in dump
    assert b"whsec" not in dump


def test_wrong_key_says_so_and_harms_nothing(erp, connection):
    stored = erp.sql(f"SELECT api_key, webhook_secret FROM xb_connection WHERE id = {connection}")
    erp.stop()
    erp.start(XB_SECRET_KEYS=OTHER)
    ask = erp.user("admin")
    (row,) = ask("xb.connection", "read", [connection], ["api_key", "secret_problem"])
    key = (erp.place.home.root / "secret.keys").read_text().partition(":")[0]
    assert key in row["secret_problem"]  # the key it needs, by its name
    assert row["api_key"] and row["api_key"] != SECRETS["api_key"]
    ask("xb.connection", "write", [connection], {"name": "At rest"})
    after = erp.sql(f"SELECT api_key, webhook_secret FROM xb_connection WHERE id = {connection}")
    assert after == stored
    erp.stop()
    erp.start()
    (row,) = erp.user("admin")("xb.connection", "read", [connection], ["secret_problem"])
    assert not row["secret_problem"]
