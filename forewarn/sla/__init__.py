"""SLA clocks: calendars, policies, timelines, readings and labels."""
