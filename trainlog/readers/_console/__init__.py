"""Console text of any layout: cut into tokens, named, learned once per layout, read in bulk, told as one story.

``text`` (what a person saw) -> ``layouts`` (which lines are alike) -> ``line`` (what one such line means, from ``tokens``,
``cursor`` and ``words``) -> ``story`` (what lines leave unsaid).
"""
