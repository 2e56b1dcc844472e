"""What is evaluated, one small file per use case: each puts a case to its subject and reads the answer.

``library`` reads and searches the documents of cases as a sweep does, ``opening`` says who asks for what.
"""
