"""Money, dates, quantities and rates as people read them, in their language (BR-83)."""

from datetime import date, time
from decimal import Decimal

from babel import Locale
from babel.dates import format_interval, format_skeleton, format_time, get_timezone, get_timezone_name
from babel.numbers import NumberPattern, format_currency, format_decimal, get_currency_name, parse_pattern
from moneyed import Money

from subscriptions.domain.money import UNIT_PRICE_DECIMALS, exponent

END_OF_DAY = time(23, 59, 59)
DAY_SKELETON = "yMMMd"

_QUANTITY_PATTERN = "#,##0.######"
# People in North America say "11:59:59 PM Eastern"; of any other zone the word "time" belongs to the name.
_NAMED_WITHOUT_TIME = {"Eastern Time", "Central Time", "Mountain Time", "Pacific Time"}


def format_money(amount: Money, language: str) -> str:
    """Write an amount at its currency's precision: `$1,234.50`, `¥2,000`."""
    return format_currency(_unsigned_zero(amount.amount), str(amount.currency), locale=_locale(language))


def format_price(price: Decimal, currency: str, language: str) -> str:
    """Write a unit price with every decimal it was agreed with, up to six: `$75.00`, `$0.0119` (BR-32)."""
    locale = _locale(language)
    pattern = _pattern(locale.currency_formats["standard"].pattern, exponent(currency))
    return str(pattern.apply(_unsigned_zero(price), locale, currency=currency, currency_digits=False))


def format_quantity(quantity: Decimal, language: str) -> str:
    """Write a quantity with the decimals it needs, at most six: `1,250`, `38.4`."""
    return format_decimal(_unsigned_zero(quantity), format=_QUANTITY_PATTERN, locale=_locale(language))


def format_percentage(percent: Decimal, language: str) -> str:
    """Write a number of percent with the decimals it needs: `8.875%`."""
    locale = _locale(language)
    pattern = _pattern(locale.percent_formats[None].pattern, 0)
    return str(pattern.apply(_unsigned_zero(percent).scaleb(-2), locale))


def format_day(day: date, language: str) -> str:
    """Write a date: `Jan 15, 2026`."""
    return _plain_spaces(format_skeleton(DAY_SKELETON, day, locale=_locale(language)))


def format_days(start: date, last_day: date, language: str) -> str:
    """Write two dates, both inclusive, without saying the same twice: `Jan 15 – Feb 14, 2026`."""
    return _plain_spaces(format_interval(start, last_day, DAY_SKELETON, locale=_locale(language)))


def format_service(start: date, last_day: date, time_zone: str, language: str) -> str:
    """Write a service period to the second it ends: `Jan 15, 2026 – Feb 14, 2026 (11:59:59 PM Eastern)` (BR-01)."""
    locale = _locale(language)
    both = locale.interval_formats[None].format(format_day(start, language), format_day(last_day, language))
    clock = format_time(END_OF_DAY, "medium", locale=locale)
    return _plain_spaces(both + _in_brackets(f"{clock} {zone_name(time_zone, language)}", language))


def format_moment(day: str, clock: str, language: str) -> str:
    """Join a day and a time as the language does: `Jan 15, 2026, 9:05 AM`, `2026年1月15日 9:05`."""
    return str(_locale(language).datetime_formats["medium"]).replace("{1}", day).replace("{0}", clock)


def zone_name(time_zone: str, language: str) -> str:
    """Return what people call the wall clock of an IANA zone, summer or winter: `Eastern`, `Japan Time`."""
    if "/" not in time_zone or time_zone.startswith("Etc/"):
        return time_zone.removeprefix("Etc/")
    name = get_timezone_name(get_timezone(time_zone), width="long", zone_variant="generic", locale=_locale(language))
    return name.removesuffix(" Time") if name in _NAMED_WITHOUT_TIME else name


def currency_name(currency: str, language: str) -> str:
    """Return the currency's name and code: `US Dollar (USD)`."""
    return get_currency_name(currency, locale=_locale(language)) + _in_brackets(currency, language)


def country_name(country: str, language: str) -> str:
    """Return the name of a country by its ISO 3166-1 alpha-2 code; an unknown code stands for itself."""
    return str(_locale(language).territories.get(country.upper(), country))


def country_codes() -> frozenset[str]:
    """Return the ISO 3166-1 codes of countries; regions such as EU and codes kept for private use are no addresses."""
    codes = {str(code) for code in Locale("en").territories} - {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha())


def _in_brackets(text: str, language: str) -> str:
    """Write a remark behind a word: Japanese brackets are wide, and bring their own space."""
    return f"（{text}）" if language == "ja" else f" ({text})"  # noqa: RUF001


def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-" if "-" in language else "_")


def _pattern(text: str, least_decimals: int) -> NumberPattern:
    pattern = parse_pattern(text)
    pattern.frac_prec = (least_decimals, UNIT_PRICE_DECIMALS)
    return pattern


def _unsigned_zero(value: Decimal) -> Decimal:
    """Drop the sign that a decimal zero may carry."""
    return value + 0


def _plain_spaces(text: str) -> str:
    """Replace typographic spaces: text is searched for, copied and compared."""
    return text.replace("\u2009", " ").replace("\u202f", " ")
