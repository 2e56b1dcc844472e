"""Many requests sent at once for half the price, answered within a day: one small interface per provider.

``base`` is that interface, ``opening`` picks the provider of a deployment, ``door`` turns what goes wrong
into our own errors. Which calls go into a batch, and what becomes of the answers, is for the rooms above.
"""
