"""Every write to the catalog, one topic a module."""
