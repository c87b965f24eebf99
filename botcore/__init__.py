"""The bot's core: members, configuration, inbox, outbox, audit; the voice; everything that knows Telegram."""
