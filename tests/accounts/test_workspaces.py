"""Which workspaces an account may see, and as what."""

from accounts.models import Account, Membership
from accounts.queries.workspaces import role_in, workspaces_of
from tests.factories import make_workspace


def test_members_see_their_own_workspaces_and_superusers_all(db):
    one, two = make_workspace("one"), make_workspace("two")
    member = Account.objects.create_user("member", is_staff=True)
    chief = Account.objects.create_superuser("chief")
    Membership.objects.create(account=member, workspace=two, role="curator")
    assert list(workspaces_of(member)) == [two]
    assert list(workspaces_of(chief)) == [one, two]
    assert [role_in(member, one), role_in(member, two), role_in(chief, one)] == [
        "",
        "curator",
        "owner",
    ]


def test_an_account_that_was_closed_sees_nothing(db):
    make_workspace("one")
    gone = Account.objects.create_superuser("gone", is_active=False)
    assert not workspaces_of(gone).exists()
    assert role_in(gone, make_workspace("two")) == ""
