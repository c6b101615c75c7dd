"""The demo workspace: a reading room of classics and the readers who visit it."""
