"""Blindspot Radar: where documents fall short of the rules that bind them."""
