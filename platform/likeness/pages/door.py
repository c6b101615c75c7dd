"""The door: coming in, and the language that the pages are read in."""

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import check_for_language
from django.views.decorators.http import require_GET
from django.views.i18n import set_language

from accounts.models import Account


class SignIn(LoginView):
    """Ask for a name and a password, and go where the visitor was going, in their language."""

    template_name = "pages/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        account = form.get_user()
        if _is_spoken(account.language):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                account.language,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Send visitors to their list, or to the door."""
    return redirect("for-you" if request.user.is_authenticated else "sign-in")


def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Turn to the language that the form names; an account keeps it for its next visit."""
    response = set_language(request)
    language = request.POST.get("language", "")
    if isinstance(request.user, Account) and _is_spoken(language):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return response


def _is_spoken(language: str) -> bool:
    return language in dict(settings.LANGUAGES) and check_for_language(language)
