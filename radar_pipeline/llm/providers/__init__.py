"""Services that answer, each behind the same small interface; one file per kind.

``base`` is that interface, ``sdk`` keeps the SDKs' clients, ``opening`` picks the provider of a deployment.
"""
