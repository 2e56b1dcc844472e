"""What a sweep tells people: scores, findings and their life, causes of change, tables and pages.

Belongs here: plain functions from assessments and documents to rows and HTML. Does not belong
here: judging, searching, writing files, and anything that knows a store.
"""
