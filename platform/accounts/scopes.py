"""What an API key may be allowed to do, one name per right."""

from enum import StrEnum


class Scope(StrEnum):
    """One right of an API key; the value is what keys store and refusals name."""

    ITEMS_READ = "items:read"
    ITEMS_WRITE = "items:write"
    USERS_WRITE = "users:write"
    USERS_ERASE = "users:erase"
    USERS_EXPORT = "users:export"
    INTERACTIONS_WRITE = "interactions:write"
    PROFILES_READ = "profiles:read"
    STATEMENTS_WRITE = "statements:write"
    RECOMMENDATIONS_READ = "recommendations:read"
    EXPERIMENTS_WRITE = "experiments:write"
    JOBS_READ = "jobs:read"
    COSTS_READ = "costs:read"
