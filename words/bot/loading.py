"""A bot's file as a module: loaded by its path, and again when it has changed.

Modules beside it that it imports are helpers: they are loaded again with it.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from words.bot.behaviour import loading
from words.bot.bot import Bot
from words.errors import ConfigError


class Source:
    """The file of a bot, with those beside it that it imports."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._seen: dict[Path, float] = {}
        self._helpers: dict[str, ModuleType] = {}

    @property
    def folder(self) -> str:
        """Where the file is."""
        return str(self.path.parent)

    def changed(self) -> bool:
        """Return whether a file has changed since it was loaded."""
        return any(_written(path) != when for path, when in self._seen.items())

    def load(self) -> Bot:
        """Return the bot, checked; raises `ConfigError`. What was loaded before stays as it is."""
        if self.folder not in sys.path:
            sys.path.insert(0, self.folder)
        for name in self._helpers:
            sys.modules.pop(name, None)
        before = set(sys.modules)
        importlib.invalidate_caches()
        self._seen = {self.path: _written(self.path)}
        try:
            bot = self._load()
        except BaseException:
            for name in self._beside(before):
                self._note(sys.modules.pop(name))
            for name, module in self._helpers.items():
                sys.modules[name] = module
                self._note(module)
            raise
        self._helpers = {name: sys.modules[name] for name in self._beside(before)}
        for module in self._helpers.values():
            self._note(module)
        return bot

    def _load(self) -> Bot:
        name = f"words_bot_{self.path.stem}"
        spec = importlib.util.spec_from_file_location(name, self.path)
        if spec is None or spec.loader is None or not self.path.is_file():
            raise ConfigError(f"{self.path}: is no Python file")
        module = importlib.util.module_from_spec(spec)
        token = loading.set(True)
        try:
            spec.loader.exec_module(module)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            raise ConfigError(f"{self.path}: {_told(error, self.path)}") from error
        finally:
            loading.reset(token)
        values = vars(module).values()  # not isinstance: it asks them, and they may raise
        bots: dict[int, Bot] = {id(each): each for each in values if issubclass(type(each), Bot)}
        if len(bots) != 1:
            raise ConfigError(f"{self.path}: has {len(bots) or 'no'} bots; there must be one")
        (bot,) = bots.values()
        bot.check()
        return bot

    def _beside(self, before: set[str]) -> list[str]:
        """Return the names of modules that were imported since, and lie in the bot's folder."""
        return [
            name
            for name, module in sys.modules.items()
            if name not in before
            and (file := getattr(module, "__file__", None))
            and Path(file).parent == self.path.parent
        ]

    def _note(self, module: ModuleType) -> None:
        if module.__file__:
            self._seen[Path(module.__file__)] = _written(Path(module.__file__))


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _told(error: BaseException, path: Path) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [each.lineno for each in frames if each.filename == str(path)]
    line = f"line {lines[-1]}: " if lines else ""
    return f"{line}{type(error).__name__}: {error}"
