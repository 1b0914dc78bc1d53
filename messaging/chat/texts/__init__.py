"""The texts of `pli chat` by what they are about: each name with its French and its English text."""
