"""What the hub says of its own HTTP is true: a fuzzer follows the description; the page and the metrics are whole."""

import re
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from prometheus_client.parser import text_string_to_metric_families
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from hub.intake.taking import Taking
from hub.intake.webhooks import Webhook
from hub.serve import access, manual
from hub.serve.access import Access
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.files import Files
from hub.serve.live import Board
from hub.serve.mappings import Mappings
from hub.serve.questions import QUESTIONS
from hub.serve.webhooks import Hooks, add_webhooks
from hub.settings import Http
from hub.sites import Site
from hub.storage.store import Store
from tests.hub.serve.test_api import MAPPING

NOW = 1781114400.0
SCHEMA = schemathesis.openapi.from_dict(manual.openapi("0"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    folder = tmp_path_factory.mktemp("served")
    token = access.create(folder / "tokens.json", "fuzzer", ["s001"], True, "now", may_write=True)
    broken, key = threading.Event(), folder / "secret"
    key.write_text("x" * 40)
    key.chmod(0o600)
    site = Site(id="s001", name="High Street", timezone="Europe/Berlin")
    with Store(folder / "hub.duckdb", {"s001": site}, NOW) as store:
        known = Mappings({"test": MAPPING}, folder / "mappings")
        taking = Taking(known)
        files = Files(store, taking, known)
        desk = Desk(store, Access(folder / "tokens.json"), Board(), files=files, clock=lambda: NOW, failed=broken.set)
        app = application(desk)
        add_webhooks(app, Hooks([Webhook(name="till", mapping="test", secret_file=str(key))], taking, store))
        with serving(app, Http(port=0)) as port:
            headers = {"Authorization": f"Bearer {token}"}
            yield SimpleNamespace(url=f"http://127.0.0.1:{port}", headers=headers, broken=broken)


@SCHEMA.parametrize()  # type: ignore[untyped-decorator]
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_asked_breaks_the_hub(case: schemathesis.Case, served: SimpleNamespace) -> None:
    reply = case.call(base_url=served.url, headers=served.headers)
    assert reply.status_code < 500, reply.text
    case.validate_response(reply, checks=[status_code_conformance, response_schema_conformance])
    assert not served.broken.is_set()


def test_every_question_is_described_and_nothing_else() -> None:
    named = {path.removeprefix("/v1/questions/") for path in manual.openapi("0")["paths"] if "questions" in path}
    assert named == set(QUESTIONS)


def test_the_page_names_every_path_and_loads_nothing(served: SimpleNamespace) -> None:
    reply = httpx.get(served.url)
    assert reply.headers["content-type"].startswith("text/html")
    assert all(path in reply.text for path in manual.openapi("0")["paths"])
    assert not re.search(r"<script|<link|<img|src=|https?://", reply.text)


def test_the_description_can_be_fetched(served: SimpleNamespace) -> None:
    assert httpx.get(f"{served.url}/openapi.json").json()["paths"].keys() == manual.openapi("0")["paths"].keys()


def test_metrics_are_read_by_prometheus_and_name_no_shop(served: SimpleNamespace) -> None:
    text = httpx.get(f"{served.url}/metrics").text
    found = {metric.name: metric for metric in text_string_to_metric_families(text)}
    assert found["instore_hub_ok"].samples[0].value == 1.0
    assert found["instore_hub_version"].samples[0].value > 0
    assert "instore_hub_committed_at_seconds" not in found
    assert not any(sample.labels for metric in found.values() for sample in metric.samples)
