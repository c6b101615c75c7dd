"""Words of the admin's theme, which brings no Chinese of its own.

Named here so that the catalogue of translations keeps them; the theme asks for them by itself.
"""

from django.utils.translation import gettext_noop as _

THEME_WORDS = (
    _("Search apps and models..."),
    _("All applications"),
    _("Recent searches"),
    _("No recent searches"),
    _("No results matching your query"),
    _("Loading more results..."),
    _("Date"),
    _("Type to search"),
    _("Apply Filters"),
    _("Reset filters"),
    _("Select action"),
    _("Select action to run"),
    _("Select record"),
    _("Select all rows"),
    _("Select value"),
    _("Run"),
    _("More actions"),
    _("Expand row"),
    _("Previous"),
    _("Next"),
    _("General"),
    _("Go back"),
    _("Cancel"),
    _("Submit"),
    _("Light"),
    _("Dark"),
    _("System"),
    _("False"),
    _("Welcome back to"),
    _("Return to site"),
    _("Toggle password visibility"),
    _("You have been successfully logged out from the administration"),
    _("After you've created a user, you’ll be able to edit more user options."),
    _("Raw passwords are not stored, so there is no way to see this "),
    _("This item will be deleted."),
    _("Click to cancel"),
    _("No data"),
)
