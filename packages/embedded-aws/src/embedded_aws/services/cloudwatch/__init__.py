"""CloudWatch as far as alarms need it: metric data, statistics, metric math, and what makes an alarm change."""
