"""Papers as people read them: what every one of them shows, and the quote."""

from subscriptions.documents.party import Fact, Link, Party, describe_party, logo_url, paper_of
from subscriptions.documents.text import printable, printable_lines

__all__ = ["Fact", "Link", "Party", "describe_party", "logo_url", "paper_of", "printable", "printable_lines"]
