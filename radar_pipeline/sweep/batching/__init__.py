"""Nightly judging by batch, at half price: a batch fills the tenant's exact response cache, and the sweep
that follows is the ordinary one, which finds its answers there.

``submitting`` collects what has no answer yet, ``sending`` reserves the money and hands it to the provider,
``fetching`` takes the answers in, ``polling`` does whatever a batch needs next, ``board`` tells how they
stand. Every step is written down before the next is made, so that a process killed anywhere loses nothing
and sends nothing twice.
"""
