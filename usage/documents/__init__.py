"""The current period's use as people read it: figures as text, times in the billing time zone, words for each rule."""

from usage.documents.counted import Counted, Figures, get_counted, get_figures, get_so_far
from usage.documents.explanations import how_a_peak_is_counted, how_hours_are_counted, how_people_are_counted
from usage.documents.licenses import LicensesPage, LicenseUse, PeakUse, build_licenses_page
from usage.documents.people import PersonRow, build_people, people_behind
from usage.documents.reader import Reader, format_hours
from usage.documents.trial import TrialPage, build_trial_page

__all__ = [
    "Counted",
    "Figures",
    "LicenseUse",
    "LicensesPage",
    "PeakUse",
    "PersonRow",
    "Reader",
    "TrialPage",
    "build_licenses_page",
    "build_people",
    "build_trial_page",
    "format_hours",
    "get_counted",
    "get_figures",
    "get_so_far",
    "how_a_peak_is_counted",
    "how_hours_are_counted",
    "how_people_are_counted",
    "people_behind",
]
