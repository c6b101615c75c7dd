"""One problem document (RFC 9457) for everything that goes wrong over HTTP."""
