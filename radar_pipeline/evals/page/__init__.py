"""Pages of evaluations, in the look of the reports: two versions case by case, and all versions at a glance.

Like those, a page holds all that it shows: no script runs and nothing is loaded. Of a tenant's own case it
shows the id and the verdicts, because its text stays in the tenant's folder.
"""
