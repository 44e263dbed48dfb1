"""Reading the sentences of a notice of holidays as they are published: “元旦：1月1日至3日放假，共3天。1月4日上班。”"""

import re
import unicodedata
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from waterservice.calendar import DayEntry, calendar
from waterservice.workdays import WEEKEND

LONGEST_HOLIDAY = timedelta(days=31)
DECEMBER = 12
WEEKDAYS = "一二三四五六日"

# All patterns read lines whose full-width digits, brackets and commas have become plain ones.
DAY = r"(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日(?:\([^()]*\))?"
SPAN = rf"{DAY}(?:\s*(?:至|到|-|—|~)+\s*{DAY})?"
CLAUSE = re.compile(
    rf"(?P<spans>{SPAN}(?:\s*[、,和及]\s*{SPAN})*)"
    r"\s*[均都照常正]*(?P<verb>放假|休息|公休|上班|补班)(?:调休|公休)?(?:,?共(?P<total>\d+)天)?"
)
ONE_DAY = re.compile(r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:\((?P<remark>[^()]*)\))?")
A_WEEKDAY = re.compile("(?:周|星期)([一二三四五六日天])")
NUMBERED = re.compile(r"\s*(?:\(?[一二三四五六七八九十]+[、)]|\d{1,2}[.、])\s*")
HEADING = re.compile(r"(?P<occasion>[^:,。;\d]{1,20}):")
DECIDES = re.compile("放假|休息|公休|上班|补班")
WORKED = frozenset({"上班", "补班"})
ENCOURAGED = "鼓励"
SIGNED = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
# What only an amendment says: “延长2020年春节假期至2月2日，2月3日起正常上班”.
A_HOLIDAY = re.compile("元旦|春节|清明节|劳动节|端午节|中秋节|国庆节")
EXTENDED = re.compile(rf"延长(?P<occasion>[^,。;]*?)假期至(?P<last>{DAY})")
TAKEN_BACK = re.compile("取消|原定|改为|调整为|不再")
WORK_GOES_ON = re.compile(rf",?{DAY}起[均都照常正]*上班")


class Prose:
    """Reads the sentences of one notice, line by line; an occasion holds until the next is named.

    One that `amends` the notice in force may name its holiday anywhere, and extend it. What a notice merely
    encourages, its heading, its words of greeting and the day on which it was signed decide nothing; they are passed
    over.
    """

    def __init__(self, year: int, *, amends: bool = False) -> None:
        self.year = year
        self.amends = amends
        self.occasion = ""
        self._reaches_back = False

    def read(self, line: str) -> list[DayEntry]:
        """The days that a line decides on. Raises ValidationError with every fault that it has."""
        entries: list[DayEntry] = []
        faults: list[str] = []
        for sentence in re.split("[。;]", _plain(line)):
            try:
                entries += self._sentence(sentence.strip())
            except ValidationError as fault:
                faults += fault.messages
        if faults:
            raise ValidationError(faults)
        return entries

    def _sentence(self, sentence: str) -> list[DayEntry]:
        numbered = NUMBERED.match(sentence)
        words = sentence[numbered.end() :] if numbered else sentence
        heading = HEADING.match(words)
        if ENCOURAGED in words or SIGNED.fullmatch(words):
            return []
        if self.amends and (named := A_HOLIDAY.search(words)):
            self.occasion, self._reaches_back = named[0], False
        if self.amends and (taken_back := TAKEN_BACK.search(words)):
            raise ValidationError(
                _("“%(word)s” says what holds no longer. Write only what each day is now, 放假 or 上班."),
                params={"word": taken_back[0]},
            )
        if self.amends and (extended := EXTENDED.search(words)):
            return self._extension(extended["last"])
        if not ONE_DAY.search(words):
            if numbered and DECIDES.search(words):
                raise ValidationError(_("“%(text)s” names no day."), params={"text": words})
            return []
        if heading:
            self.occasion, self._reaches_back = heading["occasion"].strip(), False
        if not self.occasion:
            raise ValidationError(
                _("“%(text)s” does not say for which holiday; write it like “元旦：1月1日放假。”."),
                params={"text": words},
            )
        return self._clauses(words)

    def _extension(self, last: str) -> list[DayEntry]:
        """The days off through a new last day, from the day after the holiday in force."""
        written = ONE_DAY.fullmatch(last)
        assert written is not None
        end = day = self._day(written, None)
        first_looked_at = end - LONGEST_HOLIDAY
        while day > first_looked_at and (calendar().is_working(day) or calendar().note(day).reason == WEEKEND):
            day -= timedelta(days=1)
        if day == first_looked_at:
            raise ValidationError(_("No holiday ends before %(day)s that could be extended."), params={"day": last})
        return [DayEntry(day + timedelta(days=n), False, self.occasion) for n in range(1, (end - day).days + 1)]

    def _clauses(self, words: str) -> list[DayEntry]:
        words = WORK_GOES_ON.sub("", words) if self.amends else words
        entries = []
        for clause in CLAUSE.finditer(words):
            working = clause["verb"] in WORKED
            days = self._days(clause["spans"])
            if clause["total"] and int(clause["total"]) != len(days):
                raise ValidationError(
                    _("“%(text)s” names %(named)s days, not %(total)s."),
                    params={"text": clause[0], "named": str(len(days)), "total": clause["total"]},
                )
            entries += [DayEntry(day, working, self.occasion) for day in days]
        left = ONE_DAY.search(CLAUSE.sub("", words))
        if left:
            raise ValidationError(
                _("What holds on %(day)s is not said; write 放假 or 上班 behind it."), params={"day": left[0]}
            )
        return entries

    def _days(self, spans: str) -> list[date]:
        """Every day of a list of days and spans, in its order."""
        days: list[date] = []
        before: date | None = None
        for span in re.finditer(SPAN, spans):
            first, last = self._ends(span[0], before)
            if last < first:
                raise ValidationError(_("%(text)s ends before it starts."), params={"text": span[0]})
            if last - first > LONGEST_HOLIDAY:
                raise ValidationError(_("%(text)s is longer than any holiday."), params={"text": span[0]})
            days += [first + timedelta(days=n) for n in range((last - first).days + 1)]
            before = last
        return days

    def _ends(self, span: str, before: date | None) -> tuple[date, date]:
        """Both ends of a span. One that begins in December and ends in January began in the year before."""
        ends = list(ONE_DAY.finditer(span))
        months = [int(end["month"]) for end in ends if end["month"]]
        if len(months) > 1 and months[0] > months[-1] and not ends[0]["year"]:
            self._reaches_back = True
        first = self._day(ends[0], before)
        return first, self._day(ends[-1], first) if len(ends) > 1 else first

    def _day(self, written: re.Match[str], before: date | None) -> date:
        """One day; a month that it leaves out is that of the day before it, a year that of the notice.

        In an item that reaches back into the year before, December is that of the year before.
        """
        if not written["month"] and before is None:
            raise ValidationError(_("“%(text)s” names no month."), params={"text": written[0]})
        month = int(written["month"]) if written["month"] else before.month  # type: ignore[union-attr]
        year = int(written["year"]) if written["year"] else self.year
        if not written["year"] and month == DECEMBER and self._reaches_back:
            year -= 1
        try:
            day = date(year, month, int(written["day"]))
        except ValueError as unknown:
            raise ValidationError(_("There is no %(text)s."), params={"text": written[0]}) from unknown
        self._reaches_back |= day.year < self.year
        said = A_WEEKDAY.search(written["remark"] or "")
        if said and WEEKDAYS[day.weekday()] != said[1].replace("天", "日"):
            raise ValidationError(
                _("%(day)s is a 星期%(right)s, not a 星期%(said)s. Is the year right?"),
                params={"day": day.isoformat(), "right": WEEKDAYS[day.weekday()], "said": said[1]},
            )
        return day


def _plain(line: str) -> str:
    """A line with plain digits, brackets and commas for full-width ones, without spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", line))
