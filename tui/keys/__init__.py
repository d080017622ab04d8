"""The keys: what an action is, those of panes and dialogs, and how a person remaps them."""
