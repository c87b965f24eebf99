"""Plans, invitations, subscriptions, the entry ritual, removals and the Free queue."""
