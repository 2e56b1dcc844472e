"""Speed and memory of a sweep over many text files, beside the embedder's own time in the same run."""
