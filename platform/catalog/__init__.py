"""What can be recommended: items, the vocabulary of tags, vector spaces and item vectors."""
