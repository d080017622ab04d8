"""Array types, keyed random numbers, and how kernels are compiled."""
