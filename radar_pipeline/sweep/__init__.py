"""The sweep: what is due, leases, the stages of a tenant in order, a stream of events.

Belongs here: the order of things. Does not belong here: how a document is read, a verdict reached
or a table written (the rooms), and anything of Dagster or of the terminal (``defs``, ``cli``).
"""
