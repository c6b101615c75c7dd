"""How fast a workspace of a given size is served, measured on one that is made up and removed."""
