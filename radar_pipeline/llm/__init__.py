"""The model layer: what every call of a language model or an embedding service goes through.

``call`` holds the words (what is asked, what comes back, how it can fail), ``catalog`` what
``models.yaml`` says, ``client`` the one door: cache, quota, budget, rate limits, circuit breakers,
fallback, repair and the ledger. Rooms above ask for a use case, never for a model by name.
"""
