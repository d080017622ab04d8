"""What agents observe: synthetic traffic, recorded traffic, and the attacks in it."""
