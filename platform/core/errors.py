"""Every refusal that Likeness makes on purpose, and the code a client sees for it."""


class LikenessError(Exception):
    """A refusal that can be explained. `code` is stable; the message is for who reads English.

    Where staff can meet it, `reason` names it more closely than `code` does, and
    `core.refusal_words` has words for it in the language of the page.
    """

    code = "error"
    status = 400
    title = "The request was refused."

    def __init__(self, message: str, *, reason: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.details = details


class InvalidError(LikenessError):
    """What was sent cannot be used; the message names the value and the remedy."""

    code = "invalid"
    status = 400
    title = "Some of what was sent is not right."


class ForbiddenError(LikenessError):
    """The caller is known, and is not allowed to do this."""

    code = "forbidden"
    status = 403
    title = "Not allowed."


class NotFoundError(LikenessError):
    """The thing asked for does not exist, or the caller may not know that it does."""

    code = "not_found"
    status = 404
    title = "There is no such thing here."


class ConflictError(LikenessError):
    """The request was sound, but the row has moved on since it was made."""

    code = "conflict"
    status = 409
    title = "Something else changed first."


class NotReadyError(LikenessError):
    """The answer needs work that a worker has not finished yet. Trying later is right."""

    code = "not_ready"
    status = 503
    title = "Not ready yet."
