/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moments as they are written in Release files (RFC 2822, section 3.3, of
 * which archives use one form) and in options and reports (RFC 3339). The
 * locale has no part in it, nor has the machine's time zone. The calendar is
 * the Gregorian one, also before it was introduced.
 */
#include "base/time.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

#define DAY_SEC       86400
#define TIME_YEAR_0   (-62167219200) /* 0000-01-01T00:00:00Z */
#define TIME_YEAR_MAX 253402300799   /* 9999-12-31T23:59:59Z */

struct date {
	int64_t year;
	int64_t month; /* from 1 */
	int64_t day;   /* from 1 */
};

int64_t
time_now(void)
{
	return (int64_t)time(NULL);
}

int64_t
monotonic_ms(void)
{
	struct timespec now;

	/* It cannot fail for a clock that there is. */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
monotonic_left_ms(int64_t deadline_ms)
{
	int64_t now = monotonic_ms();

	if (deadline_ms <= now)
		return 0;
	return deadline_ms - now > INT_MAX ? INT_MAX : (int)(deadline_ms - now);
}

static bool
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t
days_in_month(int64_t year, int64_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1970-01-01. The year is counted from March, so that a leap day is
 * its last: then a month's first day is (153 * month + 2) / 5. */
static int64_t
days_of(struct date date)
{
	int64_t year = date.year - (date.month <= 2) + 400;
	int64_t month = (date.month + 9) % 12;
	int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;

	return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year -
	    146097 - 719468;
}

/* The other way round, for days not before 0000-03-01 less 400 years. */
static struct date
date_of(int64_t days)
{
	int64_t since = days + 719468 + 146097; /* from -400-03-01 */
	int64_t era = since / 146097;
	int64_t day = since % 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * day_of_year + 2) / 153;

	return (struct date){
		.year = year + era * 400 - 400 + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = day_of_year - (153 * month + 2) / 5 + 1,
	};
}

static bool
date_is_valid(struct date date)
{
	return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
	    date.day <= days_in_month(date.year, date.month);
}

/* Takes a number of exactly n digits off the front. */
static bool
take_number(struct slice *text, size_t n, int64_t *ret)
{
	uint64_t value;

	if (text->len < n ||
	    !slice_to_u64(slice_first(*text, n), UINT32_MAX, &value))
		return false;
	*text = slice_after(*text, n);
	*ret = (int64_t)value;
	return true;
}

static bool
take(struct slice *text, struct slice expected)
{
	if (!slice_starts_with(*text, expected))
		return false;
	*text = slice_after(*text, expected.len);
	return true;
}

/* Takes "00:53:02" off the front: seconds of the day. A leap second counts as
 * the first of the next minute, as POSIX has it. */
static bool
take_clock(struct slice *text, int64_t *ret)
{
	int64_t hour, minute, second;

	if (!take_number(text, 2, &hour) || !take(text, SLICE(":")) ||
	    !take_number(text, 2, &minute) || !take(text, SLICE(":")) ||
	    !take_number(text, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*ret = hour * 3600 + minute * 60 + second;
	return true;
}

/* Takes one of n names of three letters off the front: its index. */
static bool
take_name(struct slice *text, const char *names, size_t n, int64_t *ret)
{
	for (size_t i = 0; i < n; i++)
		if (take(text, slice_of(names + 3 * i, 3))) {
			*ret = (int64_t)i;
			return true;
		}
	return false;
}

static bool
take_day_of_month(struct slice *text, int64_t *ret)
{
	return take_number(text, 2, ret) || take_number(text, 1, ret);
}

bool
time_from_rfc2822(struct slice text, int64_t *ret)
{
	int64_t weekday, clock;
	struct date date;

	if (!take_name(&text, "ThuFriSatSunMonTueWed", 7, &weekday) ||
	    !take(&text, SLICE(", ")) || !take_day_of_month(&text, &date.day) ||
	    !take(&text, SLICE(" ")))
		return false;
	if (!take_name(&text, "JanFebMarAprMayJunJulAugSepOctNovDec", 12,
		&date.month) ||
	    !take(&text, SLICE(" ")) || !take_number(&text, 4, &date.year) ||
	    !take(&text, SLICE(" ")) || !take_clock(&text, &clock))
		return false;
	date.month++;
	if (!slice_eq(text, SLICE(" UTC")) && !slice_eq(text, SLICE(" GMT")) &&
	    !slice_eq(text, SLICE(" Z")) && !slice_eq(text, SLICE(" +0000")))
		return false;
	if (!date_is_valid(date))
		return false;

	int64_t days = days_of(date); /* 1970-01-01 was a Thursday */
	if ((days % 7 + 7) % 7 != weekday)
		return false;
	*ret = days * DAY_SEC + clock;
	return true;
}

/* Takes ".25" off the front, if it is there. */
static bool
take_fraction(struct slice *text)
{
	int64_t digit;

	if (!take(text, SLICE(".")))
		return true;
	if (!take_number(text, 1, &digit))
		return false;
	while (take_number(text, 1, &digit))
		;
	return true;
}

/* Takes "Z" or "+01:00" off the front: seconds east of UTC. */
static bool
take_offset(struct slice *text, int64_t *ret)
{
	int64_t hour, minute;

	if (take(text, SLICE("Z"))) {
		*ret = 0;
		return true;
	}

	bool east = slice_starts_with(*text, SLICE("+"));
	if (!take(text, SLICE("+")) && !take(text, SLICE("-")))
		return false;
	if (!take_number(text, 2, &hour) || !take(text, SLICE(":")) ||
	    !take_number(text, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ret = (east ? 1 : -1) * (hour * 3600 + minute * 60);
	return true;
}

bool
time_from_rfc3339(struct slice text, int64_t *ret)
{
	int64_t clock = 0;
	int64_t offset = 0;
	struct date date;

	if (!take_number(&text, 4, &date.year) || !take(&text, SLICE("-")) ||
	    !take_number(&text, 2, &date.month) || !take(&text, SLICE("-")) ||
	    !take_number(&text, 2, &date.day) || !date_is_valid(date))
		return false;
	if (text.len > 0 &&
	    (!take(&text, SLICE("T")) || !take_clock(&text, &clock) ||
		!take_fraction(&text) || !take_offset(&text, &offset)))
		return false;
	if (text.len > 0)
		return false;
	*ret = days_of(date) * DAY_SEC + clock - offset;
	return true;
}

void
time_to_rfc3339(int64_t time, char ret[TIME_SIZE])
{
	if (time < TIME_YEAR_0)
		time = TIME_YEAR_0;
	if (time > TIME_YEAR_MAX)
		time = TIME_YEAR_MAX;

	int64_t clock = (time % DAY_SEC + DAY_SEC) % DAY_SEC;
	struct date date = date_of((time - clock) / DAY_SEC);
	int parts[] = { (int)date.year, (int)date.month, (int)date.day,
		(int)(clock / 3600), (int)(clock / 60 % 60),
		(int)(clock % 60) };
	char text[80];

	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
	memcpy(ret, text, TIME_SIZE);
}
