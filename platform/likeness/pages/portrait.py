"""My portrait: what is believed about the visitor, why, and the visitor's word on it."""

import json
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from catalog.queries.names import tag_names
from core.errors import ConflictError, InvalidError, NotFoundError
from likeness.pages.beliefs import belief_of, beliefs_of, beliefs_of_day
from likeness.pages.days import end_of, past_day_of
from likeness.pages.figures import bands_of, figures_of, habits_of, mood_of, rhythm_of
from likeness.pages.receipt import receipt_of
from likeness.pages.refusals import is_part
from likeness.pages.visitor import for_the_user, form_only, page_language
from profiles.models import Statement, User
from profiles.queries.portraits import portrait_of
from profiles.queries.statements import get_statement
from profiles.services import corrections
from profiles.services.descriptions import describe_to

Correction = Callable[..., Statement | None]


def _undo(*, statement: Statement, account: Account) -> Statement | None:
    """Take back the last word on a statement, whoever said it. Returns what holds instead."""
    return corrections.undo(statement=statement)


POLARITIES = {"1": 1, "-1": -1}  # by what the buttons send
CORRECTIONS: dict[str, Correction] = {
    "confirm": corrections.confirm,
    "reject": corrections.reject,
    "hide": corrections.hide,
    "unhide": corrections.unhide,
    "undo": _undo,
}


class DeclareForm(forms.Form):
    """What the visitor says of themselves."""

    tag = forms.CharField(
        label=gettext_lazy("Something you like, or would rather not meet"),
        max_length=100,
        widget=forms.TextInput(attrs={"list": "tags", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write what it is, in a word or two.")},
    )


class EraseForm(forms.Form):
    """A box that nobody ticks by accident."""

    is_sure = forms.BooleanField(
        label=gettext_lazy("Yes, erase everything about me."),
        error_messages={"required": gettext_lazy("Tick this if everything is to be erased.")},
    )


@require_GET
@for_the_user
def my_portrait(request: HttpRequest, user: User) -> HttpResponse:
    """Show the whole portrait."""
    return _page(request, user, DeclareForm())


@form_only
@for_the_user
def declare(request: HttpRequest, user: User) -> HttpResponse:
    """Store a like or a dislike that the visitor declares."""
    form = DeclareForm(request.POST)
    polarity = POLARITIES.get(request.POST.get("polarity", ""))
    if polarity is None:
        form.add_error("tag", _("Say whether you like it, or would rather not meet it."))
    if not form.is_valid() or polarity is None:
        return _page(request, user, form, status=400)
    tag = form.cleaned_data["tag"]
    try:
        statement = corrections.declare(
            user=user, tag_key_or_name=tag, polarity=polarity, account=_account(request)
        )
    except InvalidError:
        told = _("“%(tag)s” cannot stand on a portrait. Try another word for it.")
        form.add_error("tag", told % {"tag": tag})
        return _page(request, user, form, status=400)
    messages.success(request, _("“%(tag)s” is on your portrait now.") % {"tag": tag})
    return _back_to(statement.pk)


@form_only
@for_the_user
def correct(request: HttpRequest, user: User, statement_id: int) -> HttpResponse:
    """Take the visitor's word on one statement of theirs."""
    statement = get_statement(user.workspace, statement_id)
    if statement.user_id != user.pk:
        raise NotFoundError("There is no such statement.", statement=statement_id)
    correction = CORRECTIONS.get(request.POST.get("verdict", ""))
    if correction is None:
        raise InvalidError(f"The answer must be one of {', '.join(CORRECTIONS)}.", field="verdict")
    current: Statement | None = statement
    try:
        current = correction(statement=statement, account=_account(request))
    except ConflictError:
        messages.warning(request, _("This has changed meanwhile; here is how it stands now."))
    else:
        if not is_part(request):
            messages.success(
                request,
                _("Kept; it counts once you resume.")
                if user.is_paused
                else _("Noted. Your recommendations follow at once."),
            )
    if not is_part(request):
        return redirect("my-portrait") if current is None else _back_to(current.pk)
    return _one_statement(request, user, 0 if current is None else current.pk)


@form_only
@for_the_user
def pause(request: HttpRequest, user: User) -> HttpResponse:
    """Pause or resume the portrait."""
    match request.POST.get("pause"):
        case "yes":
            corrections.pause(user=user)
            messages.success(request, _("Your portrait is paused."))
        case "no":
            corrections.resume(user=user)
            messages.success(request, _("Your portrait is being drawn again."))
        case _neither:
            messages.error(request, _("Nothing was changed. Pause or resume by the button below."))
    return redirect("my-portrait")


@require_GET
@for_the_user
def download(request: HttpRequest, user: User) -> HttpResponse:
    """Hand over everything that is stored about the visitor, as JSON."""
    body = json.dumps(corrections.export(user), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    name = f"likeness-{timezone.now():%Y-%m-%d}.json"
    return HttpResponse(
        body,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "POST"])
@for_the_user
def erase(request: HttpRequest, user: User) -> HttpResponse:
    """Ask once more, then erase everything and show the receipt."""
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "pages/erase.html", {"person": user, "form": form})
    receipt = corrections.erase(user=user)
    logout(request)
    return render(request, "pages/erased.html", {"receipt": receipt_of(receipt)})


def _account(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)  # only signed-in visitors get here
    return request.user


def _back_to(statement_id: int) -> HttpResponse:
    return redirect(f"{reverse('my-portrait')}#statement-{statement_id}")


def _page(
    request: HttpRequest, user: User, form: DeclareForm, *, status: int = 200
) -> HttpResponse:
    day = past_day_of(request)
    portrait = portrait_of(user, language=page_language(), as_of=end_of(day), with_hidden=True)
    group = beliefs_of if day is None else beliefs_of_day
    context = {
        "page": "my-portrait",
        "day": day,
        "today": timezone.localdate(),
        "is_part": is_part(request),
        "description": describe_to(user, page_language()),
        "wording": portrait.wording,
        "is_paused": user.is_paused,
        "beliefs": group(portrait.statements),
        "has_statements": bool(portrait.statements),
        "segment": portrait.segment.name if portrait.segment else "",
        "figures": figures_of(portrait),
        "rhythm": rhythm_of(portrait),
        "habits": habits_of(portrait),
        "bands": bands_of(portrait),
        "mood": mood_of(portrait),
        "declare_form": form,
        "tags": tag_names(user.workspace, page_language()),
    }
    return render(request, "pages/my_portrait.html", context, status=status)


def _one_statement(request: HttpRequest, user: User, statement_id: int) -> HttpResponse:
    """Return the statement as it stands now, with the description that follows from it."""
    portrait = portrait_of(user, language=page_language(), with_hidden=True)
    beliefs = [belief_of(view) for view in portrait.statements if view.id == statement_id]
    if not beliefs:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {
        "belief": beliefs[0],
        "description": describe_to(user, page_language()),
        "wording": portrait.wording,
    }
    return render(request, "components/corrected.html", context)
