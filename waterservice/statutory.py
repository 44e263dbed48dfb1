"""The statutory days off of years whose notice is not out yet.

The State Council's regulation on holidays (as amended for 2025) gives thirteen days a year. Which weekends
are worked in exchange is unknown until the notice, so that what is counted with these days is an estimate.
"""

from datetime import date, timedelta

from django.utils.translation import gettext_noop

NEW_YEAR = gettext_noop("New Year's Day")
SPRING_FESTIVAL = gettext_noop("Spring Festival")
TOMB_SWEEPING = gettext_noop("Tomb-sweeping Day")
LABOUR_DAY = gettext_noop("Labour Day")
DRAGON_BOAT = gettext_noop("Dragon Boat Festival")
MID_AUTUMN = gettext_noop("Mid-autumn Festival")
NATIONAL_DAY = gettext_noop("National Day")

# What the moon and the sun decide, as month and day: first day of the lunar year, Tomb-sweeping (the sun at
# 15°), fifth day of the fifth lunar month, fifteenth day of the eighth.
BY_MOON_AND_SUN = {
    2027: ("02-06", "04-05", "06-09", "09-15"),
    2028: ("01-26", "04-04", "05-28", "10-03"),
    2029: ("02-13", "04-04", "06-16", "09-22"),
    2030: ("02-03", "04-05", "06-05", "09-12"),
    2031: ("01-23", "04-05", "06-24", "10-01"),
    2032: ("02-11", "04-04", "06-12", "09-19"),
    2033: ("01-31", "04-04", "06-01", "09-08"),
    2034: ("02-19", "04-05", "06-20", "09-27"),
    2035: ("02-08", "04-05", "06-10", "09-16"),
    2036: ("01-28", "04-04", "05-30", "10-04"),
    2037: ("02-15", "04-04", "06-18", "09-24"),
    2038: ("02-04", "04-05", "06-07", "09-13"),
    2039: ("01-24", "04-05", "05-27", "10-02"),
    2040: ("02-12", "04-04", "06-14", "09-20"),
    2041: ("02-01", "04-04", "06-03", "09-10"),
    2042: ("01-22", "04-04", "06-22", "09-28"),
    2043: ("02-10", "04-05", "06-11", "09-17"),
    2044: ("01-30", "04-04", "05-31", "10-05"),
    2045: ("02-17", "04-04", "06-19", "09-25"),
    2046: ("02-06", "04-04", "06-08", "09-15"),
    2047: ("01-26", "04-05", "05-29", "10-04"),
    2048: ("02-14", "04-04", "06-15", "09-22"),
    2049: ("02-02", "04-04", "06-04", "09-11"),
    2050: ("01-23", "04-04", "06-23", "09-30"),
}
LAST_YEAR = max(BY_MOON_AND_SUN)
SATURDAY = 5


def statutory_days(year: int) -> dict[date, str]:
    """The days off of a year with their names. Raises KeyError for a year that the table lacks.

    A holiday that falls on a weekend, or on another, is made up for on the next working day, as the regulation says.
    """
    spring, tomb_sweeping, dragon_boat, mid_autumn = (
        date.fromisoformat(f"{year}-{month_and_day}") for month_and_day in BY_MOON_AND_SUN[year]
    )
    # New Year's eve, which from 2025 on is a day off too, and the first three days of the lunar year.
    festival = [spring + timedelta(days=after) for after in range(-1, 3)]
    holidays = [
        (date(year, 1, 1), NEW_YEAR),
        *((day, SPRING_FESTIVAL) for day in festival),
        (tomb_sweeping, TOMB_SWEEPING),
        *((date(year, 5, day), LABOUR_DAY) for day in (1, 2)),
        (dragon_boat, DRAGON_BOAT),
        (mid_autumn, MID_AUTUMN),
        *((date(year, 10, day), NATIONAL_DAY) for day in (1, 2, 3)),
    ]
    days: dict[date, str] = {}
    made_up = []
    for day, name in holidays:
        if day in days or day.weekday() >= SATURDAY:
            made_up.append((day, name))
        days.setdefault(day, name)
    for day, name in made_up:
        following = day
        while following in days or following.weekday() >= SATURDAY:
            following += timedelta(days=1)
        days[following] = name
    return days
