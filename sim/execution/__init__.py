"""Where shards are computed; never what comes out."""
