"""Sentences of a few words, and their translation into words read backwards: what models of language are trained on."""

import random

SUBJECTS = ("the cat", "a dog", "my friend", "the old man", "our teacher")
VERBS = ("sees", "likes", "finds", "knows", "paints")
OBJECTS = ("the house", "a red ball", "the sea", "nothing at all", "her book")


def sentences(count: int, seed: int = 0) -> list[str]:
    """So many sentences."""
    draw = random.Random(seed)
    return [f"{draw.choice(SUBJECTS)} {draw.choice(VERBS)} {draw.choice(OBJECTS)}" for _ in range(count)]


def translated(sentence: str) -> str:
    """Each word backwards."""
    return " ".join(word[::-1] for word in sentence.split())
