"""A reader with a portrait and a login, on two shelves of books; and staff who look at it."""

from dataclasses import dataclass

from accounts.models import Account, Membership, Workspace
from catalog.models import Item, Tag
from profiles.models import Evidence, Interaction, Statement, User
from tests.factories import make_interaction, make_tag, make_user
from tests.recommendations.worlds import NOW, World, make_world, put_statement

PASSWORD = "a-password-for-tests"


@dataclass
class Reader:
    """A user who signs in, in a world of gothic and travel books."""

    world: World
    user: User
    account: Account


def make_reader(
    name: str = "ada", *, size: int = 8, world: World | None = None, password: str | None = None
) -> Reader:
    """Make a reader who took to three gothic books, and likes gothic because of them."""
    world = world or make_world(size)
    account = make_account(name, password)
    user = make_user(world.workspace, name, account=account)
    for item in world.gothic[:3]:
        make_interaction(user, item, happened_at=NOW)
    give_statement(user, world.tags["gothic"], world.gothic[:2], quote="A fine cold house.")
    return Reader(world, user, account)


def give_statement(
    user: User, tag: Tag, items: list[Item], *, polarity: int = 1, quote: str = "", **fields
) -> Statement:
    """State that the user likes or dislikes the tag, because of what they did to the items."""
    values = {"strength": 0.8, "confidence": 0.9, "level": Statement.Level.OBSERVED} | fields
    statement = put_statement(user, tag, polarity, **values)
    for item in items:
        met = Interaction.objects.filter(user=user, item=item).first()
        Evidence.objects.create(
            workspace_id=user.workspace_id,
            statement=statement,
            interaction=met or make_interaction(user, item, happened_at=NOW),
            weight=polarity * 0.7,
            quote=quote,
        )
    return statement


def give_statements(user: User, count: int, **fields) -> list[Statement]:
    """State that the user likes so many tags more, each because of one gothic book."""
    item = Interaction.objects.filter(user=user).order_by("pk").select_related("item")[0].item
    tags = [make_tag(user.workspace, f"{user.external_id}-tag-{n}") for n in range(count)]
    return [give_statement(user, tag, [item], **fields) for tag in tags]


def make_account(name: str, password: str | None = None, **fields) -> Account:
    return Account.objects.create_user(name, password=password, **fields)


def make_staff(
    name: str,
    workspace: Workspace | None = None,
    *,
    role: str = Membership.Role.CURATOR,
    password: str | None = None,
) -> Account:
    """Make staff of one workspace, or of all where none is named."""
    if workspace is None:
        return make_account(name, password, is_staff=True, is_superuser=True)
    account = make_account(name, password, is_staff=True)
    Membership.objects.create(account=account, workspace=workspace, role=role)
    return account
