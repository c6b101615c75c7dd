"""Celery tasks. Each fetches, computes and hands over; rules live on the floors below."""
