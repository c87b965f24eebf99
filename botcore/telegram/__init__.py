"""Everything that knows aiogram: updates in, calls out, and the handlers between them."""
