"""The only Dagster code: it shows, triggers and retries what ``sweep`` does, and decides nothing.

Every module says what belongs in it. Asset keys are the nouns of the flow, one word or two; the
stages are partitioned by tenant, what is shared by all is not partitioned.
"""
