"""Numbered steps that bring an older store up to date: one file per engine."""
