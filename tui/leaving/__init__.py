"""How the app is left, and what it leaves behind."""
