"""Questions about a tenant, answered from its documents and assessments, every sentence with its support.

``material`` is what may be used, ``asker`` asks a model for prose, ``verifying`` looks at every sentence
of it before anybody reads it, ``plainly`` shows what was found where no model speaks.
"""
