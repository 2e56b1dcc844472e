"""The index over all tenants: what it says, as plain values; the template only lays it out.

It reads the portfolio's tables, which hold no tenant's text: ids, numbers, and the catalogs' words.
"""
