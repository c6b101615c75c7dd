"""A portrait as tables for a terminal."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from profiles.queries.portraits import Portrait
from profiles.queries.views import EvidenceView, StatementView

BAR = 10
BELIEF = 26
SPARKS = "▁▂▃▄▅▆▇█"
WORDS = {
    "en": {
        "likes": "Likes",
        "dislikes": "Dislikes",
        "proposed": "Waiting for review",
        "tag": "tag",
        "confidence": "sure",
        "because": "because",
        "nothing": "Nothing is believed yet: two independent signs are needed for a statement.",
        "from": "drawn from",
        "interactions": "interactions",
        "reviews": "reviews",
        "items": "items",
        "segment": "Segment",
        "breadth": "breadth",
        "novelty": "new items",
        "pleased": "pleased",
        "generosity": "generosity",
        "wrote": "reviewed",
        "sentiment": "Sentiment",
        "paused": "paused: nothing personal is used",
        "as_of": "as of",
        "latent": "May come to like: a guess from others, no fact",
        "drift": "moved in 90 days",
        "figures": "Figures",
    },
    "zh": {
        "likes": "喜欢",
        "dislikes": "不喜欢",
        "proposed": "待确认",
        "tag": "标签",
        "confidence": "把握",
        "because": "依据",
        "nothing": "暂无判断：至少要有两条独立的依据。",
        "from": "依据",
        "interactions": "次互动",
        "reviews": "条评论",
        "items": "件物品",
        "segment": "群体",
        "breadth": "广度",
        "novelty": "新物品",
        "pleased": "满意",
        "generosity": "宽容度",
        "wrote": "写评率",
        "sentiment": "情感",
        "paused": "已暂停：不使用任何个人信息",
        "as_of": "截至",
        "latent": "或许会喜欢：由他人推测，并非事实",
        "drift": "90 天内变化",
        "figures": "行为",
    },
}


def draw(portrait: Portrait, console: Console, *, lines: int) -> None:
    """Print the portrait, with at most `lines` pieces of evidence under each statement."""
    words = WORDS["zh" if portrait.language.startswith("zh") else "en"]
    console.print(Panel(Group(*_head(portrait, words)), border_style="cyan", expand=True))
    groups = (
        ("likes", portrait.likes, "green"),
        ("dislikes", portrait.dislikes, "red"),
        ("proposed", portrait.proposed, "yellow"),
        ("latent", portrait.latent, "magenta"),
    )
    if not portrait.statements:
        console.print(Text(words["nothing"], style="dim"))
    for key, statements, colour in groups:
        if statements:
            console.print(_table(words[key], statements, colour, words, lines))
    for line in _foot(portrait, words):
        console.print(line)


def _head(portrait: Portrait, words: dict[str, str]) -> Iterator[RenderableType]:
    title = f"[bold]{escape(portrait.name)}[/bold]  [dim]{escape(portrait.workspace)}"
    if portrait.as_of:
        title += f" · {words['as_of']} {portrait.as_of:%Y-%m-%d}"
    counts = portrait.counts
    yield Text.from_markup(
        f"{title} · {words['from']} {counts.interactions} {words['interactions']},"
        f" {counts.reviews} {words['reviews']}, {counts.items} {words['items']}[/dim]"
    )
    if portrait.is_paused:
        yield Text(words["paused"], style="bold yellow")
    if portrait.description:
        yield Text(portrait.description)


def _table(
    title: str,
    statements: Sequence[StatementView],
    colour: str,
    words: dict[str, str],
    lines: int,
) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style=f"bold {colour}",
        box=box.SIMPLE_HEAD,
        expand=True,
    )
    table.add_column(words["tag"], width=BELIEF, overflow="fold")
    table.add_column(words["because"], overflow="fold")
    for view in statements:
        table.add_row(
            _belief(view, colour, words),
            Group(*(_because(each) for each in view.evidence[:lines])),
        )
    return table


def _belief(view: StatementView, colour: str, words: dict[str, str]) -> Text:
    """Say what is believed, how strongly, how surely and at which level."""
    sign = "" if colour != "yellow" else ("+ " if view.polarity > 0 else "− ")
    lines = [
        (f"{sign}{view.name}\n", "bold"),
        (f"{view.parent}\n" if view.parent else "", "dim"),
        (f"{_bar(view.strength)} {view.strength:.1f}\n", colour),
        (f"{view.confidence:.0%} {words['confidence']} · {view.level}", "dim"),
    ]
    return Text.assemble(*lines)


def _bar(strength: float) -> str:
    full = round(strength * BAR)
    return "█" * full + "░" * (BAR - full)


def _because(view: EvidenceView) -> Text:
    when = f", {_day(view.happened_at)}" if view.happened_at else ""
    value = f" {view.value:g}" if view.value is not None else ""
    fact = f"{view.kind}{value}: {view.title or view.item}{when}"
    if not view.quote:
        return Text(f"{view.weight:+.2f} {fact}", style="dim")
    return Text.assemble((f"“{view.quote}”", "italic"), (f"  {fact}", "dim"))


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _foot(portrait: Portrait, words: dict[str, str]) -> Iterator[Text]:
    shown = {
        "breadth": "breadth",
        "novelty": "novelty",
        "pleased": "pleased_share",
        "wrote": "review_share",
        "generosity": "generosity",
        "drift": "drift",
    }
    told = [
        f"{words[word]} {portrait.behaviour[key]:.2f}"
        for word, key in shown.items()
        if portrait.behaviour.get(key) is not None
    ]
    if told:
        yield Text.assemble((f"{words['figures']}  ", "bold"), " · ".join(told))
    months = portrait.sentiment.get("months") or []
    if months:
        line = "".join(SPARKS[round((each["mean"] + 1) / 2 * 7)] for each in months)
        ends = f"{months[0]['month']} {line} {months[-1]['month']}"
        mean = f"  {portrait.sentiment['mean']:+.2f}"
        yield Text.assemble((f"{words['sentiment']}  ", "bold"), ends, mean)
    if portrait.segment:
        segment = portrait.segment
        yield Text.assemble(
            (f"{words['segment']}  ", "bold"), f"{segment.number} · {segment.name} ({segment.size})"
        )
