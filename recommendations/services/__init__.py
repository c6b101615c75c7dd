"""Every write about recommending: slates, responses to them, and what was learnt."""
