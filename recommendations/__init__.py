"""Sources, ranking, reasons and slates: what is recommended, and why."""
