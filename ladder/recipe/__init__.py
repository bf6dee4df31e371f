"""What is trained, as a value, in words and as a link."""
