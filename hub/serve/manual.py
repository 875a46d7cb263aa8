"""What may be asked over HTTP: as an OpenAPI description, and as a page that needs nothing from a network."""

from collections.abc import Mapping
from html import escape
from typing import Any

import msgspec

from hub.client import ARROW
from hub.documents.kinds import KINDS
from hub.serve.parameters import PARAMETERS
from hub.serve.questions import QUESTIONS

_OBJECT = {"type": "object"}
_ROWS = {
    "type": "object",
    "required": ["columns", "rows"],
    "properties": {
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"type": "array"}},
    },
}
_VERSION = {"type": "object", "required": ["version"], "properties": {"version": {"type": "integer"}}}
# A schema for each kind, and what they refer to.
_SCHEMAS = msgspec.json.schema_components(KINDS.values(), ref_template="#/components/schemas/{name}")
_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_OTHERS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "mapping": ("name of the mapping that says what the columns mean", {"type": "string"}),
    "name": ("name of the file; its ending tells its kind", {"type": "string", "maxLength": 200}),
}
_PARAMETERS = {name: (one.about, one.schema) for name, one in PARAMETERS.items()} | _OTHERS
_FLAG = {"type": "string", "enum": ["0", "1"]}
_NAMED = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "name of the mapping",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
}
_KIND = {
    "name": "kind",
    "in": "path",
    "required": True,
    "description": "kind of document",
    "schema": {"type": "string", "enum": list(KINDS)},
}
_ERRORS = {"401": "no token, or one that is not known", "403": "not with this token", "422": "a parameter is wrong"}


def openapi(version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 description of everything the hub answers."""
    paths = {
        "/health": {"get": _open("How the hub is; 503 when unwell", "application/json", _OBJECT, unwell=True)},
        "/metrics": {"get": _open("The same for Prometheus", "text/plain", {"type": "string"})},
        "/v1/version": {"get": _asked("Grows with every commit that changes data", (), _OBJECT)},
        "/v1/kept": {"get": _asked("For how many days the hub keeps what", (), _OBJECT)},
        "/v1/live": {"get": _asked("The newest live values of a site", ("site",), _OBJECT)},
        "/v1/answers": {"post": _taken()},
        "/v1/suggest": {"post": _suggested()},
        "/v1/mappings": {"get": _asked("The mappings, and when something last came with each", (), _OBJECT)},
        "/v1/mappings/{name}": {"get": _mapping(), "put": _saved()},
        "/v1/webhooks/{name}": {"post": _called()},
        "/v1/documents/{kind}/{id}": {"put": _written()},
    }
    questions = {f"/v1/questions/{name}": {"get": _question(name)} for name in QUESTIONS}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Instore hub", "version": version, "license": {"name": "Apache-2.0"}},
        "paths": paths | questions,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}, "schemas": _SCHEMAS[1]},
    }


def page(described: Mapping[str, Any]) -> str:
    """The description as a page of HTML without script, style sheet or picture from elsewhere."""
    rows = [
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td><td>{escape(said['summary'])}</td>"
        f"<td>{'<br>'.join(_spoken(p) for p in said.get('parameters', ()))}</td></tr>"
        for path, methods in described["paths"].items()
        for method, said in methods.items()
    ]
    title = f"{escape(described['info']['title'])} {escape(described['info']['version'])}"
    return _PAGE.format(title=title, rows="\n".join(rows))


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1c2733 }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: left; vertical-align: top; padding: .5rem; border-bottom: 1px solid #d5dce3 }}
code {{ overflow-wrap: anywhere }}
</style></head><body><h1>{title}</h1>
<p>Answers are JSON, those of questions also Arrow (<code>Accept: application/vnd.apache.arrow.stream</code>). All but
<code>/health</code>, <code>/metrics</code> and this page want <code>Authorization: Bearer TOKEN</code>. The same for
programs: <a href="/openapi.json">openapi.json</a>.</p>
<table><thead><tr><th>What</th><th>Answers</th><th>Parameters</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


def _spoken(parameter: Mapping[str, Any]) -> str:
    often = "" if parameter["required"] else " (may be left out)"
    return f"<code>{escape(parameter['name'])}</code> {escape(parameter['description'])}{often}"


def _question(name: str) -> dict[str, Any]:
    made = _asked(QUESTIONS[name].about, QUESTIONS[name].needs, _ROWS, QUESTIONS[name].optional)
    made["responses"]["200"]["content"][ARROW] = {"schema": {"type": "string", "format": "binary"}}
    return made


def _asked(
    summary: str, needs: tuple[str, ...], schema: Mapping[str, Any], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    found = {code: _answer(said, "application/json", _ERROR) for code, said in _ERRORS.items()}
    parameters = [
        {"name": name, "in": "query", "required": name in needs, "description": about, "schema": kind}
        for name, (about, kind) in ((key, _PARAMETERS[key]) for key in (*needs, *optional))
    ]
    answers = {"200": _answer("the answer", "application/json", schema), **found}
    return {"summary": summary, "parameters": parameters, "security": [{"token": []}], "responses": answers}


def _taken() -> dict[str, Any]:
    made = _handed("Take a file of answers, sales or cards (token with the right to import)", ("mapping", "name"))
    made["parameters"] += [
        {"name": name, "in": "query", "required": False, "description": f"1: {about}", "schema": _FLAG}
        for name, about in (
            ("dry_run", "only say what would be stored"),
            ("preview", "the same with the first 20 rows as they would be stored"),
        )
    ]
    return made


def _suggested() -> dict[str, Any]:
    return _handed("A mapping to begin with for such a file (token with the right to import)", ("name",))


def _mapping() -> dict[str, Any]:
    made = _asked("The text of a mapping (token with the right to import)", (), _OBJECT)
    made["parameters"] = [_NAMED]
    made["responses"]["404"] = _answer("no such mapping", "application/json", _ERROR)
    return made


def _saved() -> dict[str, Any]:
    made = _handed("Keep a mapping, TOML in UTF-8 (token with the right to import)", ())
    made["parameters"] = [_NAMED]
    made["responses"] |= {
        "404": _answer("no such address", "application/json", _ERROR),
        "409": _answer("the name is taken by the settings", "application/json", _ERROR),
    }
    return made


def _handed(summary: str, needs: tuple[str, ...]) -> dict[str, Any]:
    made = _asked(summary, needs, _OBJECT)
    anything = {"schema": {"type": "string", "format": "binary"}}
    made["requestBody"] = {"required": True, "content": {"application/octet-stream": anything}}
    made["responses"]["413"] = _answer("the file is too large", "application/json", _ERROR)
    return made


def _written() -> dict[str, Any]:
    made = _asked("Keep what somebody wrote as a new version (token with the right to write)", ("site",), _VERSION)
    pattern = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"}
    made["parameters"] += [
        _KIND,
        _NAMED | {"name": "id", "description": "id of the document", "schema": pattern},
        {
            "name": "version",
            "in": "query",
            "required": True,
            "description": "number of the version that is replaced, 0 for a new document",
            "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
        },
        {
            "name": "X-Instore-By",
            "in": "header",
            "required": False,
            "description": "who wrote it, percent-encoded UTF-8 of up to 80 characters",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9]{1,80}$"},
        },
    ]
    made["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": {"anyOf": list(_SCHEMAS[0])}}},
    }
    made["responses"] |= {
        "404": _answer("no such kind", "application/json", _ERROR),
        "409": _answer("version is not the newest; the newest", "application/json", _OBJECT),
        "413": _answer("the document is too large", "application/json", _ERROR),
        "503": _answer("the disk is full", "application/json", _ERROR),
    }
    return made


def _called() -> dict[str, Any]:
    refused = {
        "401": "the signature or the time is wrong, or the name is none",
        "404": "no such address",
        "409": "the call was taken before",
        "413": "the body is too large",
        "422": "the body cannot be read; line and column",
    }
    anything = {"schema": {"type": "string", "format": "binary"}}
    said = {"name": "name", "in": "path", "required": True, "description": "name of the webhook in the settings"}
    return {
        "summary": "Take answers that a survey tool sends, signed with the webhook's secret",
        "parameters": [said | {"schema": {"type": "string", "minLength": 1}}],
        "security": [],
        "requestBody": {"required": True, "content": {"application/octet-stream": anything}},
        "responses": {
            "200": _answer("how many answers were stored", "application/json", _OBJECT),
            **{code: _answer(text, "application/json", _OBJECT) for code, text in refused.items()},
        },
    }


def _open(summary: str, kind: str, schema: Mapping[str, Any], *, unwell: bool = False) -> dict[str, Any]:
    answers = {"200": _answer("the answer", kind, schema)}
    if unwell:
        answers["503"] = _answer("the hub is not well", kind, schema)
    return {"summary": summary, "security": [], "responses": answers}


def _answer(said: str, kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": said, "content": {kind: {"schema": schema}}}
