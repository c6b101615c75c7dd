"""What each role may do in the admin, and in no workspace but its own."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, ApiKey, Membership, Workspace
from catalog.models import Item, ItemTag, Tag
from catalog.rows import ItemIn
from catalog.services.items import upsert_items
from profiles.models import Kind, Statement, User
from tests.factories import make_tag, make_workspace
from tests.likeness.people import Reader, make_account, make_staff

Role = Membership.Role
NO_TAGS = {"item_tags-TOTAL_FORMS": 0, "item_tags-INITIAL_FORMS": 0}
ROLES = [Role.VIEWER, Role.CURATOR, Role.OWNER]


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def staff_of(reader: Reader, role: str) -> Client:
    return client_of(make_staff(f"the-{role}", reader.world.workspace, role=role))


def list_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def form_of(row) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])


def tag_form(tag: Tag, **changes) -> dict[str, object]:
    """Return what the form of the tag would send."""
    return {"names": json.dumps({"en": tag.key}), "source": tag.source} | changes


def block_in_list(client: Client, *tags: Tag) -> int:
    rows = {}
    for place, tag in enumerate(tags):
        rows |= {f"form-{place}-id": tag.pk, f"form-{place}-is_blocked": "on"}
    counts = {"form-TOTAL_FORMS": len(tags), "form-INITIAL_FORMS": len(tags), "_save": "Save"}
    return client.post(list_of(Tag), rows | counts).status_code


@pytest.mark.parametrize("model", [Item, Tag, Kind])
def test_nobody_deletes_in_the_admin_what_a_portrait_may_rest_on(reader, model):
    chief = client_of(make_staff("chief"))
    row = model.objects.filter(workspace=reader.world.workspace).order_by("pk")[0]
    delete = form_of(row).replace("change", "delete")
    assert chief.post(delete, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    chief.post(list_of(model), chosen)
    assert model.objects.filter(pk=row.pk).exists()
    assert Statement.objects.get(user=reader.user).evidence.count() == 2


def test_workspaces_are_made_and_deleted_by_the_command_that_knows_how(reader):
    chief, workspace = client_of(make_staff("chief")), reader.world.workspace
    fields = workspace_form(workspace, name="another", scenario="reading")
    assert chief.post(reverse("admin:accounts_workspace_add"), fields).status_code == 403
    delete = form_of(workspace).replace("change", "delete")
    assert chief.post(delete, {"post": "yes"}).status_code == 403


def test_a_curator_elsewhere_changes_no_tag_where_they_only_look(reader):
    looked_at, own = reader.world.tags["gothic"], make_tag(make_workspace("own"), "gothic")
    account = make_staff("two-hats", own.workspace)
    Membership.objects.create(account=account, workspace=looked_at.workspace, role=Role.VIEWER)
    client = client_of(account)
    tags = sorted([own, *Tag.objects.filter(workspace=looked_at.workspace)], key=lambda t: t.key)
    block_in_list(client, *tags)
    assert list(Tag.objects.filter(is_blocked=True)) == [own]
    assert client.post(form_of(looked_at), tag_form(looked_at)).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_only_owners_revoke_keys(reader, role):
    key = ApiKey.objects.create(
        workspace=reader.world.workspace,
        name="shop",
        prefix="abcd",
        secret_hash="",
        scopes=["items"],
        expires_at=timezone.now() + timedelta(days=1),
    )
    chosen = {"action": "revoke", "_selected_action": [key.pk]}
    staff_of(reader, role).post(list_of(ApiKey), chosen)
    key.refresh_from_db()
    assert (key.revoked_at is not None) == (role == Role.OWNER)


def workspace_form(workspace: Workspace, **members: object) -> dict[str, object]:
    counts = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    return {"title": "A new title", "name": "stolen"} | counts | members


@pytest.mark.parametrize("role", ROLES)
def test_only_owners_change_a_workspace_and_its_members(reader, role):
    workspace = reader.world.workspace
    client, name = staff_of(reader, role), workspace.name
    newcomer = make_account("newcomer")
    added = {"account": "newcomer", "role": "curator", "workspace": workspace.pk}
    members = {f"memberships-0-{field}": value for field, value in added.items()}
    members |= {"memberships-TOTAL_FORMS": 1}
    client.post(form_of(workspace), workspace_form(workspace, **members))
    workspace.refresh_from_db()
    may = role == Role.OWNER
    assert (workspace.title == "A new title") == may
    assert Membership.objects.filter(account=newcomer, workspace=workspace).exists() == may
    assert workspace.name == name


@pytest.mark.parametrize("role", ROLES)
def test_every_member_sees_who_else_works_there(reader, role):
    page = staff_of(reader, role).get(form_of(reader.world.workspace))
    assert f"the-{role}" in page.content.decode().partition("memberships")[2]


@pytest.mark.parametrize("role", ROLES)
def test_every_member_sees_why_an_item_has_its_tags(reader, role):
    item = reader.world.gothic[0]
    ItemTag.objects.filter(item=item).update(words="a ruined abbey")
    assert "a ruined abbey" in staff_of(reader, role).get(form_of(item)).content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_viewers_start_no_work(reader, role):
    page = staff_of(reader, role).get(list_of(User)).content.decode()
    assert ('value="draw_again"' in page) == (role != Role.VIEWER)


def test_an_owner_changes_no_other_workspace(reader):
    elsewhere = make_workspace("elsewhere", title="As it was")
    owner = staff_of(reader, Role.OWNER)
    assert owner.post(form_of(elsewhere), workspace_form(elsewhere)).status_code in {302, 403}
    elsewhere.refresh_from_db()
    assert elsewhere.title == "As it was"


@pytest.mark.parametrize("role", ROLES)
def test_only_owners_link_a_login(reader, role):
    User.objects.filter(pk=reader.user.pk).update(account=None)
    client, address = staff_of(reader, role), form_of(reader.user)
    client.post(address, {"do": "link", "username": "ada"})
    linked = User.objects.get(pk=reader.user.pk).account
    assert linked == (reader.account if role == Role.OWNER else None)
    assert ('value="unlink"' in client.get(address).content.decode()) == (role == Role.OWNER)


@pytest.mark.parametrize("is_chief", [False, True])
@pytest.mark.parametrize("whose", ["superuser", "elsewhere"])
def test_a_login_that_works_elsewhere_is_linked_by_superusers_only(reader, whose, is_chief):
    User.objects.filter(pk=reader.user.pk).update(account=None)
    elsewhere = None if whose == "superuser" else make_workspace()
    named = make_staff("busy", elsewhere)
    client = client_of(make_staff("chief")) if is_chief else staff_of(reader, Role.OWNER)
    page = client.post(form_of(reader.user), {"do": "link", "username": "busy"}, follow=True)
    assert User.objects.get(pk=reader.user.pk).account == (named if is_chief else None)
    assert ("works elsewhere" in page.content.decode()) != is_chief


@pytest.mark.parametrize("role", ROLES)
def test_curators_keep_the_vocabulary_and_owners_the_kinds(reader, role):
    client, tag = staff_of(reader, role), reader.world.tags["gothic"]
    kind = Kind.objects.get(workspace=tag.workspace, name="like")
    client.post(form_of(tag), tag_form(tag, names='{"en": "Dark"}'))
    weights = {"name": "like", "polarity": 1, "weight": 0.125, "half_life_days": 9}
    client.post(form_of(kind), weights)
    tag.refresh_from_db()
    kind.refresh_from_db()
    assert (tag.names == {"en": "Dark"}) == (role != Role.VIEWER)
    assert (kind.weight == 0.125) == (role == Role.OWNER)


def test_a_tag_keeps_its_workspace_and_key(reader):
    tag, account = reader.world.tags["gothic"], make_staff("two-hats", make_workspace("own"))
    Membership.objects.create(account=account, workspace=tag.workspace, role=Role.CURATOR)
    moved = tag_form(tag, workspace=Workspace.objects.get(name="own").pk, key="other")
    assert client_of(account).post(form_of(tag), moved).status_code == 302
    stored = Tag.objects.get(pk=tag.pk)
    assert (stored.workspace_id, stored.key) == (tag.workspace_id, "gothic")


def test_a_parent_is_of_the_same_workspace_and_not_below_the_tag(reader):
    tag, account = reader.world.tags["gothic"], make_staff("two-hats", make_workspace("own"))
    Membership.objects.create(account=account, workspace=tag.workspace, role=Role.CURATOR)
    client = client_of(account)
    foreign = make_tag(Workspace.objects.get(name="own"), "mood")
    below = make_tag(tag.workspace, "castles", parent=tag)
    for parent, words in [(foreign, "same workspace"), (below, "below it"), (tag, "below it")]:
        page = client.post(form_of(tag), tag_form(tag, parent=parent.pk))
        assert words in page.content.decode(), parent
    fine = make_tag(tag.workspace, "mood")
    assert client.post(form_of(tag), tag_form(tag, parent=fine.pk)).status_code == 302
    assert Tag.objects.get(pk=tag.pk).parent == fine


@pytest.mark.parametrize("names", ['["dark"]', '"dark"', '{"en": 3}'])
def test_names_that_no_page_could_show_are_refused(reader, names):
    tag = reader.world.tags["gothic"]
    page = staff_of(reader, Role.CURATOR).post(form_of(tag), tag_form(tag, names=names))
    assert "Give names by language" in page.content.decode()


def test_a_new_tag_is_looked_for_in_all_items(reader):
    workspace = reader.world.workspace
    Item.objects.filter(workspace=workspace).update(tag_version="1")
    client = staff_of(reader, Role.CURATOR)
    asked = {"workspace": workspace.pk, "key": " Sea-Faring. ", "source": "staff"}
    asked |= {"names": json.dumps({"en": "sea-faring"})}
    assert client.post(reverse("admin:catalog_tag_add"), asked).status_code == 302
    assert Tag.objects.filter(workspace=workspace, key="sea-faring").exists()
    assert not Item.objects.filter(workspace=workspace).exclude(tag_version="").exists()


def revision_of(reader: Reader) -> int:
    return User.objects.get(pk=reader.user.pk).evidence_revision


def test_portraits_are_due_once_a_tag_is_blocked_or_a_kind_weighs_otherwise(reader):
    owner, tag = staff_of(reader, Role.OWNER), reader.world.tags["gothic"]
    kind = Kind.objects.get(workspace=tag.workspace, name="like")
    seen = revision_of(reader)
    owner.post(form_of(tag), tag_form(tag, is_blocked="on"))
    assert revision_of(reader) > seen
    seen = revision_of(reader)
    weights = {"name": "like", "polarity": 1, "weight": 0.125, "half_life_days": 9}
    owner.post(form_of(kind), weights)
    assert revision_of(reader) > seen


def test_what_staff_say_of_availability_holds_until_the_partner_sends_the_item(reader):
    sent = ItemIn(id="emma", title="Emma")
    workspace = reader.world.workspace
    upsert_items(workspace=workspace, rows=[sent])
    item = Item.objects.get(external_id="emma")
    client = staff_of(reader, Role.CURATOR)
    assert client.post(form_of(item), NO_TAGS).status_code == 302
    assert not Item.objects.get(pk=item.pk).is_available
    assert upsert_items(workspace=workspace, rows=[sent])[0].status == "updated"
    assert Item.objects.get(pk=item.pk).is_available


def test_staff_are_refused_what_an_api_call_would_be(reader):
    item = Item.objects.filter(workspace=reader.world.workspace)[0]
    client = staff_of(reader, Role.CURATOR)
    dates = {"available_until_0": "1700-01-01", "available_until_1": "00:00:00"}
    page = client.post(form_of(item), NO_TAGS | dates)
    assert "send a date between" in page.content.decode()
