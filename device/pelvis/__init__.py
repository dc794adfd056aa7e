"""What measures the pelvis line in a picture."""
