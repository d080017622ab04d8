"""Second opinions: agents judge their traffic by a few trees of sampled peers, too."""
