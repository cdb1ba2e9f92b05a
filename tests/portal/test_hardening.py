"""The site as it is put into production: its checks, headers, cookies, links in mails, and where it sends people."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site
from django.test import Client

from subscriptions.selectors.clock import database_now
from tests.factories.usage import an_event, an_organization, as_json
from tests.portal import rows
from usage.api import events
from usage.services.keys import create_key

LOGIN = "/account/login/"
HEADERS = """
import json, django
django.setup()
from django.test import Client
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
User.objects.create_superuser("root", "root@example.com", "a long secret of theirs")
over = dict(secure=True, HTTP_HOST="billing.example.com")
browser = Client()
first = browser.get("/account/login/", **over)
plain = Client().get("/account/login/", HTTP_HOST="billing.example.com")
forwarded = Client().get("/account/login/", HTTP_HOST="billing.example.com", HTTP_X_FORWARDED_PROTO="https")
into = browser.post("/account/login/", {"login": "root", "password": "a long secret of theirs"}, **over)
browser.post("/language/", {"language": "ja"}, **over)
stranger = Client(raise_request_exception=False).get("/account/login/", secure=True, HTTP_HOST="evil.example")
missing = browser.get("/nowhere", **over)
print(json.dumps({
    "headers": dict(first.headers),
    "cookies": {name: morsel.OutputString() for name, morsel in browser.cookies.items()},
    "plain": [plain.status_code, plain.headers.get("Location")],
    "forwarded": forwarded.status_code,
    "into": into.status_code,
    "stranger": [stranger.status_code, stranger.content.decode()],
    "missing": [missing.status_code, missing.content.decode()],
}))
"""


def in_production(var: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the site as it is put into production, on a database of its own."""
    own = {
        "SEATBILL_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/seatbill.sqlite3",
        "CELERY_BROKER_URL": "filesystem://localhost",
        "DJANGO_SETTINGS_MODULE": "billingsite.settings",
        "DEBUG": "False",
        "HTTPS": "True",
        "TRUSTED_PROXIES": "1",
        "ALLOWED_HOSTS": "billing.example.com",
        "SITE_URL": "https://billing.example.com",
        "LOG_LEVEL": "CRITICAL",
    }
    return subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=site.BASE_DIR,
        env=dict(os.environ) | own | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Return what a browser sees of the site in production."""
    asked = in_production(tmp_path_factory.mktemp("var"), "-W", "ignore", "-c", HEADERS)
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


# --- Its own checks, and its key -------------------------------------------------------------------------------------


def test_the_checks_for_production_have_nothing_to_say(tmp_path):
    checked = in_production(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "DEBUG")
    assert (checked.returncode, checked.stdout) == (0, "System check identified no issues (0 silenced).\n"), (
        checked.stderr
    )


def test_a_key_of_its_own_is_made_on_first_start_for_its_owners_eyes_only(tmp_path):
    show = ["-c", "import django; django.setup(); from django.conf import settings; print(settings.SECRET_KEY)"]
    starts = [in_production(tmp_path / name, *show).stdout.strip() for name in ("a", "a", "b")]
    assert starts[0] == starts[1] != starts[2]
    assert len(starts[0]) >= 50
    key = tmp_path / "a" / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    assert in_production(tmp_path / "a", *show).stdout.strip() == starts[0]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "a").glob("secret_key*")] == ["secret_key"]


def test_no_secret_stands_in_the_code_or_its_example():
    example = Path(site.BASE_DIR, ".env.example").read_text()
    assert re.search(r"^# SECRET_KEY=$", example, re.MULTILINE)
    assert "django-insecure" not in Path(site.BASE_DIR, "billingsite/settings.py").read_text()


# --- Headers and cookies ---------------------------------------------------------------------------------------------


def test_the_headers_in_production(seen):
    headers = seen["headers"]
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=(), payment=()"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert {"no-store", "private"} <= set(headers["Cache-Control"].split(", "))
    assert "Server" not in headers
    assert "X-Powered-By" not in headers


def test_the_cookies_in_production_can_be_set_by_nobody_else_and_read_by_no_script(seen):
    assert set(seen["cookies"]) == {"__Host-sessionid", "__Host-csrftoken", "__Host-language"}
    for name, cookie in seen["cookies"].items():
        parts = cookie.split("; ")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=Lax"} <= set(parts), name
        assert not any(part.startswith("Domain") for part in parts), name


def test_plain_requests_are_sent_to_https_and_the_proxy_is_believed_about_it(seen):
    assert seen["plain"] == [301, "https://billing.example.com/account/login/"]
    assert seen["forwarded"] == 200
    assert seen["into"] == 302


def test_an_error_tells_nothing_of_how_the_site_is_made(seen):
    for status, page in (seen["stranger"], seen["missing"]):
        assert status in {400, 404}
        for word in ("Traceback", "DisallowedHost", "settings", "urlpatterns", "evil.example", "Django", "DEBUG"):
            assert word not in page


def test_without_a_proxy_nobody_is_believed_who_says_it_was_https(tmp_path):
    ask = (
        "import django; django.setup(); from django.test import Client;"
        "print(Client().get('/account/login/', HTTP_HOST='billing.example.com',"
        " HTTP_X_FORWARDED_PROTO='https').status_code)"
    )
    assert in_production(tmp_path, "-W", "ignore", "-c", ask, TRUSTED_PROXIES="0").stdout.strip() == "301"


# --- What is kept of pages and files ---------------------------------------------------------------------------------


def test_files_are_kept_by_nobody_either(acme, agreement, client_of):
    rows.log_in(acme, "ann")
    invoice = rows.make_invoice(agreement, 1, rendered=True)
    browser = client_of("subscription admin")
    lead = client_of("lead")
    for asker, url in (
        (browser, "/o/acme/prices/prices.csv"),
        (browser, "/o/acme/prices/prices.xlsx"),
        (browser, "/o/acme/events/events.csv"),
        (browser, "/o/acme/invoices/statement.csv"),
        (browser, f"/o/acme/invoices/{invoice.number}/pdf"),
        (lead, "/admin/subscriptions/organization/export.csv"),
        (lead, "/admin/invoices/invoice/export.csv"),
    ):
        answer = asker.get(url)
        assert (answer.status_code, answer.headers["Content-Disposition"][:10]) == (200, "attachment"), url
        assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", ")), url
        b"".join(answer)


# --- Links and where people are sent ---------------------------------------------------------------------------------

EVIL = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "///evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example",
    "\thttps://evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
]


@pytest.mark.parametrize("address", EVIL)
def test_nobody_is_sent_to_another_site(address, acme):
    rows.make_member("ann", acme, billing_contact=True)
    browser = Client()
    steps = [
        lambda: browser.post("/language/", {"language": "ja", "next": address}),
        lambda: browser.post(LOGIN, {"login": "ann", "password": rows.PASSWORD, "next": address}),
        lambda: browser.get(LOGIN, {"next": address}),
        lambda: browser.post("/account/reauthenticate/", {"password": rows.PASSWORD, "next": address}),
        lambda: browser.get("/admin/login/", {"next": address}),
        lambda: browser.post("/account/logout/", {"next": address}),
    ]
    for step in steps:
        answer = step()
        leads_to = answer.headers.get("Location", "")
        assert leads_to.startswith("/") or not leads_to, leads_to
        assert not leads_to.startswith(("//", "/\\")), leads_to
        page = answer.content.decode()
        assert not re.search(r'(href|action)="[^"]*evil\.example', page)


def test_a_mail_about_a_forgotten_password_leads_to_us_whatever_host_was_named(acme, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://billing.example.com"
    person = rows.make_member("ann", acme)
    person.email = "ann@acme.example"
    person.save()
    Client().post("/account/password/reset/", {"email": person.email}, headers={"host": "evil.example"})
    (mail,) = mailoutbox
    assert "https://billing.example.com/account/password/reset/key/" in mail.body
    assert "evil" not in mail.body + mail.subject
    link = re.search(r"https://billing\.example\.com(\S+)", mail.body)[1]
    assert "new password" in Client().get(link, follow=True).content.decode().casefold()


def test_a_mail_about_a_new_address_leads_to_us_too(acme, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://billing.example.com"
    rows.make_member("ann", acme)
    browser = Client(headers={"host": "evil.example"})
    browser.post(LOGIN, {"login": "ann", "password": rows.PASSWORD})
    browser.post("/account/reauthenticate/", {"password": rows.PASSWORD})
    browser.post("/account/email/", {"action_add": "", "email": "new@acme.example"})
    (mail,) = [mail for mail in mailoutbox if "new@acme.example" in mail.to]
    assert "https://billing.example.com/account/" in mail.body
    assert "evil" not in mail.body + mail.subject


def test_another_host_is_refused(db, settings):
    settings.ALLOWED_HOSTS = ["billing.example.com"]
    browser = Client(raise_request_exception=False)
    for host in ("evil.example", "billing.example.com.evil.example", "billing.example.com@evil.example", "a b"):
        assert browser.get(LOGIN, headers={"host": host}).status_code == 400


# --- The API, too ----------------------------------------------------------------------------------------------------


def test_a_fault_of_ours_is_a_problem_document_without_detail(db, monkeypatch):
    _key, secret = create_key(organization=an_organization(), name="x", created_by=None, now=database_now())
    monkeypatch.setattr(events, "ingest", lambda *args, **kwargs: 1 / 0)
    answer = Client(raise_request_exception=False).post(
        "/api/v1/events",
        as_json(an_event()),
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}"},
    )
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "division" not in answer.content.decode()
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))
