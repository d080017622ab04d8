"""The command line of the app: words, what they ask for, what may come next, what was typed."""
