"""The addresses of the pages. Names are what templates link to."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path

from likeness.pages import door, history, items, portrait, slates

urlpatterns: list[URLPattern | URLResolver] = [
    path("", door.home, name="home"),
    path("sign-in/", door.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("language/setlang/", door.choose_language, name="set_language"),
    path("for-you/", slates.for_you, name="for-you"),
    path("for-you/respond/", slates.respond, name="respond"),
    path("for-you/seen/", slates.seen, name="seen"),
    path("items/<external:external_id>/", items.item, name="item"),
    path("my-portrait/", portrait.my_portrait, name="my-portrait"),
    path("my-portrait/declare/", portrait.declare, name="declare"),
    path("my-portrait/statements/<int:statement_id>/", portrait.correct, name="correct"),
    path("my-portrait/history/", history.history, name="history"),
    path("my-portrait/history/<uuid:key>/", history.delete, name="delete-deed"),
    path("my-portrait/pause/", portrait.pause, name="pause"),
    path("my-portrait/download/", portrait.download, name="download"),
    path("my-portrait/erase/", portrait.erase, name="erase"),
]
