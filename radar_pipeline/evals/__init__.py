"""Evaluation: how good a version of a prompt, or the local judge, is on cases whose answer is known.

``cases`` are what is asked, ``subjects`` ask it, ``scorers`` score what was answered, ``statistics`` says
how sure that is, ``comparison`` sets two versions side by side and ``gate`` decides whether one may become
active. An evaluation never blocks a sweep, and figures of the fake provider are never a prompt's record.
"""
