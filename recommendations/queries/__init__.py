"""Every read about recommending: what a user did, which items come into question, what is due."""
