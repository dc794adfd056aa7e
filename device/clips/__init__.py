"""The packet ring, muxing, what is drawn on and hidden in clips and pictures, the stick."""
