"""The language server, spoken to as an editor speaks: a process, and messages over its input and output."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest

pytest.importorskip("pygls", reason="the extra [editor] is not installed")

from equipoise.command import app

LOOP = """\
equipoise: 1
study: loop
title: A loop without a bound
design: {type: interventional}
pathway:
  start: bloods   # 🙂 is wide
  steps:
    bloods: {next: again}
    again: {next: bloods}
"""


class Editor:
    """What an editor does: it sends messages, and waits for those it is sent."""

    def __init__(self) -> None:
        typed = [
            sys.executable,
            "-c",
            "import sys; sys.argv = ['equipoise', 'editor']; from equipoise.command import app; app()",
        ]
        self.process = subprocess.Popen(typed, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.told: Queue[dict[str, Any]] = Queue()
        self.number = 0
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        while head := self.process.stdout.readline():
            assert head.startswith(b"Content-Length: "), head
            while self.process.stdout.readline().strip():
                pass
            self.told.put(json.loads(self.process.stdout.read(int(head.split()[1]))))

    def send(self, method: str, params: object, *, asks: bool = False) -> None:
        message: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params}
        if asks:
            self.number += 1
            message["id"] = self.number
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def answer(self, method: str, params: object) -> Any:
        self.send(method, params, asks=True)
        while True:
            told = self.heard()
            if told.get("id") == self.number:
                assert "error" not in told, told
                return told["result"]

    def diagnostics(self, version: int | None = None) -> list[dict[str, Any]]:
        while True:
            told = self.heard()
            if told.get("method") == "textDocument/publishDiagnostics" and told["params"].get("version") == version:
                found: list[dict[str, Any]] = told["params"]["diagnostics"]
                return found

    def heard(self) -> dict[str, Any]:
        try:
            return self.told.get(timeout=30)
        except Empty:
            pytest.fail("the server said nothing for half a minute")


@pytest.fixture
def editor() -> Iterator[Editor]:
    made = Editor()
    capabilities = {"general": {"positionEncodings": ["utf-16"]}}
    made.answer("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
    made.send("initialized", {})
    yield made
    made.answer("shutdown", None)
    made.send("exit", None)
    assert made.process.wait(timeout=30) == 0
    for pipe in (made.process.stdin, made.process.stdout):
        assert pipe is not None
        pipe.close()


def opened(uri: str, text: str) -> dict[str, object]:
    return {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}


def test_an_editor_is_told_of_faults_while_they_are_typed(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "study.yaml").as_uri()
    editor.send("textDocument/didOpen", opened(uri, LOOP))
    found = {each["code"]: each for each in editor.diagnostics(1)}
    loop = found["endless-loop"]
    assert loop["severity"] == 1 and loop["source"] == "equipoise"
    assert "bloods -> again -> bloods" in loop["message"]
    assert loop["range"]["start"] == {"line": 7, "character": 4}

    # The pointer on the finding: its page. On a word that is no finding: nothing.
    at = {"textDocument": {"uri": uri}, "position": loop["range"]["start"]}
    assert "Give one step of the circle a limit" in editor.answer("textDocument/hover", at)["contents"]["value"]
    at["position"] = {"line": 2, "character": 1}
    assert editor.answer("textDocument/hover", at) is None

    # A limit is typed and not saved. Two keystrokes, of which the last alone is answered.
    for version, text in (2, "again: {next: bloods, lim"), (3, "again: {next: bloods, limit: 3}"):
        changed = LOOP.replace("again: {next: bloods}", text)
        document = {"uri": uri, "version": version}
        editor.send("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": changed}]})
    assert "endless-loop" not in {each["code"] for each in editor.diagnostics(3)}
    editor.send("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert editor.diagnostics() == []


def test_columns_are_counted_as_the_editor_counts_them(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "study.yaml").as_uri()
    text = LOOP.replace("title: A loop", "title: {🙂🙂: 1, 🙂: A loop}   # a loop")
    editor.send("textDocument/didOpen", opened(uri, text))
    found = [each for each in editor.diagnostics(1) if each["range"]["start"]["line"] == 2]
    assert found
    assert found[0]["range"]["start"]["character"] == len("title: ")
    editor.send("textDocument/didOpen", opened(uri, LOOP.replace("{next: bloods}", "{do: [🙂], next: blods}")))
    (found,) = (each for each in editor.diagnostics(1) if "'blods'" in each["message"])
    # 🙂 is one character of two UTF-16 units
    assert found["range"]["start"]["character"] == len("    again: {do: [🙂], next: ") + 1


def test_other_files_are_left_alone_and_a_finding_that_is_named_is_explained(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "compose.yaml").as_uri()
    editor.send("textDocument/didOpen", opened(uri, "services:\n  db: {image: x}\n# endless-loop\n"))
    assert editor.diagnostics(1) == []
    at = {"textDocument": {"uri": uri}, "position": {"line": 2, "character": 5}}
    assert editor.answer("textDocument/hover", at)["contents"]["value"].startswith("**endless-loop** (error)")


def test_without_the_library_a_sentence_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "equipoise.language_server", None)
    monkeypatch.delitem(sys.modules, "equipoise.language_server")
    monkeypatch.setitem(sys.modules, "pygls", None)
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    monkeypatch.setattr(sys, "argv", ["equipoise", "editor"])
    with pytest.raises(SystemExit) as ended:
        app()
    assert ended.value.code == 1
    assert "pip install 'equipoise[editor]'" in capsys.readouterr().err
