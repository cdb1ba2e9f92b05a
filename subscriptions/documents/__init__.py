"""What is stored, as people read it: the quote, price lists, and what every paper shows."""

from subscriptions.documents.party import Fact, Link, Party, describe_party, logo_url, paper_of
from subscriptions.documents.text import printable, printable_lines

__all__ = ["Fact", "Link", "Party", "describe_party", "logo_url", "paper_of", "printable", "printable_lines"]
