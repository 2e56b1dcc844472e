"""Which passages a judge sees: embedding, lexical and dense search, fusion, stable candidate sets."""
