import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Membership
from catalog.models import Item, Space, Tag
from core.models import JobRun, StageRun
from profiles.models import Kind, Reading, Segment, Statement, User
from recommendations.models import Fit, Slate
from tests.factories import make_workspace
from tests.likeness.people import (
    Reader,
    give_statement,
    give_statements,
    make_account,
    make_reader,
    make_staff,
)

PROPOSED = Statement.Status.PROPOSED
LISTED = [Item, Tag, Space, User, Reading, Statement, Segment, Kind, Fit, Slate, JobRun, StageRun]


def staff_client(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def curator(reader: Reader) -> Client:
    """A curator's browser, in the reader's workspace."""
    return staff_client(make_staff("curator", reader.world.workspace))


@pytest.fixture
def owner(reader: Reader) -> Client:
    """An owner's browser, in the reader's workspace."""
    return staff_client(make_staff("owner", reader.world.workspace, role=Membership.Role.OWNER))


def portrait_of(reader: Reader) -> str:
    return reverse("admin:profiles_user_change", args=[reader.user.pk])


def text_of(response) -> str:
    return response.content.decode()


def address_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_a_portrait_shows_the_evidence_and_what_would_be_recommended(reader, curator):
    page = text_of(curator.get(portrait_of(reader)))
    assert "A fine cold house." in page
    assert "What would be recommended now" in page
    assert "Fits your liking for gothic</a>" in page
    assert page.count("<h1") == 1
    assert "likeness/icon.svg" in page
    assert not Slate.objects.exists()


def test_a_rejection_moves_the_list_that_is_shown(reader, curator):
    statement = Statement.objects.get(user=reader.user)
    change = {"statement": statement.pk, "verdict": "reject"}
    page = text_of(curator.post(portrait_of(reader), change, follow=True))
    statement.refresh_from_db()
    assert statement.status == Statement.Status.REJECTED
    assert "The list beside the statements has followed." in page
    assert "Fits your liking for gothic" not in page


def test_a_new_place_on_the_list_is_marked_once(reader, curator):
    travel = reader.world.tags["travel"]
    waiting = give_statement(
        reader.user, travel, reader.world.travel[:1], status=PROPOSED, strength=1.0
    )
    change = {"statement": waiting.pk, "verdict": "pin"}
    moved = curator.post(portrait_of(reader), change, follow=True)
    assert "lk-move" in text_of(moved)
    assert "lk-move" not in text_of(curator.get(portrait_of(reader)))


def test_another_users_statement_is_not_changed_from_this_portrait(reader, curator):
    other = make_reader("bob", world=reader.world)
    theirs = Statement.objects.get(user=other.user)
    curator.post(portrait_of(reader), {"statement": theirs.pk, "verdict": "reject"})
    theirs.refresh_from_db()
    assert theirs.status == Statement.Status.ACTIVE


def test_an_account_is_linked_and_unlinked(reader, owner):
    User.objects.filter(pk=reader.user.pk).update(account=None)
    link = {"do": "link", "username": "ada"}
    page = text_of(owner.post(portrait_of(reader), link, follow=True))
    assert "ada now signs in as this user." in page
    assert User.objects.get(pk=reader.user.pk).account == reader.account
    owner.post(portrait_of(reader), {"do": "unlink"})
    assert User.objects.get(pk=reader.user.pk).account is None


@pytest.mark.parametrize(
    ("username", "words"),
    [
        ("nobody", "No active account is called &#x27;nobody&#x27;."),
        ("bob", "bob is linked to another user here"),
    ],
)
def test_a_link_that_cannot_be_made_is_explained(reader, owner, username, words):
    make_reader("bob", world=reader.world)
    change = {"do": "link", "username": username}
    assert words in text_of(owner.post(portrait_of(reader), change, follow=True))
    assert User.objects.get(pk=reader.user.pk).account == reader.account


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"do": "link", "username": "ada\0"}, "remove the control characters"),
        ({"do": "link", "username": "a" * 200}, "send at most 150"),
        ({"verdict": "reject", "statement": "9" * 5_000}, "Choose confirm, reject or pin."),
    ],
)
def test_made_up_fields_of_a_form_are_refused_in_words(reader, owner, change, words):
    assert words in text_of(owner.post(portrait_of(reader), change, follow=True))


@pytest.mark.parametrize("made_up", ["9" * 5_000, "one", "\0"])
def test_a_made_up_workspace_in_the_address_filters_nothing(reader, made_up):
    make_workspace("another")
    page = staff_client(make_staff("chief")).get(address_of(Item), {"workspace": made_up})
    assert page.context["cl"].result_count == Item.objects.count()


def test_permissions_beside_the_membership_open_no_accounts(reader):
    workspace = reader.world.workspace
    account = make_staff("clerk", workspace, role=Membership.Role.CURATOR)
    account.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    clerk = staff_client(account)
    for asked in (account, reader.account):
        address = reverse("admin:accounts_account_change", args=[asked.pk])
        assert clerk.get(address).status_code == 403
        assert clerk.post(address, {"is_superuser": "on"}).status_code == 403
        password = reverse("admin:auth_user_password_change", args=[asked.pk])
        assert clerk.get(password).status_code == 403
    page = clerk.get(reverse("admin:accounts_workspace_change", args=[workspace.pk]))
    assert page.status_code == 200
    assert 'name="memberships-0-role"' not in text_of(page)
    assert clerk.post(page.request["PATH_INFO"], {"name": "mine"}).status_code == 403
    elsewhere = make_workspace("elsewhere")
    there = reverse("admin:accounts_workspace_change", args=[elsewhere.pk])
    assert clerk.get(there).status_code in {302, 403}
    account.refresh_from_db()
    assert not account.is_superuser


def test_a_viewer_looks_and_changes_nothing(reader):
    workspace = reader.world.workspace
    viewer = staff_client(make_staff("viewer", workspace, role=Membership.Role.VIEWER))
    assert "Confirm</button>" not in text_of(viewer.get(portrait_of(reader)))
    statement = Statement.objects.get(user=reader.user)
    change = {"statement": statement.pk, "verdict": "reject"}
    page = text_of(viewer.post(portrait_of(reader), change, follow=True))
    assert "but not change it" in page
    statement.refresh_from_db()
    assert statement.status == Statement.Status.ACTIVE


def test_staff_of_another_workspace_see_nothing(reader):
    give_statements(reader.user, 2, status=PROPOSED)
    elsewhere = make_workspace("elsewhere")
    stranger = staff_client(make_staff("stranger", elsewhere))
    assert stranger.get(portrait_of(reader)).status_code == 404
    assert reader.world.workspace.name not in text_of(stranger.get("/admin/"))
    for model in LISTED:
        page = stranger.get(address_of(model))
        assert page.status_code == 200
        theirs = model.objects.filter(workspace=elsewhere).count()
        assert page.context["cl"].result_count == theirs
        assert reader.world.workspace.name not in text_of(page)
    assert stranger.get(address_of(Account)).status_code == 403
    assert address_of(Account) not in text_of(stranger.get("/admin/"))


def test_readers_and_visitors_do_not_get_in(reader, visit):
    for client in (visit, Client()):
        for address in ("/admin/", portrait_of(reader)):
            assert client.get(address).status_code == 302


@pytest.mark.parametrize("verdict", ["confirm", "reject"])
def test_the_inbox_answers_many_at_once(reader, curator, verdict):
    waiting = give_statements(reader.user, 3, status=PROPOSED)
    answer = {"action": verdict, "_selected_action": [one.pk for one in waiting]}
    page = curator.post(address_of(Statement), answer, follow=True)
    assert "3 statements answered." in text_of(page)
    status = {"confirm": "active", "reject": "rejected"}[verdict]
    assert {one.status for one in Statement.objects.filter(pk__in=answer["_selected_action"])} == {
        status
    }


def test_the_inbox_shows_what_is_held_now_unless_asked(reader, curator):
    statement = Statement.objects.get(user=reader.user)
    statement.valid_until = statement.valid_from
    statement.save()
    assert curator.get(address_of(Statement)).context["cl"].result_count == 0
    past = curator.get(address_of(Statement), {"validity": "past"})
    assert past.context["cl"].result_count == 1


def test_a_workspace_filter_offers_no_workspace_of_others(reader):
    make_workspace("elsewhere")
    mine = make_workspace("mine-too")
    account = make_staff("curator", reader.world.workspace)
    Membership.objects.create(account=account, workspace=mine, role=Membership.Role.CURATOR)
    page = text_of(staff_client(account).get(address_of(Item)))
    assert f"?workspace={mine.pk}" in page
    assert "elsewhere" not in page


def make_rows(name: str, count: int) -> Account:
    """Make a workspace with so many rows of every list, and staff who see only it."""
    reader = make_reader(name, size=count)
    workspace, space = reader.world.workspace, reader.world.space
    give_statements(reader.user, count, quote="Some words.")
    for number in range(count):
        Segment.objects.create(
            workspace=workspace, number=number, space=space, centroid=[1.0, 0.0, 0.0], version="1"
        )
        Fit.objects.create(workspace=workspace, version="1")
        Slate.objects.create(
            workspace=workspace, user=reader.user, item_ids=[], scores=[], query={}
        )
        JobRun.objects.create(workspace=workspace, name="ingest", total=4, done=2)
        StageRun.objects.create(workspace=workspace, stage=f"s{number}", rows=9, seconds=3.0)
    return make_staff(f"staff-{name}", workspace)


@pytest.fixture
def both_sizes(db) -> list[Client]:
    """The browsers of staff with a small and with a large workspace."""
    return [staff_client(make_rows("small", 3)), staff_client(make_rows("large", 12))]


def test_lists_and_the_first_page_ask_as_many_questions_at_any_size(both_sizes):
    for address in ["/admin/", *(address_of(model) for model in LISTED)]:
        counts = []
        for client in both_sizes:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1], address


def test_a_portrait_asks_as_many_questions_at_any_size(db):
    counts = []
    for name, size in (("small", 9), ("large", 18)):  # both fill a list: a short one says why
        client = staff_client(make_rows(name, size))
        user = User.objects.get(external_id=name)
        address = reverse("admin:profiles_user_change", args=[user.pk])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_every_list_and_form_opens_for_a_superuser(both_sizes):
    chief = staff_client(make_staff("chief"))
    for model, shown in admin.site._registry.items():
        address = address_of(model)
        assert chief.get(address).status_code == 200, address
        row = shown.model._default_manager.order_by("pk").first()
        if row is not None:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
            assert chief.get(reverse(name, args=[row.pk])).status_code == 200, name


def test_the_first_page_has_a_row_for_each_stage_with_its_rate(both_sizes):
    page = text_of(both_sizes[0].get("/admin/"))
    assert '<th scope="row">s2</th><td>9</td><td>3</td>' in page
    assert page.count('<th scope="row">') == 3


def test_what_a_user_wrote_is_escaped_for_staff_too(reader, curator):
    evil = "<script>alert(1)</script>"
    Statement.objects.get(user=reader.user).evidence.update(quote=evil)
    User.objects.filter(pk=reader.user.pk).update(name=evil)
    for address in (portrait_of(reader), address_of(Statement), address_of(User)):
        assert evil not in text_of(curator.get(address))


def test_an_account_without_a_user_is_told_so(db):
    page = staff_client(make_account("lonely")).get("/for-you/")
    assert page.status_code == 404
    assert "not linked to anybody" in text_of(page)
