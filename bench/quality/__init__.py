"""How right the verdicts are: on our own sample truth and on labelled sets."""
