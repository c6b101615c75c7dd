"""How a partner's own id stands in an address."""


class ExternalIdConverter:
    """Any text: an id may hold slashes, spaces and any script, percent-encoded by the caller.

    Servers decode `%2F` before they hand an address on, so an id is everything between the
    fixed words around it. NUL is left out: no id that is stored can contain it.
    """

    regex = r"[^\x00]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
