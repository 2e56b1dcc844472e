"""Prompts: versioned files that are loaded, checked and rendered into the messages of a model call.

``files`` finds and reads them (``form`` is what may stand in one), ``versions`` tells which is in force,
``lock`` holds what each said when it left its draft, ``checking`` lists all that is wrong, ``editing`` and
``drafting`` change files, ``perf`` keeps what an evaluation found. ``render`` fills them in; ``template``
holds the sandbox and ``clean`` what is taken out of every value. A document's text comes out only in
messages marked as data.
"""
