"""A small GPT trained with accelerate, and the log it leaves."""
