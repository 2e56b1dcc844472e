"""Pages: one self-contained HTML file per tenant and one for all of them.

No script, no request, no style but our own sheet: the Content-Security-Policy in each page says so
to the browser. Everything that comes from a document or a catalog is escaped text.
"""
