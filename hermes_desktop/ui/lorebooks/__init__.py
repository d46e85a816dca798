"""The pages of the lorebooks."""
