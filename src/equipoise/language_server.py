"""Findings as one types: a language server that any editor may start, speaking over standard input and output."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from .finding import Finding, Severity
from .pages import pages
from .study import FILE, VERSIONS, Unsound, study

PAUSE = 0.3
"""Seconds without a keystroke after which what is written is looked at."""

LEVELS = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.NOTE: lsp.DiagnosticSeverity.Information,
}
_NAME = re.compile(r"[a-z]+(-[a-z]+)*")
_STUDY = re.compile(r"^equipoise\s*:", re.MULTILINE)
_LINES = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Shown:
    """What an editor was told of one text: its lines, what was found, and where on them."""

    lines: tuple[str, ...]
    findings: tuple[tuple[Finding, lsp.Range], ...]


def serve() -> None:
    """Speak with an editor until it ends the conversation."""
    server().start_io()


def server() -> LanguageServer:
    """A server that knows two things: what is wrong with a study's text, and what a finding means."""
    made = LanguageServer("equipoise", version("equipoise"))
    shown: dict[str, Shown] = {}
    asked: dict[str, int] = {}
    worker = ThreadPoolExecutor(max_workers=1)  # the solver is used by one thread alone

    async def look(uri: str, *, pause: float = PAUSE) -> None:
        asked[uri] = mine = asked.get(uri, 0) + 1
        await asyncio.sleep(pause)
        if asked[uri] != mine:  # something was typed since: that is looked at instead
            return
        document = made.workspace.get_text_document(uri)
        text, number, path = document.source, document.version, Path(to_fs_path(uri) or FILE)
        lines = tuple(_LINES.split(text))
        if uri not in shown or shown[uri].lines != lines:
            found = await asyncio.get_running_loop().run_in_executor(worker, findings, text, path)
            if asked[uri] != mine:
                return
            codec = made.workspace.position_codec
            placed = tuple((each, codec.range_to_client_units(lines, _range(each, lines, path))) for each in found)
            shown[uri] = Shown(lines, placed)
        told = [_diagnostic(each, at, path) for each, at in shown[uri].findings]
        made.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, told, number))

    @made.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        await look(params.text_document.uri, pause=0)

    @made.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        await look(params.text_document.uri)

    @made.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        await look(params.text_document.uri, pause=0)

    @made.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        asked[uri] = asked.get(uri, 0) + 1
        shown.pop(uri, None)
        made.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    @made.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(params: lsp.HoverParams) -> lsp.Hover | None:
        known = shown.get(params.text_document.uri)
        if known is None:
            return None
        here = [(each, at) for each, at in known.findings if at.start <= params.position <= at.end]
        if here:
            told = "\n\n---\n\n".join(_told(each) for each, _ in here)
            return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, told), here[0][1])
        place = made.workspace.position_codec.position_from_client_units(known.lines, params.position)
        word = _word(known.lines[place.line], place.character)
        page = pages().get(word)
        if page is None:
            return None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, f"**{page.name}** ({page.weight})\n\n{page.markdown}"))

    return made


def findings(text: str, path: Path) -> tuple[Finding, ...]:
    """What is wrong with a text that is perhaps not saved yet; nothing is said of one that is no study, nor of what it accepts."""
    if path.name != FILE and path.parent.name != VERSIONS and not _STUDY.search(text):
        return ()
    try:
        found = study(text, file=str(path), folder=path.parent).check()
    except Unsound as why:
        found = why.findings
    return tuple(each for each in found if not each.accepted)


def _range(each: Finding, lines: tuple[str, ...], path: Path) -> lsp.Range:
    """The characters that a finding is about, the first line where it is about none of them."""
    place = each.place
    if place.file != str(path) or not 0 < place.line <= len(lines):
        return lsp.Range(lsp.Position(0, 0), lsp.Position(0, len(lines[0])))
    start = min(max(place.column - 1, 0), len(lines[place.line - 1]))
    return lsp.Range(lsp.Position(place.line - 1, start), lsp.Position(place.line - 1, start + max(1, place.width)))


def _diagnostic(each: Finding, at: lsp.Range, path: Path) -> lsp.Diagnostic:
    elsewhere = f"{each.place}: " if each.place.file != str(path) else ""
    mend = f"\nhelp: {each.fix}" if each.fix else ""
    return lsp.Diagnostic(
        at, f"{elsewhere}{each.says}{mend}", severity=LEVELS[each.severity], code=each.rule, source="equipoise"
    )


def _told(each: Finding) -> str:
    """A finding and its page, in Markdown."""
    parts = [f"**{each.rule}** ({each.severity.value}): {each.says}"]
    if each.fix:
        parts.append(f"*Help*: {each.fix}")
    if (page := pages().get(each.rule)) is not None:
        parts.append(page.markdown)
    return "\n\n".join(parts)


def _word(line: str, at: int) -> str:
    return next((each.group() for each in _NAME.finditer(line) if each.start() <= at <= each.end()), "")
