"""What a trained network shows."""
