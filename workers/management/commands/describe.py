"""`manage.py describe`: who wrote the portraits' words, and how well a generator would."""

import json
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Workspace
from accounts.queries.workspaces import get_only_workspace, get_workspace
from core.errors import LikenessError
from language.generate import Generator
from language.phrasing import Attempt
from profiles.queries.described import count_writers
from profiles.services.descriptions import try_phrasing
from workers.generators import load_generator


@dataclass(frozen=True, slots=True)
class Report:
    """How the descriptions of a workspace were written.

    Shares are in [0, 1]; `template_share` is that of descriptions which the template wrote
    whole, for want of a generator or of sentences that passed.
    """

    workspace: str
    language: str
    described: int
    generator: int
    mixed: int
    template: int
    template_share: float


@dataclass(frozen=True, slots=True)
class Trial:
    """What a generator made of some users' portraits, with nothing kept.

    `supported_share` is that of its claims which the statements support, before the check
    removed the others; `kept_share` that of its sentences which passed. Units: seconds and
    tokens are for one description.
    """

    model: str
    revision: str
    language: str
    users: int
    sentences: int
    kept_share: float
    claims: int
    supported_share: float
    problems: dict[str, int]
    ways: dict[str, int]
    seconds: float
    tokens: float


class Command(BaseCommand):
    """Reports; it changes nothing."""

    help = "Say who wrote the descriptions, or try the generator that is set on some users."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", help="its name; may be left out where there is one")
        parser.add_argument("--language", default="en", choices=["en", "zh"])
        parser.add_argument("--report", action="store_true", help="who wrote them (the default)")
        parser.add_argument("--try", type=int, metavar="N", help="ask the generator about N users")
        parser.add_argument("--json", action="store_true", help="write JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            name = options["workspace"]
            workspace = get_workspace(name) if name else get_only_workspace()
            if options["try"]:
                told: Report | Trial = tried(workspace, options["try"], options["language"])
            else:
                told = report(workspace, options["language"])
        except LikenessError as error:
            raise CommandError(error.message) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(told), indent=2, ensure_ascii=False))
            return
        for key, value in asdict(told).items():
            shown = f"{value:.3f}" if isinstance(value, float) else value
            self.stdout.write(f"{key.replace('_', ' '):16} {shown}")


def report(workspace: Workspace, language: str) -> Report:
    """Return who wrote the stored descriptions."""
    ways = count_writers([workspace.pk], language)[workspace.pk]
    described = sum(ways.values())
    return Report(
        workspace=workspace.name,
        language=language,
        described=described,
        generator=ways["generator"],
        mixed=ways["mixed"],
        template=ways["template"],
        template_share=ways["template"] / described if described else 0.0,
    )


def tried(workspace: Workspace, count: int, language: str) -> Trial:
    """Ask the generator that is set about `count` users, the first by id, and keep nothing."""
    generator = load_generator()
    if generator is None:
        raise CommandError("No generator is set: LIKENESS_GENERATOR is template.")
    started = time.perf_counter()
    made = try_phrasing(workspace.pk, count, generator=generator, language=language)
    return _trial(generator, made, language, time.perf_counter() - started)


def _trial(
    generator: Generator, made: Sequence[tuple[Attempt, str]], language: str, seconds: float
) -> Trial:
    attempts = [attempt for attempt, _ in made]
    users = max(1, len(attempts))
    sentences = sum(each.asked for each in attempts)
    claims = sum(each.claims for each in attempts)
    return Trial(
        model=generator.name,
        revision=generator.revision,
        language=language,
        users=len(attempts),
        sentences=sentences,
        kept_share=sum(each.passed for each in attempts) / max(1, sentences),
        claims=claims,
        supported_share=sum(each.supported for each in attempts) / max(1, claims),
        problems=dict(sum((each.problems for each in attempts), Counter())),
        ways=dict(Counter(how for _, how in made)),
        seconds=seconds / users,
        tokens=sum(each.tokens for each in attempts) / users,
    )
