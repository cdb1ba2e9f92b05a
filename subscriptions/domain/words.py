"""Sentences of rules: they stand beside the rule in English, and whoever shows them translates them."""


def translatable(sentence: str) -> str:
    """Return a sentence as it is, after marking it for the catalogs: rules know nothing of languages."""
    return sentence
