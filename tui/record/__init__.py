"""The whole record of the run on the screen's side: followed by a thread, kept in small."""
