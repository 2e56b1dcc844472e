"""OpenDocument: texts (``document``) and spreadsheets (``spreadsheet``), by lxml."""
