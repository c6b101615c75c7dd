"""Every read of the catalog, one topic a module."""
