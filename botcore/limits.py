"""Every (cfg) value of the specification that is neither a setting (C-CONF-1) nor an environment variable."""

from datetime import timedelta

# people
THROTTLE_BURST = 8
THROTTLE_REFILL_S = 1.0
SLOW_DOWN_EVERY = timedelta(minutes=1)
REFUSAL_EVERY = timedelta(hours=24)
CUSTODIAN_REFUSAL_EVERY = timedelta(seconds=30)
LAST_SEEN_EVERY = timedelta(minutes=1)
OLD_CALLBACK = timedelta(minutes=10)

# invitations
FAILED_CODES = 10
FAILED_CODES_WITHIN = timedelta(hours=1)

# personal links
LINK_VALID = timedelta(hours=24)
LINK_SAME_WITHIN = timedelta(seconds=60)
LINKS_PER_DAY = 10

# Free queue
JOIN_WINDOW = timedelta(minutes=5)
JOIN_NOTICE_WITHIN = timedelta(minutes=4, seconds=50)
JOIN_WINDOW_LEFT = timedelta(seconds=15)
NOTICE_BEFORE_DECISION = timedelta(seconds=10)
NOTICE_BEFORE_QUERY_DECISION = timedelta(seconds=3)
REPEAT_EVERY = timedelta(minutes=5)

# obligations towards Telegram
LEASE = timedelta(seconds=60)
BACKOFF_FIRST = timedelta(seconds=5)
BACKOFF_LONGEST = timedelta(hours=1)
UNKNOWN_TRIES = 5
CONFIGURATION_ALARM_EVERY = timedelta(hours=6)
BRAKE_WINDOW = timedelta(minutes=60)
BRAKE_PUT_OFF = timedelta(hours=24)
LATE_REMINDER_LEFT = timedelta(hours=36)

# updates and messages
INBOX_TRIES = 3
READ_AHEAD = 200
LANES = 16
SENDER_SLOTS = 8
OUTBOX_TRIES = 5

# confirmations and flows
OPERATION_VALID = timedelta(minutes=15)
FLOW_VALID = timedelta(hours=24)

# housekeeping
FINISHED_REQUESTS_KEPT = timedelta(days=180)
DEAD_LINKS_KEPT = timedelta(days=180)
