"""What the demo says, in French: one module a scenario, and `telling` for what all have in common.

Written with plain spaces: `typography.typeset` puts in those that do not break when the transcript is written.
"""
