"""Content packages, interests, broadcasts, and the erasure of a person."""
