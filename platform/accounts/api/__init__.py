"""What every view of the API shares, and the jobs of a workspace over HTTP."""
