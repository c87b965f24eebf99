"""What the platform and the operator ask: is it alive, is it healthy."""
