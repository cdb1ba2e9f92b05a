"""When the term of an agreement ends and is renewed for the same length (BR-10, BR-17)."""

from datetime import date

from subscriptions.domain.period import first_index_from, period_start


def next_renewal(*, effective_date: date, ramp_months: int, term_months: int, after: date) -> date:
    """
    Return the first day after another on which a term that has ended is followed by the next one (BR-17).

    Terms are counted from the end of the ramp.
    """
    terms_begun = (first_index_from(after, effective_date=effective_date) - ramp_months) // term_months
    index = ramp_months + max(1, terms_begun) * term_months
    while period_start(effective_date=effective_date, index=index) <= after:
        index += term_months
    return period_start(effective_date=effective_date, index=index)
