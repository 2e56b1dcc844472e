"""Prompts: versioned files that are loaded, checked and rendered into the messages of a model call.

``files`` finds and checks them, ``render`` fills them in; ``template`` holds the sandbox and ``clean``
what is taken out of every value. A document's text comes out only in messages marked as data.
"""
