"""What people see in a terminal: the work behind each ``radar`` command, and its rendering.

Belongs here: asking a room and showing its answer, as tables or JSON. Nothing is decided here.
"""
