"""The in-memory search index: which customers are worth scoring."""
