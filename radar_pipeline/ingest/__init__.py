"""Ingest: from source files to canonical texts, chunks and passages.

``discover`` lists, ``isolate`` parses each file in a child process with limits, ``parsers`` hold
one file per format, ``chunk`` and ``passages`` cut. Nothing is imported here, so that the server
process that forks the parser children stays small.
"""
