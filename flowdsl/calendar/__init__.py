"""Calendars: moments in UTC milliseconds, local times, windows and time zones, all in integers."""
