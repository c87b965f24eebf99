"""The custodians' room: what its screens show, and what its confirmations do in one transaction each."""
