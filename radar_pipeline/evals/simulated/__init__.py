"""A scripted model that follows the prompt it is given: prompts can be evaluated without a key.

It reads the rendered messages and answers by shared words, the same every time. What a prompt does not tell
it, it does not do: without the rule that quotes are copied it paraphrases them, without the rule about drafts
it believes them. So a broken prompt shows, and nothing else does: its figures say how a prompt holds together
and nothing of how good a model would be with it. They are marked as simulated everywhere.
"""
