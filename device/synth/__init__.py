"""The virtual runner (footage, training)."""
