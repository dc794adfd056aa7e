"""The packet ring, muxing, export to the stick."""
