"""Version of what a report says: raise it when findings, scores, rows or pages change their meaning.

It is part of every tenant key, so the next sweep publishes every tenant anew, without judging anew.
"""

REPORT_VERSION = "report@4"
